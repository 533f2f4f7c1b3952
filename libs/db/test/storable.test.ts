import { isStorable, Json, storable, text } from '@rankforge/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { testServers } from '../../../test/support/servers.js';
import { openDatabase } from '../src/index.js';

it('contracts accept exactly the texts that a database keeps as they are, and make them of others', async () => {
  const db = openDatabase({ url: `${testServers().postgres}postgres`, poolSize: 1 });
  const keeps = async (value: string) => {
    try {
      const [row] = await db.$queryRaw<{ kept: string }[]>`SELECT ${JSON.stringify(value)}::jsonb #>> '{}' AS "kept"`;
      return row?.kept === value;
    } catch {
      return false;
    }
  };
  const units = fc.constantFrom('a', 'é', '\u0000', '\u0001', '\ud83d', '\ude00', '\ud800', '😀', '"', '\\', '\uffff');
  const texts = fc.oneof(fc.string({ unit: units, maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(texts, async (value) => {
      const kept = await keeps(value);
      expect(isStorable(value)).toBe(kept);
      expect(storable(value) === value).toBe(kept);
      expect(isStorable(storable(value))).toBe(true);
      expect(text(100).safeParse(value).success).toBe(kept);
      expect(Json.safeParse({ list: [{ [value]: [value] }] }).success).toBe(kept);
    }),
    { numRuns: 300, seed: 2026 },
  );
  await db.$disconnect();
});
