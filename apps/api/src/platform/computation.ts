import type { Type } from '@nestjs/common';
import type { z } from 'zod';

/** Something that is computed beside the API, in a process of `Computing`: what is asked, and who answers. */
export interface Computation<Asked, Answer, Service = unknown> {
  name: string;
  /** Where it waits: those that read a bounded number of rows do not wait for those that take seconds. */
  lane: 'short' | 'long';
  /** Its subject and its participle, for what is said where it is not done. */
  words: { thing: string; done: string };
  /** The way to less work, for a caller who asked for too much. */
  advice: string;
  /** The service that answers, found in the process. */
  by: Type<Service>;
  run(service: Service, asked: Asked): Promise<Answer>;
  /** The contract of an answer in JSON. */
  schema?: z.ZodType<Answer>;
  /** What else the API has to know of an answer in JSON. */
  facts?(answer: Answer): object;
  /** The content of an answer that is a file, and what else is said of it. */
  write?(answer: Answer): { text: string | Buffer; facts: object };
}

/** A computation as those see it who ask. */
export type Question<Asked> = Pick<Computation<Asked, unknown>, 'name' | 'lane' | 'words' | 'advice'> & {
  run(service: never, asked: Asked): unknown;
};

/** A computation as it is; its types follow from what it says. */
export const computation = <Asked, Answer, Service>(
  of: Computation<Asked, Answer, Service>,
): Computation<Asked, Answer, Service> => of;

/** An answer as bytes, which are sent as they are. */
export class Computed<Facts = object> {
  constructor(
    readonly bytes: Buffer,
    readonly facts: Facts,
  ) {}
}
