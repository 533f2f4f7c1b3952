import { splitOf, synthesize } from '../synthesis.js';
import { teacherPlan } from '../teacher.js';
import { largerPeak, type Preparation } from './preparation.js';

/** Examples that the base writes in place of the training split. */
export const writtenExamples: Preparation = {
  async prepare(setting, ground, { resume, fit }) {
    const { method, config, options, teacher, random, turn, signal, emit } = setting;
    const request = method.synthesis?.(config);
    if (!request) return ground;
    const { model, data } = ground;
    const synthesized =
      teacher && !resume
        ? await synthesize({
            request,
            model,
            source: { model: teacher.model, targets: teacherPlan(teacher).targets },
            method,
            config,
            data,
            batchSize: options.batchSize,
            seed: options.seed,
            random,
            turn,
            signal,
            emit,
            fit,
          })
        : undefined;
    const written = resume?.written ?? synthesized?.examples;
    if (!written) return { ...ground, stopped: true };
    return {
      ...ground,
      data: { ...data, train: splitOf(written) },
      written,
      ...(synthesized ? { peak: largerPeak(ground.peak, synthesized.peak) } : {}),
    };
  },
};
