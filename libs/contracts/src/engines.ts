/** @file Facts of each engine that programs read. What its operations do is said beside its backend, in `@rankforge/peft`. */

/** Kinds of device; limits of WebGPU are told of the host. */
export const deviceKinds = ['host', 'cuda'] as const;

interface EngineRecord {
  /** Kinds of device that it computes on, best first. */
  devices: readonly (typeof deviceKinds)[number][];
  /** It is faster than those that each installation has, is added to one, and is proposed where a worker runs it. */
  added?: true;
  /** A program of its own trains, which an installation adds; it does fine-tunings of methods that Python peft has. */
  runner?: true;
  /** It runs a program of the sweep's own, and is there where the installation allows that: see `SweepKindRecord.commands`. */
  commands?: true;
  /** It serves tests: people are offered it last. */
  serves?: 'tests';
}

/** The engines that a trial may run on; the first is one that every installation has. */
export const engineRecords = {
  wasm: { devices: ['host'] },
  cpu: { devices: ['host'], serves: 'tests' },
  tensorflow: { devices: ['cuda', 'host'], added: true },
  webgpu: { devices: ['host'] },
  torch: { devices: ['host'], runner: true },
  command: { devices: ['host'], commands: true },
} as const satisfies Record<string, EngineRecord>;

type Known = keyof typeof engineRecords;
export const engineNames = Object.keys(engineRecords) as [Known, ...Known[]];

/** Engines whose trainings somebody can predict: all but those that run programs of others. */
export const predictedEngines = engineNames.filter((name) => !(engineRecords[name] as EngineRecord).commands);

export const engineRecord = (name: Known): EngineRecord => engineRecords[name];
