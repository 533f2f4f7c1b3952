/** @file Lines of a trial's log, for people. */
import type { EvalEvent, SynthesisEvent, WrittenEvent } from '@rankforge/peft';

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
