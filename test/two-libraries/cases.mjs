/**
 * @file The configurations that are trained twice: by this library, and by torch with Python peft.
 *
 * Both start from the same values: peft loads the adapter that a training of 0 steps leaves here. `initialization` is for a
 * method whose first values also change the base, which no adapter file can say: there peft makes them from the base itself.
 */
export const cases = [
  { method: 'lora' },
  { method: 'dora' },
  { method: 'pissa', initialization: { init_lora_weights: 'pissa' } },
  { method: 'vera' },
  { method: 'ia3' },
  { method: 'oft' },
  { method: 'loha' },
  { method: 'adalora', schedule: true },
];
