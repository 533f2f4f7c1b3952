import { createHash } from 'node:crypto';
import type { Split } from '@rankforge/peft';

/** A reversible stand-in for a tokenizer: UTF-8 bytes. */
export const encode = (text: string) => new TextEncoder().encode(text);

export const decode = (bytes: Iterable<number>) => new TextDecoder().decode(Uint8Array.from(bytes));

const all = (split: Split) => split.batch(Array.from({ length: split.size }, (_, i) => i));

/** Passages of a language-modelling split, the last one possibly cut. */
export function passagesOf(split: Split): string[] {
  return decode(all(split).inputs)
    .split('\n\n')
    .filter((passage) => passage !== '');
}

/** Texts and labels of a classification split, cut to the sequence. */
export function examplesOf(split: Split): { text: string; label: number }[] {
  const { inputs, lengths, targets, sequence } = all(split);
  return Array.from(targets, (label, i) => ({
    text: decode(inputs.subarray(i * sequence, i * sequence + lengths[i]!)),
    label,
  }));
}

/** Prompts of a split, with the completions or answers that are learned. */
export function promptsOf(split: Split): { prompt: string; completion: string }[] {
  const { inputs, targets, lengths, sequence } = all(split);
  return Array.from(lengths, (length, i) => {
    const from = i * sequence;
    const completion = targets.subarray(from, from + length).filter((token) => token >= 0);
    return {
      prompt: decode(inputs.subarray(from, from + length - completion.length + 1)),
      completion: decode(completion),
    };
  });
}

/** Images of a split; the name tells equal ones, in letters alone. */
export function imagesOf(split: Split): { name: string; pixels: Float32Array; label: number }[] {
  const { pixels, targets, size } = all(split);
  const samples = pixels!.length / size;
  return Array.from(targets, (label, i) => {
    const own = pixels!.subarray(i * samples, (i + 1) * samples);
    const hash = createHash('sha256').update(own).digest('hex');
    return { name: hash.replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!), pixels: own, label };
  });
}
