/** @file Engines that a trial may run on. */
import { z } from 'zod';

export const engineNames = ['wasm', 'cpu', 'tensorflow', 'webgpu'] as const;
export const EngineName = z.enum(engineNames).meta({ id: 'EngineName' });
export type EngineName = z.infer<typeof EngineName>;
