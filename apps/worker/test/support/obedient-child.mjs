// A trainer that does as the method name of its order says. Stands in for child.js where the subject is the process, not the training.
const stops = new Map();
let orders = 0;
process.on('message', (message) => {
  if (message.type === 'stop') return stops.get(message.trialId)?.(message.reason);
  if (message.type === 'close') process.exit(0);
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
