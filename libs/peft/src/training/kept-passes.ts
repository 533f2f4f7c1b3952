/** @file Calibrations that outlive the process which made them. */
import { deserialize, serialize } from 'node:v8';
import { Matrix } from 'ml-matrix';
import type { MemoryParts } from '../engine/memory-parts.js';
import type { InputMoments, LayerCalibration } from '../method.js';
import { lastingMatrix } from '../tensor/linalg.js';
import type { Statistics } from './calibration-statistics.js';

/** A pass that ran: what it found and what it took. */
export interface Pass {
  statistics: Statistics;
  /** Measured. */
  peak: MemoryParts;
  seconds: number;
}

/** Where passes are kept for other processes. What it gives is what was written, or nothing. */
export interface PassStore {
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * Resolves when no other process makes the pass of this key, or when the caller was told to stop.
   *
   * @returns gives it back, for those that wait
   */
  reserve(key: string): Promise<() => void>;
}

/** Tells a process, which cannot know it of itself, that another one has the same base and data. */
export interface KeptPasses {
  store: PassStore;
  /** Names the contents of base and data, and the version of this library. Asked only where a calibration is needed. */
  of(): Promise<string>;
}

interface StoredMatrix {
  rows: number;
  columns: number;
  /** Row after row. */
  values: Float64Array;
}

/** Part of the key of every pass: an older V8 does not read what a newer one wrote. */
export const passFormat = `v8 ${process.versions.v8}`;

/** Bytes of a pass, in the structured clone of V8; what layers share is there once. */
export function writePass({ statistics, peak, seconds }: Pass): Uint8Array {
  const stored = (matrix: Matrix): StoredMatrix => ({
    rows: matrix.rows,
    columns: matrix.columns,
    values: Float64Array.from(matrix.to1DArray()),
  });
  return serialize({ statistics: withMatrices(statistics, once(stored)), peak, seconds });
}

/** @throws Error for bytes that are no pass */
export function readPass(bytes: Uint8Array): Pass {
  const { statistics, peak, seconds } = deserialize(bytes);
  const restored = ({ rows, columns, values }: StoredMatrix): Matrix =>
    lastingMatrix(Matrix.from1DArray(rows, columns, values));
  return { statistics: withMatrices(statistics, once(restored)), peak, seconds };
}

type Found<M> = Omit<LayerCalibration, 'firstStep' | 'gradient' | 'inputs'> & {
  gradient?: M;
  inputs?: Omit<InputMoments, 'scatter'> & { scatter?: M };
};

function withMatrices<From, To>(
  statistics: ReadonlyMap<string, Found<From>>,
  change: (matrix: From) => To,
): ReadonlyMap<string, Found<To>> {
  return new Map(
    [...statistics].map(([path, { gradient, inputs, ...rest }]) => {
      const found: Found<To> = { ...rest, ...(gradient && { gradient: change(gradient) }) };
      if (inputs) {
        const { scatter, ...moments } = inputs;
        found.inputs = { ...moments, ...(scatter && { scatter: change(scatter) }) };
      }
      return [path, found];
    }),
  );
}

/** One answer for one object, as inits find out things of a matrix once. */
function once<From extends object, To>(change: (from: From) => To): (from: From) => To {
  const known = new Map<From, To>();
  return (from) => {
    if (!known.has(from)) known.set(from, change(from));
    return known.get(from)!;
  };
}
