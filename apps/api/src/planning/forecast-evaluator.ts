/** @file Plans of evaluators: whom they ask or examine, what that holds, and why it cannot be. */
import type { Base } from '@rankforge/bases';
import { baseOfGenerator, bytesOfGenerator, type CreateSweep, enginesOf } from '@rankforge/contracts';
import {
  askingPartOf,
  asksGenerator,
  asksTraining,
  type Evaluator,
  encodedWords,
  examinationOf,
  takenTrainingOf,
} from '@rankforge/evaluators';
import type { Task } from '@rankforge/tasks';
import { type Forecast, type ForecastRefusal, forecastEvaluator, forecastExamination } from '../catalog/forecast.js';
import type { PlannedGenerator } from '../generators/generators.service.js';
import type { Config } from './configs.js';
import type { MethodAxes } from './expand.js';
import type { PlannedTeacher } from './teachers.js';

/** Only a training of the project is examined: what was imported may be somebody else's. */
function refusedVictim(evaluator: Evaluator, teacher: PlannedTeacher | undefined): ForecastRefusal | undefined {
  if (teacher?.adapter.ofTrial) return undefined;
  const { does, what, otherwise } = takenTrainingOf(evaluator)!;
  const reason = teacher
    ? `${evaluator.name} ${does} a ${what} that was trained here, and ${teacher.adapter.name} was imported: name a training by its id`
    : `${evaluator.name} ${does} a finished training: set teacher to the id of one, or ${otherwise}`;
  return { field: 'teacher', reason, of: 'training' };
}

/** Forecast of a procedure, which asks a generator or encodes texts, of an examination, which holds its ranker, or of what holds nothing. */
export function forecastOfEvaluator(
  { evaluator, teacher }: { evaluator: Evaluator } & Pick<MethodAxes, 'teacher'>,
  config: Config,
  sweep: { base: Base; request: CreateSweep; task: Task; generator: PlannedGenerator | undefined; sequence: number },
): Forecast | ForecastRefusal {
  const { base, request, task, generator, sequence } = sweep;
  const asks = asksGenerator(evaluator, config);
  if (asks && !generator) {
    const reason = `${evaluator.name} asks a generator: set generator to one, or ${askingPartOf(evaluator)!.otherwise(config)}`;
    return { field: 'generator', reason, of: 'sweep' };
  }
  const own = asks && generator !== undefined && baseOfGenerator(generator.spec) !== undefined;
  const input = {
    engine: enginesOf(request)[0],
    model: own || encodedWords(evaluator, config) > 0 ? base.config : undefined,
    adapter: own ? generator.held : undefined,
    outside: asks && generator ? bytesOfGenerator(generator.spec) : 0,
    task,
    evaluator,
    config,
  };
  const forecast = () => {
    const examines = asksTraining(evaluator, config);
    const refused = examines ? refusedVictim(evaluator, teacher) : undefined;
    const victim = examines ? teacher?.plan : undefined;
    const examined = { ...input, base: base.config, sequence, victim };
    return refused ?? (examinationOf(evaluator) ? forecastExamination(examined) : forecastEvaluator(examined));
  };
  try {
    return forecast();
  } catch (cause) {
    if (!input.adapter) throw cause;
    // The base's folder holds another model by now.
    const reason = `${generator!.spec.name} is not of ${base.name} as it is: ${(cause as Error).message}; remove it, and train again on that base`;
    return { field: 'generator', reason, of: 'sweep' };
  }
}
