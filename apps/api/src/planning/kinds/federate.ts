import { type CreateSweep, type RequestedFederation, scenariosOf, sweepKindOf } from '@rankforge/contracts';
import { trainedMethod } from '@rankforge/evaluators';
import { attackNames, attackUnfit, findStrategy, hasClasses, sendsNothing } from '@rankforge/federated';
import { siteField, type Task } from '@rankforge/tasks';
import { clientsOf } from '../../catalog/federations.js';
import { unknownName } from '../../catalog/unknown-name.js';
import type { KindPlanning } from './kind.js';

type Add = (path: string, message: string) => void;

const stepsOf = ({ rounds, localSteps }: RequestedFederation) => rounds * localSteps;

/** Methods are trained by clients that exchange messages, in every scenario. */
export const federate: KindPlanning = {
  check(request, add, task) {
    const { federation, methods, scheduler, protocol } = request;
    if (scheduler) add('/scheduler', 'a federation trains all of its rounds: leave it out');
    for (const [index, { strategy, from, teacher }] of methods.entries()) {
      const at = `/methods/${index}`;
      if (strategy === undefined)
        add(`${at}/strategy`, 'a method of a federation names one, e.g. "fedavg" or "pooled"');
      if (from) add(`${at}/from`, 'a federation begins with first values that its clients share: leave it out');
      if (teacher) add(`${at}/teacher`, 'clients of a federation have no teacher: leave it out');
    }
    if (!federation) {
      add('/federation', 'a federation says here who its clients are: expected { partition, rounds, localSteps }');
      return;
    }
    const scenarios = scenariosOf(federation);
    if (protocol && scenarios.length > 1) {
      add(
        '/federation',
        `a ${protocol.kind} protocol compares in one scenario, got ${scenarios.length}: make a sweep of each`,
      );
    }
    checkPartition(federation, task, add);
    checkSteps(federation, request, add);
    checkTurns(federation, add);
    if (task.sites) checkSites(request, federation, task, add);
    federation.adversaries.forEach(({ attack }, index) => {
      if (attack === 'none') return;
      const wrong = attackNames.includes(attack)
        ? attackUnfit(attack, task.objective)
        : unknownName('attack', attack, ['none', ...attackNames]);
      if (wrong !== undefined) add(`/federation/adversaries/${index}/attack`, wrong);
    });
  },
  // Clients that send nothing have no turns that could be taken elsewhere.
  trial({ kind, federation }, { strategy }) {
    const { trial, trialOfParts } = sweepKindOf(kind);
    return federation?.asTrials && !sendsNothing(findStrategy(strategy!)) ? trialOfParts! : trial;
  },
  training: ({ federation, training }) =>
    federation
      ? { steps: stepsOf(federation), checkpointEvery: training.checkpointEvery ?? federation.localSteps }
      : {},
  checkMethods(methods, _, errors) {
    for (const { index, method } of methods) {
      if (!trainedMethod(method)?.serves) continue;
      const message = `${method.name} serves several ranks by one training, which rounds do not report: choose one of a single rank`;
      errors.push({ path: `/methods/${index}/name`, message });
    }
  },
  expand: (methods, { federation }) =>
    federation
      ? scenariosOf(federation).flatMap((scenario) =>
          methods.map((of) => {
            const { clientRanks: ranks } = of.entry;
            return { ...of, federation: { ...scenario, ...(ranks && { ranks }) } };
          }),
        )
      : methods,
};

function checkPartition({ partition }: RequestedFederation, task: Task, add: Add): void {
  const at = '/federation/partition';
  if (partition.by === 'dirichlet' && !hasClasses(task.objective)) {
    add(
      `${at}/by`,
      `mixtures of classes need examples with classes, and ${task.name} is for ${task.objective}: divide by size`,
    );
    return;
  }
  const clients = clientsOf(partition, task);
  if (partition.by === 'field' && clients === undefined) {
    const known = Object.keys(task.origins ?? {});
    const has =
      known.length > 0 ? `it has ${known.join(', ')}` : 'it has none: divide by size, or by mixtures of classes';
    add(`${at}/field`, `examples of ${task.name} have no field "${partition.field}" beside their input; ${has}`);
  } else if (clients !== undefined && clients < 2) {
    const field = { field: 'field', dirichlet: 'clients', size: 'shares' }[partition.by];
    add(`${at}/${field}`, `a federation has two clients or more, got ${clients}: one alone is a fine-tuning`);
  }
}

/** Turns that are trials may be late, and may belong to a worker. */
function checkTurns({ asTrials, roundSeconds, held, partition }: RequestedFederation, add: Add): void {
  if (!asTrials) {
    const message = 'of turns that are trials: set asTrials, or leave it out';
    if (roundSeconds !== undefined) add('/federation/roundSeconds', message);
    if (held) add('/federation/held', message);
  } else if (held && partition.by !== 'field') {
    add('/federation/held', `sites have names where clients are divided by a field, got ${partition.by}: leave it out`);
  }
}

/** Examples that lie at sites are read by the workers that hold them, and by nobody else. */
function checkSites(
  { training }: CreateSweep,
  { asTrials, held, partition, secureAggregation }: RequestedFederation,
  task: Task,
  add: Add,
): void {
  const lie = `examples of ${task.name} lie at its sites`;
  if (partition.by !== 'field') {
    add(
      '/federation/partition/by',
      `${lie}, and clients are these: divide by the field "${siteField}", got ${partition.by}`,
    );
  }
  if (!asTrials) add('/federation/asTrials', `${lie}: set it, so that each trains in a trial of its own`);
  if (!held) add('/federation/held', `${lie}: set it, so that each trains where its examples are`);
  if (secureAggregation && !task.siteKeys) {
    const message = `cards of ${task.name} name no keys by which its sites could mask messages: prepare the sites and add the data set anew`;
    add('/federation/secureAggregation', message);
  }
  if (training.evalEvery !== undefined) {
    add('/training/evalEvery', `${lie}, which score validation once, when all rounds are done: leave it out`);
  }
}

/** Steps follow from the rounds, and what comes every so many steps comes at the end of rounds. */
function checkSteps(federation: RequestedFederation, { training }: CreateSweep, add: Add): void {
  const { rounds, localSteps } = federation;
  const steps = stepsOf(federation);
  if (training.steps !== undefined && training.steps !== steps) {
    add('/training/steps', `${rounds} rounds of ${localSteps} steps are ${steps}, got ${training.steps}: leave it out`);
  }
  for (const name of ['evalEvery', 'checkpointEvery'] as const) {
    const every = training[name];
    if (every !== undefined && every % localSteps !== 0) {
      add(`/training/${name}`, `comes at the end of rounds: expected a multiple of ${localSteps}, got ${every}`);
    }
  }
  if (training.normEvery !== undefined) add('/training/normEvery', 'a federation measures no norms: leave it out');
}
