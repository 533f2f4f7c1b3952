/** @file Runners of a trainer: as many as have orders at a time, each kept for the next order of its engine. */
import type { EngineName } from '@rankforge/contracts';
import { programOf } from './program.js';
import { RunnerProcess } from './runner-process.js';

export class Runners {
  private readonly idle = new Map<EngineName, RunnerProcess[]>();

  constructor(private readonly enginesFolder: string | undefined) {}

  /** One of this engine that is free, or a new one. @throws Error where the engine was not added */
  async take(engine: EngineName, log: (line: string) => void): Promise<RunnerProcess> {
    const kept = this.idle.get(engine)?.pop();
    if (kept?.usable) {
      kept.log = log;
      return kept;
    }
    return new RunnerProcess(await programOf(engine, this.enginesFolder), log);
  }

  giveBack(engine: EngineName, runner: RunnerProcess): void {
    if (!runner.usable) return;
    runner.log = () => undefined;
    this.idle.set(engine, [...(this.idle.get(engine) ?? []), runner]);
  }
}
