// Multiplies until it has taken so many signals, as a process of its own: `node multiply-under-signals.mjs ENGINE OPTIONS SIGNALS`.
import { openEngine } from '../../dist/engine/engine.js';
import { tf } from '../../dist/tensor/tf.js';

const [name, options, signals] = process.argv.slice(2);
await openEngine(name, JSON.parse(options));
const a = tf.randomNormal([1024, 384], 0, 1, 'float32', 1);
const b = tf.randomNormal([384, 384], 0, 1, 'float32', 2);
const product = () => tf.tidy(() => tf.matMul(a, b).dataSync());
const expected = product();
let taken = 0;
process.on('SIGUSR2', () => {
  taken += 1;
});
console.log('ready');
for (let made = 1; taken < Number(signals); made++) {
  const values = product();
  if (values.some((value, at) => value !== expected[at])) throw new Error(`product ${made} differs from the first`);
  await new Promise(setImmediate);
}
process.exit(0);
