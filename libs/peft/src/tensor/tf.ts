/**
 * @file The one place tfjs is loaded. Its ES modules are not importable by Node as they stand, and `tfjs-core` alone
 * registers no gradients, so the CommonJS entry of the umbrella package is taken.
 */
import { createRequire } from 'node:module';

type Tfjs = typeof import('@tensorflow/tfjs-core');

const require = createRequire(import.meta.url);
let isLoaded = false;
const waiting: (() => void)[] = [];

/** Does some work once tfjs is there: at its load, or at once. */
export function whenLoaded(work: () => void): void {
  if (isLoaded) work();
  else waiting.push(work);
}

/** Puts all names of tfjs on `tf`, which finds them without the proxy from then on. */
function load(): void {
  isLoaded = true;
  Object.defineProperties(tf, Object.getOwnPropertyDescriptors(require('@tensorflow/tfjs') as Tfjs));
  for (const work of waiting.splice(0)) work();
}

/**
 * Loads tfjs when a name of it is first asked for: predictions, plans and readers of files ask for none, and loading takes longer than
 * most of them.
 */
export const tf: Tfjs = Object.create(
  new Proxy(
    {},
    {
      get(_, name) {
        if (isLoaded) return undefined;
        load();
        return Reflect.get(tf, name);
      },
    },
  ),
);
