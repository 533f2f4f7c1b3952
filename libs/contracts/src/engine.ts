/** @file Engines that a trial may run on. */
import { z } from 'zod';
import { engineNames } from './training-names.js';

export const EngineName = z.enum(engineNames).meta({ id: 'EngineName' });
export type EngineName = z.infer<typeof EngineName>;
