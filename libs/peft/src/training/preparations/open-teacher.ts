import { openTeacher } from '../teacher.js';
import type { Preparation } from './preparation.js';

/** The second base with its adapter, which stays on the device beside the trial. */
export const teacher: Preparation = {
  prepare(setting, ground, { own }) {
    if (!setting.teacher) return undefined;
    const opened = openTeacher(setting.teacher, ground.model, setting.data);
    own(opened);
    return { ...ground, teacher: opened };
  },
};
