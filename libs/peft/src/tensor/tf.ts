/**
 * @file The one place tfjs is loaded. Its ES modules are not importable by Node as they stand, and `tfjs-core` alone
 * registers no gradients, so the CommonJS entry of the umbrella package is taken.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const tf = require('@tensorflow/tfjs') as typeof import('@tensorflow/tfjs-core');
