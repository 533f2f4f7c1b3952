import { RequestedFederation, TrainingOptions, usualDelta, usualFactor } from '@rankforge/contracts';
import { federationOptionsSchema } from '@rankforge/federated';
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

it('a scenario of a federation is named without what request and library fill in with the same value', () => {
  const asked = { rounds: 2, localSteps: 3 };
  const attacker = { attack: 'sign-flip', share: 0.2 };
  const ofLibrary = federationOptionsSchema.parse({
    ...asked,
    adversaries: attacker,
    privacy: { clip: 1, noise: 0.5 },
  });
  expect([ofLibrary.adversaries?.factor, ofLibrary.privacy?.delta]).toEqual([usualFactor, usualDelta]);
  const ofRequest = RequestedFederation.parse({
    ...asked,
    partition: { by: 'size', shares: [1, 1] },
    adversaries: [attacker],
    privacy: { clip: 1, noise: [0.5] },
  });
  expect(ofRequest.adversaries).toEqual([{ ...attacker, factor: usualFactor }]);
  expect(ofRequest.privacy?.delta).toBe(usualDelta);
});
