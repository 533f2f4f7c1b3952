/** @file What this machine lets the chaos do, found out by scripts/chaos.mjs and handed over in the environment. */
import { type FaultKind, faultKindNames } from './schedule.js';

/** Why something cannot be done is a text; what can be done has none. */
export interface Machine {
  /** Root in network and mount namespaces of its own. */
  namespaces: { missing?: string };
  /** libfaketime, which moves a program's clock. */
  faketime: { library?: string; missing?: string };
  /** Folder of the engines that were added, torch among them. */
  torch: { enginesFolder?: string; missing?: string };
}

export interface LeftOut {
  kind: FaultKind;
  why: string;
}

/** @throws Error when the harness was not started by scripts/chaos.mjs */
export function readMachine(environment: NodeJS.ProcessEnv): Machine {
  const text = environment.RANKFORGE_CHAOS_MACHINE;
  if (!text) throw new Error('RANKFORGE_CHAOS_MACHINE is not set: start the chaos by `npm run chaos`');
  return JSON.parse(text) as Machine;
}

/** Kinds of faults that this machine cannot do. Cuts are always possible: proxies stand in for namespaces. */
export function leftOutOf(
  { namespaces, faketime }: Pick<Machine, 'namespaces' | 'faketime'>,
  { torch }: { torch: boolean },
): LeftOut[] {
  const reasons: Partial<Record<FaultKind, string | undefined>> = {
    'disk-full': namespaces.missing && `a small file system cannot be mounted: ${namespaces.missing}`,
    'kill-runner': torch ? undefined : 'trainings have none without --torch',
    'clock-jump': faketime.library ? undefined : `no libfaketime: ${faketime.missing}`,
  };
  return faultKindNames.flatMap((kind) => {
    const why = reasons[kind];
    return why ? [{ kind, why }] : [];
  });
}
