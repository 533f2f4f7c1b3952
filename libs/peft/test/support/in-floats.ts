import { type EngineName, traitsOf } from '../../src/engine/traits.js';
import type { UpdatingOn } from '../../src/method.js';

/** Where tests ask what an optimizer holds: in floats of so many bytes, on an engine. */
export const inFloatsOf = (bytesPerFloat: number, engine: EngineName = 'wasm'): UpdatingOn => ({
  bytesPerFloat,
  engine: traitsOf(engine),
});
