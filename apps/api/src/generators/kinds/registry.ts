/** @file How the API adds each kind of generator, one line each. */
import type { CreateGenerator, GeneratorKind, TrialGenerator } from '@rankforge/contracts';
import { adapter } from './adapter.js';
import { base } from './base.js';
import { endpoint } from './endpoint.js';
import { gguf } from './gguf.js';
import type { GeneratorRoutine, GeneratorSources, HeldAdapter } from './kind.js';

const routines: { readonly [K in GeneratorKind]: GeneratorRoutine<K> } = { base, endpoint, adapter, gguf };

const routineOf = ({ kind }: { kind: GeneratorKind }) => routines[kind] as GeneratorRoutine<GeneratorKind>;

/** @throws ProblemError naming the field of the request that is wrong */
export const identify = (request: CreateGenerator, sources: GeneratorSources): Promise<TrialGenerator> =>
  routineOf(request).identify(request, sources);

/** @throws Error where an administrator does not allow a generator any more */
export const requireAllowed = async (generator: TrialGenerator, sources: GeneratorSources): Promise<void> =>
  routineOf(generator).requireAllowed?.(generator, sources);

/** The adapter that stays on a generator's base. @throws Error where it is not there any more */
export const heldAdapter = async (
  generator: TrialGenerator,
  sources: GeneratorSources,
): Promise<HeldAdapter | undefined> => routineOf(generator).held?.(generator, sources);
