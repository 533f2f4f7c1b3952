/** @file Lines of a trial's log, for people. */
import type { Encoded, EvalEvent, SynthesisEvent, WrittenEvent } from '@rankforge/peft';

export const writtenExamples = ({ kept, filled, candidates }: SynthesisEvent): string =>
  `of ${candidates} written examples the discriminator took ${kept} for real${filled > 0 ? `; the ${filled} likeliest of the others make up the number` : ''}`;

/** Lines with the answers that the model wrote to the first questions of the validation split. */
export const writtenAnswers = ({ step, samples = [] }: EvalEvent): string[] =>
  samples.map(({ asked, written, right }) => {
    const quoted = right.map((answer) => JSON.stringify(answer)).join(' or ');
    return `step ${step}: to ${JSON.stringify(asked)} it wrote ${JSON.stringify(written)}; right is ${quoted}`;
  });

/** The number of examples that were made of written texts. */
export const writtenTexts = ({ texts, examples, of }: WrittenEvent): string => {
  const used = texts.filter(({ as }) => as !== undefined).length;
  return `of ${of} examples and ${used} of ${texts.length} texts its recipe made ${examples} examples`;
};

/** Time between two lines about one corpus. */
const TOLD_EVERY_MS = 30_000;

/** Says how far a corpus is encoded, once in half a minute: one that takes less leaves no line. */
export function encodingLog(log: (line: string) => void, now = () => performance.now()) {
  let [before, told] = [Number.POSITIVE_INFINITY, 0];
  return ({ documents, of }: Encoded): void => {
    if (documents <= before) told = now();
    before = documents;
    if (now() - told < TOLD_EVERY_MS) return;
    told = now();
    log(`encoded ${documents} of ${of} documents`);
  };
}
