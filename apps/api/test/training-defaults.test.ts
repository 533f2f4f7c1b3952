import { TrainingOptions } from '@rankforge/contracts';
import { trainOptionsSchema } from '@rankforge/peft';
import { expect, it } from 'vitest';

it('a request leaves out what the library fills in with the same value', () => {
  const asked = { steps: 10, batchSize: 8 };
  const ofRequest: Record<string, unknown> = TrainingOptions.parse({ ...asked, sequenceLength: 32 });
  const ofLibrary: Record<string, unknown> = trainOptionsSchema.parse({ ...asked, learningRate: 1 });
  const filledIn = Object.keys(ofRequest).filter((name) => name in ofLibrary && !(name in asked));
  expect(filledIn.sort()).toEqual(['accumulate', 'clipNorm', 'dropout', 'schedule', 'targets', 'warmupSteps']);
  for (const name of filledIn) expect(ofLibrary[name], name).toEqual(ofRequest[name]);
  expect(ofRequest.clipNorm).toBe(1);
});
