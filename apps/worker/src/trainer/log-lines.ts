/** @file Lines of a trial's log, for people. */
import { cutNotice, warnsOfCut } from '@rankforge/contracts';
import {
  type Encoded,
  type EvalEvent,
  type LayersMade,
  lengthsOf,
  readLengths,
  type SynthesisEvent,
  type TaskData,
  type WrittenEvent,
} from '@rankforge/peft';

/** A line with what a length cuts of the examples that are trained on; none where it cuts nothing. */
export function cutExamples(train: TaskData['train'], sequenceLength: number): string[] {
  const read = readLengths(lengthsOf(train) ?? []);
  if (read.cut === 0) return [];
  return [`${warnsOfCut(read) ? 'warning: ' : ''}${cutNotice({ sequenceLength, ...read })}`];
}

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

/** Time between two lines about one work. */
const TOLD_EVERY_MS = 30_000;

type Log = (line: string) => void;

/** Says how far a work is, once in half a minute: one that takes less leaves no line. It begins anew where less is done than before. */
function halfMinutely(log: Log, now = () => performance.now()) {
  let [before, told] = [Number.POSITIVE_INFINITY, 0];
  return (done: number, line: string): void => {
    if (done <= before) told = now();
    before = done;
    if (now() - told < TOLD_EVERY_MS) return;
    told = now();
    log(line);
  };
}

/** Says how far a corpus is encoded. */
export function encodingLog(log: Log, now?: () => number) {
  const tell = halfMinutely(log, now);
  return ({ documents, of }: Encoded): void => tell(documents, `encoded ${documents} of ${of} documents`);
}

/** Says how many layers have their first values. */
export function firstValuesLog(log: Log, now?: () => number) {
  const tell = halfMinutely(log, now);
  return ({ layers, of }: LayersMade): void => tell(layers, `made the first values of ${layers} of ${of} layers`);
}
