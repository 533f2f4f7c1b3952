import type { Split } from '../objectives/data.js';
import { checkIndices } from './indices.js';

/** Images of one size as examples for classification: samples of 0 … 255 become 0 … 1. */
export function labelledImages(images: readonly { pixels: Uint8Array; label: number }[]): Split {
  const samples = images[0]?.pixels.length ?? 0;
  const answers = (indices: readonly number[]) => ({
    targets: Int32Array.from(indices, (index) => images[index]!.label),
  });
  return {
    size: images.length,
    answers,
    batch(indices) {
      checkIndices(indices, images.length);
      const pixels = new Float32Array(indices.length * samples);
      indices.forEach((index, row) => {
        pixels.set(
          Float32Array.from(images[index]!.pixels, (sample) => sample / 255),
          row * samples,
        );
      });
      return {
        size: indices.length,
        sequence: 0,
        inputs: new Int32Array(0),
        pixels,
        ...answers(indices),
        lengths: new Int32Array(0),
      };
    },
  };
}
