/** @file On which test examples trials differ, by the command line. */
import type { ComparedExamples } from '@rankforge/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiUnderTest, startApi } from '../../../test/e2e/api-client.js';
import { type ScoredAnimals, scoreAnimals } from '../../../test/e2e/scored-animals.js';
import { onPlatform } from './support/on-platform.js';

let api: ApiUnderTest;
let scored: ScoredAnimals;

const { run, json } = onPlatform(() => ({ url: api.api.url, key: api.platform.keys.viewer }));

beforeAll(async () => {
  api = await startApi();
  scored = await scoreAnimals(api);
});
afterAll(() => api?.stop());

test('counts who is right, and says which trial is left out', async () => {
  const { status, out } = await run(['trial', 'compare', scored.lora, scored.bitfit, scored.unchosen]);
  expect(status).toBe(0);
  expect(out).toContain('accuracy of 20 test examples, of which they differ on 9');
  expect(out).toMatch(/^10 +\d lora r2 seed 0 alone +8 +40\.0 %$/m);
  expect(out).toMatch(/^11 +both +7 +35\.0 %$/m);
  expect(out).toMatch(/^\d lora r2 seed 0 +\d bitfit seed 0 +8 +1 +7 +4 +0\.039$/m);
  expect(out).toMatch(/^\d lora r2 seed 0: it was not scored on the test split/m);
});

test('lists the examples that are asked for', async () => {
  const asked = ['trial', 'compare', scored.lora, scored.bitfit, '--examples', '01'];
  const { out } = await run(asked);
  expect(out).toMatch(
    /^1 to 1 of 1 examples\nThese are examples of the test split: .*\n\nexample 16\n {2}text: .*\n {2}label: dog\n/m,
  );
  expect(out).toMatch(/lora r2 seed 0: wrong, cat\n.*bitfit seed 0: right, dog$/m);
  const { examples } = await json<{ examples: ComparedExamples }>(asked);
  expect(examples.compared?.items).toMatchObject([{ place: 15, scores: [0, 1], said: ['cat', 'dog'] }]);
});

test('refuses options of examples where none are listed', async () => {
  const compare = ['trial', 'compare', scored.lora, scored.bitfit];
  expect(await run([...compare, '--examples', 'differ', '--format', 'csv'])).toMatchObject({
    status: 2,
    err: '--format csv writes settings and results alone: leave --examples out, or take --json in the place of --format',
  });
  expect(await run([...compare, '--format', 'csv', '--metric', 'macroF1'])).toMatchObject({
    status: 2,
    err: expect.stringContaining('leave --metric out,'),
  });
  expect(await run([...compare, '--limit', '5', '--ahead', scored.lora])).toMatchObject({
    status: 2,
    err: '--ahead, --limit: no examples are listed; name those that are to be, as by --examples all',
  });
});

test('refuses a choice that is none', async () => {
  expect(await run(['trial', 'compare', scored.lora, scored.bitfit, '--examples', 'best'])).toMatchObject({
    status: 2,
    err: expect.stringContaining('all, or expected differ, right, wrong, or a pattern of 1 and 0, as 10'),
  });
});
