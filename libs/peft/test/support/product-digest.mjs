// Prints the SHA-256 of the bits of some products: `node product-digest.mjs ENGINE OPTIONS`.
import { createHash } from 'node:crypto';
import { openEngine } from '../../dist/engine/engine.js';
import { tf } from '../../dist/tensor/tf.js';

const [engine, options] = process.argv.slice(2);
await openEngine(engine, JSON.parse(options));
const hash = createHash('sha256');
for (const [rows, inner, columns] of [
  [200, 600, 900],
  [900, 70, 64],
]) {
  const matrix = (height, width) =>
    tf.tensor2d(
      Float32Array.from({ length: height * width }, (_, at) => Math.sin(at)),
      [height, width],
    );
  hash.update(new Uint8Array(tf.matMul(matrix(rows, inner), matrix(inner, columns)).dataSync().buffer));
}
process.stdout.write(hash.digest('hex'));
process.exit(0);
