/** @file What requests do to the event loop of the API, with the largest input that each may have. */
import { mostExamples } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from './api-client.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ RANKFORGE_RATE_LIMIT: '1000000' }, { ownProcess: true });
});
afterAll(() => api?.stop());

const base = 'some-base';
const [rows, seeds, examples] = [200, 25, 1000];

async function busyTurns(): Promise<{ le: number; count: number }[]> {
  const { text } = await api.get('/metrics').expect(200);
  return [...text.matchAll(/^rankforge_event_loop_busy_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)].map(([, le, count]) => ({
    le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
    count: Number(count),
  }));
}

/** The upper end of the longest turn that the loop took while something was done. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  const before = await busyTurns();
  await work();
  const after = await busyTurns();
  const news = after.map(({ le, count }, i) => ({ le, count: count - before[i]!.count }));
  return news.find(({ count }) => count === news.at(-1)!.count)!.le;
}

describe('repro', () => {
  it('imports', async () => {
    for (let row = 0; row < Number(process.env.ROWS ?? rows); row++) {
      const runs = Array.from({ length: seeds }, (_, seed) => ({
        method: `m${row}`,
        seed,
        examples: Array.from({ length: examples }, (_, i) => Number(((i * 7919 + row * 104729 + seed * 1299709) % 1000) < 500 + row)),
      }));
      const t = performance.now();
      const turn = await longestTurn(() => api.post('/v1/runs', { name: 'large', base, runs }).expect(201));
      if (row % 20 === 0) console.log('post', performance.now() - t, turn);
    }
    
  }, 600_000);
  it('board', async () => {
    const t = performance.now();
    const turn = await longestTurn(() => api.get(`/v1/leaderboard?task=runs:large&base=${base}`).expect(200));
    console.log('board', performance.now() - t, turn);
    expect(turn).toBeLessThanOrEqual(0.05);
  }, 600_000);
});
describe('again', () => {
  it('boards', async () => {
   for (const q of ['', '', '&by=configuration', '&by=configuration']) {
    const t = performance.now();
    const turn = await longestTurn(async () => {
      const { text } = await api.get(`/v1/leaderboard?task=runs:large&base=${base}${q}`).expect(200);
      console.log(text.length);
    });
    console.log('board', performance.now() - t, turn);
   }
  }, 600_000);
});
