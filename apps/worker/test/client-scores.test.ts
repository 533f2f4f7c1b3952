import { expect, it } from 'vitest';
import { clientReport } from '../src/trainer/client-scores.js';

it('names the client that is served worst, by the direction of each metric', () => {
  const byClient = { north: { accuracy: 0.9, loss: 0.4 }, south: { accuracy: 0.5, loss: 0.3 } };
  const range: [number, null] = [0, null];
  const metrics = [
    { name: 'accuracy', direction: 'maximize' as const, scale: 'mean' as const, range },
    { name: 'loss', direction: 'minimize' as const, scale: 'mean' as const, range },
  ];
  expect(clientReport(byClient, metrics)).toEqual({
    byClient,
    worst: { accuracy: { client: 'south', value: 0.5 }, loss: { client: 'north', value: 0.4 } },
  });
  expect(clientReport({}, metrics).worst).toEqual({});
});
