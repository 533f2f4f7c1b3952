/** @file Plans of methods that train nothing: whom they ask or examine, what that holds, and why it cannot be. */
import type { Base } from '@rankforge/bases';
import { baseOfGenerator, bytesOfGenerator, type CreateSweep, enginesOf } from '@rankforge/contracts';
import {
  askingPartOf,
  asksGenerator,
  asksTraining,
  encodedWords,
  examinationOf,
  takenTrainingOf,
} from '@rankforge/evaluators';
import type { Method } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import { type Forecast, type ForecastRefusal, forecastExamination, forecastUntrained } from '../catalog/forecast.js';
import type { PlannedGenerator } from '../generators/generators.service.js';
import type { Config } from './configs.js';
import type { MethodAxes } from './expand.js';
import type { PlannedTeacher } from './teachers.js';

/** Only a training of the project is examined: what was imported may be somebody else's. */
function refusedVictim(method: Method, teacher: PlannedTeacher | undefined): ForecastRefusal | undefined {
  if (teacher?.adapter.ofTrial) return undefined;
  const { does, what, otherwise } = takenTrainingOf(method)!;
  const reason = teacher
    ? `${method.name} ${does} a ${what} that was trained here, and ${teacher.adapter.name} was imported: name a training by its id`
    : `${method.name} ${does} a finished training: set teacher to the id of one, or ${otherwise}`;
  return { field: 'teacher', reason, of: 'training' };
}

/** Forecast of a procedure, which asks a generator or encodes texts, of an examination, which holds its ranker, or of what holds nothing. */
export function forecastOfUntrained(
  { method, teacher }: Pick<MethodAxes, 'method' | 'teacher'>,
  config: Config,
  sweep: { base: Base; request: CreateSweep; task: Task; generator: PlannedGenerator | undefined; sequence: number },
): Forecast | ForecastRefusal {
  const { base, request, task, generator, sequence } = sweep;
  const asks = asksGenerator(method, config);
  if (asks && !generator) {
    const reason = `${method.name} asks a generator: set generator to one, or ${askingPartOf(method)!.otherwise(config)}`;
    return { field: 'generator', reason, of: 'sweep' };
  }
  const own = asks && generator !== undefined && baseOfGenerator(generator.spec) !== undefined;
  const input = {
    engine: enginesOf(request)[0],
    model: own || encodedWords(method, config) > 0 ? base.config : undefined,
    adapter: own ? generator.held : undefined,
    outside: asks && generator ? bytesOfGenerator(generator.spec) : 0,
    task,
    method,
    config,
  };
  const forecast = () => {
    const examines = asksTraining(method, config);
    const refused = examines ? refusedVictim(method, teacher) : undefined;
    const victim = examines ? teacher?.plan : undefined;
    const examined = { ...input, base: base.config, sequence, victim };
    return refused ?? (examinationOf(method) ? forecastExamination(examined) : forecastUntrained(examined));
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
