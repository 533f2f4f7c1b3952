// A trainer that does as the method name of its order says. Stands in for child.js where the subject is the process, not the training.
import { setTimeout as sleep } from 'node:timers/promises';

const stops = new Map();
const reserved = new Map();
let orders = 0;
let endsAfterMs = 0;
process.on('message', (message) => {
  if (message.type === 'stop') return stops.get(message.trialId)?.(message.reason);
  if (message.type === 'reserved') return reserved.get(message.trialId)?.();
  if (message.type === 'close') return void setTimeout(() => process.exit(0), endsAfterMs);
  orders += 1;
  const { trialId, spec } = message.order;
  const send = (said) => process.send({ trialId, ...said });
  const ended = (outcome, retire = false) => send({ type: 'ended', outcome, retire });
  const acts = {
    succeed: () => {
      send({
        type: 'progress',
        progress: { points: [{ name: 'train/loss', step: 1, value: 2 }], step: 1, loss: 2 },
      });
      ended({ kind: 'succeeded', result: { seconds: 1, validation: { loss: orders } }, step: 1 });
    },
    'end-slowly': () => {
      endsAfterMs = 1000;
      ended({ kind: 'succeeded', result: { seconds: 1 }, step: 1 });
    },
    'tell-environment': () => {
      const { CUDA_VISIBLE_DEVICES: visible, TF_FORCE_GPU_ALLOW_GROWTH: growth } = process.env;
      send({ type: 'log', line: JSON.stringify({ visible, growth }) });
      ended({ kind: 'stopped' });
    },
    'run-until-stopped': () => {
      send({
        type: 'progress',
        progress: { points: [{ name: 'memory/peak', step: 1, value: 64 }], step: 1, loss: null },
      });
      send({ type: 'log', line: 'running' });
      stops.set(trialId, (reason) => {
        send({ type: 'log', line: `stopped for ${reason}` });
        ended({ kind: 'stopped' });
      });
    },
    // Steps for ever, so that only what happens to the process ends it.
    'step-on': () => {
      const step = () => send({ type: 'moved', work: 'steps' });
      step();
      // Said after the first step: who freezes it now freezes it between two.
      send({ type: 'log', line: 'running' });
      setInterval(step, 20);
    },
    // One step takes 15 × the longest before it; then as long as that before the next step is nothing unheard-of.
    'step-slower': async () => {
      for (const ms of [0, 200, 3000, 3000]) {
        await sleep(ms);
        send({ type: 'moved', work: 'steps' });
      }
      ended({ kind: 'succeeded', result: { seconds: 1 }, step: 4 });
    },
    'load-long': async () => {
      await sleep(1500);
      ended({ kind: 'succeeded', result: { seconds: 1 }, step: 1 });
    },
    'reserve-long': () => {
      send({ type: 'reserve', key: 'a pass that another process makes' });
      reserved.set(trialId, () => ended({ kind: 'succeeded', result: { seconds: 1 }, step: 1 }));
    },
    'be-deaf': () => {
      send({ type: 'log', line: 'running' });
    },
    'exhaust-heap': () => {
      const kept = [];
      for (;;) kept.push(Array.from({ length: 1e6 }, (_, index) => ({ index })));
    },
    retire: () => ended({ kind: 'stopped' }, true),
    'exhaust-engine': () =>
      ended({ kind: 'over-budget', reason: 'the device ran out of memory', dominantPart: 'weights' }, true),
  };
  acts[spec.method]();
});
process.once('disconnect', () => process.exit(0));
