// Multiplies until it has taken so many signals, as a process of its own: `node multiply-under-signals.mjs ENGINE OPTIONS SIGNALS`.
import { openEngine } from '../../dist/engine/engine.js';
import { tf } from '../../dist/tensor/tf.js';

const [name, options, signals] = process.argv.slice(2);
await openEngine(name, JSON.parse(options));
const a = tf.randomNormal([1024, 384], 0, 1, 'float32', 1);
// An engine may multiply by tiles, but for thin matrices.
const others = [384, 48].map((columns) => tf.randomNormal([384, columns], 0, 1, 'float32', 2));
const products = () => others.map((b) => tf.tidy(() => tf.matMul(a, b).dataSync()));
const expected = products();
let taken = 0;
process.on('SIGUSR2', () => {
  taken += 1;
});
console.log('ready');
for (let made = 1; taken < Number(signals); made++) {
  products().forEach((values, which) => {
    const isOther = values.some((value, at) => value !== expected[which][at]);
    if (isOther) throw new Error(`product ${made} by ${which} differs from the first`);
  });
  await new Promise(setImmediate);
}
process.exit(0);
