// A trainer that does as the method name of its order says. Stands in for child.js where the subject is the process, not the training.
let stop;
let orders = 0;
process.on('message', (message) => {
  if (message.type === 'stop') return stop?.(message.reason);
  if (message.type === 'close') process.exit(0);
  orders += 1;
  const ended = (execution, retire = false) => process.send({ type: 'ended', execution, retire });
  const acts = {
    succeed: () => {
      process.send({
        type: 'progress',
        progress: { points: [{ name: 'train/loss', step: 1, value: 2 }], step: 1, loss: 2 },
      });
      ended({ kind: 'succeeded', result: { seconds: 1, validation: { loss: orders } }, step: 1 });
    },
    'run-until-stopped': () => {
      process.send({ type: 'log', line: 'running' });
      stop = (reason) => {
        process.send({ type: 'log', line: `stopped for ${reason}` });
        ended({ kind: 'stopped' });
      };
    },
    'be-deaf': () => {
      process.send({ type: 'log', line: 'running' });
    },
    'exhaust-heap': () => {
      const kept = [];
      for (;;) kept.push(Array.from({ length: 1e6 }, (_, index) => ({ index })));
    },
    retire: () => ended({ kind: 'stopped' }, true),
  };
  acts[message.order.spec.method]();
});
process.once('disconnect', () => process.exit(0));
