import { Presets, SingleBar } from 'cli-progress';
import { beforeInterrupt } from '../local/interrupt.js';
import { say } from './print.js';

export interface Transfer {
  /** How many bytes of a file are here. */
  show(file: string, bytes: number, of: number): void;
  close(): void;
}

/** A bar a file on a terminal; elsewhere a line for each file that is complete. */
export function openTransfer(): Transfer {
  return process.stderr.isTTY ? openBar() : openLines();
}

function openBar(): Transfer {
  let bar: SingleBar | undefined;
  let shown = '';
  // The cursor is hidden until it stops.
  const goOn = beforeInterrupt(() => bar?.stop());
  return {
    show(file, bytes, of) {
      if (file !== shown) {
        bar?.stop();
        const format = `${file} {bar} {percentage} % · ETA {eta_formatted}`;
        bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, barsize: 28 }, Presets.rect);
        bar.start(of, 0);
        shown = file;
      }
      bar?.update(bytes);
    },
    close() {
      goOn();
      bar?.stop();
    },
  };
}

function openLines(): Transfer {
  return {
    show(file, bytes, of) {
      if (bytes === of) say(`${file}: ${of} bytes`);
    },
    close() {},
  };
}
