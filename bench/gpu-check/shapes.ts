/** @file Models of the speed table: widths from that of the demo to that of GPT-2 small. */

export interface Shape {
  name: string;
  width: number;
  heads: number;
  layers: number;
  batchSize: number;
  sequence: number;
}

const shape = (width: number, heads: number, layers: number, batchSize: number, sequence: number): Shape => ({
  name: `width ${width}, ${layers} layers, ${batchSize}×${sequence}`,
  width,
  heads,
  layers,
  batchSize,
  sequence,
});

export const shapes: readonly Shape[] = [
  shape(64, 2, 2, 8, 64),
  shape(128, 4, 4, 8, 64),
  shape(256, 4, 6, 8, 64),
  shape(768, 12, 12, 4, 128),
];
