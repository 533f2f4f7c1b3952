/** @file Where a trainer keeps files that are of use to itself alone: a folder that goes with its process, however that ends. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of the trainer with this process id. */
export const scratchOf = (pid: number): string => join(tmpdir(), `rankforge-trainer-${pid}`);
