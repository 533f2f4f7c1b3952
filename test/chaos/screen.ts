/** @file What a person sees while the chaos runs: a bar with the time that is left, and each fault as it comes and goes. */
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Watch } from './run.js';
import type { Fault } from './schedule.js';

const quietEvery = 10;

export class Screen implements Watch {
  private readonly bars: MultiBar;
  private readonly bar: SingleBar | undefined;
  private shown = 0;

  constructor(
    private readonly name: string,
    private readonly total: number,
  ) {
    this.bars = new MultiBar({
      format: `${name.padEnd(5)} {bar} {value}/{total} trials | ETA {eta_formatted}`,
      hideCursor: true,
      clearOnComplete: false,
      etaBuffer: 30,
      stopOnComplete: false,
    });
    this.bar = process.stderr.isTTY ? this.bars.create(total, 0) : undefined;
  }

  say(line: string): void {
    if (this.bar) this.bars.log(`${line}\n`);
    else console.log(line);
  }

  progress(ended: number): void {
    this.bar?.update(ended);
    if (this.bar || ended - this.shown < this.total / quietEvery) return;
    this.shown = ended;
    console.log(`${this.name}: ${ended} of ${this.total} trials`);
  }

  struck({ number, kind, target, healAfterMs }: Fault, at: number): void {
    const length = healAfterMs > 0 ? ` for ${(healAfterMs / 1000).toFixed(1)} s` : '';
    this.say(`${at.toFixed(1).padStart(6)} s  #${number} ${kind} ${target}${length}`);
  }

  healed({ number, kind, target, healAfterMs }: Fault, at: number): void {
    if (healAfterMs > 0) this.say(`${at.toFixed(1).padStart(6)} s  #${number} ${kind} ${target}: healed`);
  }

  close(): void {
    this.bars.stop();
  }
}
