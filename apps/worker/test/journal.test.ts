import { expect, it } from 'vitest';
import { waitFor } from '../../../test/support/index.js';
import { type JournalSink, TrialJournal } from '../src/trial/journal.js';

/** Keeps what is written, and holds the first write until it is let go: Postgres is away. */
function slowSink(): { sink: JournalSink; written: string[]; waiting: () => boolean; letGo: (held?: boolean) => void } {
  const written: string[] = [];
  let letGo: ((held: boolean) => void) | undefined;
  const gate = new Promise<boolean>((resolve) => {
    letGo = resolve;
  });
  let waiting = false;
  return {
    written,
    waiting: () => waiting,
    letGo: (held = true) => letGo?.(held),
    sink: {
      async metrics({ points, step }) {
        waiting = true;
        const held = await gate;
        if (held) written.push(`${points.map((point) => point.step)} to step ${step}`);
        return held;
      },
      async checkpoint({ step }) {
        written.push(`checkpoint ${step}`);
        return true;
      },
      async resumed(step) {
        written.push(`resumed ${step}`);
      },
      log: async () => undefined,
    },
  };
}

const progress = (step: number) => ({ points: [{ name: 'train/loss', step, value: 1 }], step, loss: 1 });
const artifact = (step: number) => ({ step, sha256: 'a'.repeat(64), bytes: 1 });
const unexpected = { everyMs: 1, onLost: (reason: string) => expect.unreachable(reason) };

it('closed while a batch cannot be written, writes everything in the order of the reports', async () => {
  const { sink, written, waiting, letGo } = slowSink();
  const journal = new TrialJournal(sink, unexpected);
  journal.progress(progress(1));
  await waitFor('the first batch', waiting);
  journal.progress(progress(2));
  journal.progress(progress(3));
  journal.checkpoint(artifact(3));
  journal.progress(progress(4));
  const closed = journal.close();
  letGo();
  expect(await closed).toBe(true);
  expect(written).toEqual(['1 to step 1', '2,3 to step 3', 'checkpoint 3', '4 to step 4']);
});

it('parts what has waited for long into batches that others can run between', async () => {
  const sizes: number[] = [];
  const { sink, waiting, letGo } = slowSink();
  const metrics: JournalSink['metrics'] = (batch) => {
    sizes.push(batch.points.length);
    return sink.metrics(batch);
  };
  const journal = new TrialJournal({ ...sink, metrics }, unexpected);
  journal.progress(progress(1));
  await waitFor('the first batch', waiting);
  for (let step = 2; step <= 12_000; step++) journal.progress(progress(step));
  letGo();
  expect(await journal.close()).toBe(true);
  expect(sizes).toEqual([1, 5000, 5000, 1999]);
});

it('writes nothing after a write whose lease was not held', async () => {
  const { sink, written, waiting, letGo } = slowSink();
  const lost: string[] = [];
  const journal = new TrialJournal(sink, { everyMs: 1, onLost: (reason) => lost.push(reason) });
  journal.progress(progress(1));
  journal.checkpoint(artifact(1));
  await waitFor('the first batch', waiting);
  letGo(false);
  expect(await journal.close()).toBe(false);
  expect([written, lost]).toEqual([[], ['another worker has the lease']]);
});

it('gives up when more waits than it may keep', async () => {
  const { sink, written, waiting, letGo } = slowSink();
  const lost: string[] = [];
  const journal = new TrialJournal(sink, { everyMs: 1, maxPending: 2, onLost: (reason) => lost.push(reason) });
  journal.progress(progress(1));
  await waitFor('the first batch', waiting);
  for (const step of [2, 3, 4]) journal.progress(progress(step));
  letGo();
  expect(await journal.close()).toBe(false);
  expect(lost).toEqual(['3 metric points wait for Postgres, more than a worker keeps']);
  expect(written).toEqual(['1 to step 1']);
});

it('writes a report of more points than may wait, also in one batch with the report before it', async () => {
  const sizes: number[] = [];
  const sink: JournalSink = {
    ...slowSink().sink,
    metrics: async ({ points }) => {
      sizes.push(points.length);
      return true;
    },
  };
  const journal = new TrialJournal(sink, { ...unexpected, everyMs: 60_000 });
  const points = Array.from({ length: 300_000 }, (_, step) => ({ name: 'train/loss', step, value: 1 }));
  journal.progress(progress(1));
  journal.progress({ points, step: 300_000, loss: 1 });
  expect(await journal.close()).toBe(true);
  expect(sizes).toEqual([300_001]);
});

it('keeps the end of a long log', async () => {
  const journal = new TrialJournal(slowSink().sink, unexpected);
  for (let line = 0; line < 5000; line++) journal.log(`line ${line}`);
  expect(journal.tail).toHaveLength(16 * 1024);
  expect(journal.tail.endsWith('line 4998\nline 4999\n')).toBe(true);
  expect(await journal.close()).toBe(true);
});
