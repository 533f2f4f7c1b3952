/** @file What `npm test -- --full` adds: the one place that knows whether this is such a run. */
import { appendFileSync } from 'node:fs';

export const isFull = process.env.RANKFORGE_TEST_FULL === '1';

/**
 * The cases of this run: all of them with `--full`, else those of `chosen`. What that leaves out is printed at the end of the run.
 *
 * @param what names the cases, such as 'peaks of methods by settings'
 * @example it.each(casesOf('losses on webgpu', methods, oneOfEach(methods)))('…', …)
 */
export function casesOf<T>(what: string, all: readonly T[], chosen: readonly T[]): readonly T[] {
  tell(`${what}: ${all.length - chosen.length} of ${all.length}`);
  return isFull ? all : chosen;
}

/** Whether a test that takes long is part of this run. Where it is not, that is printed at the end of the run. */
export function onlyInFull(what: string): boolean {
  tell(what);
  return isFull;
}

function tell(line: string): void {
  const file = process.env.RANKFORGE_TEST_LEFT_OUT;
  if (file) appendFileSync(file, `${line}\n`);
}
