/** @file Which methods stand for which others: those that fill the same slots with the same kind of part. */
import type { Method } from '../../src/method.js';
import type { optimizers } from '../../src/registry.js';
import { inFloatsOf } from './in-floats.js';

/** Fields that describe a method or say what it refuses, and change nothing that it computes. */
const descriptions = [
  ...['name', 'title', 'paper', 'evidence', 'paperClaims', 'summary', 'parameterFormula', 'memoryFormula', 'symbols'],
  ...['config', 'clocks', 'learningRates', 'peft', 'peftConfig', 'unfit', 'maxRank', 'beyondEngine'],
];

/**
 * What a method is made of: each slot it fills, and each member of the part there (`rank.step`). Two methods with the same list run
 * through the same code around their formulas.
 */
export function capabilitiesOf(method: Method): string[] {
  return Object.entries(method).flatMap(([key, value]) => {
    if (descriptions.includes(key) || value === undefined || value === false) return [];
    if (value === null || typeof value !== 'object') return [key];
    return Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== false)
      .map(([member]) => `${key}.${member}`);
  });
}

/** The slots that a method fills, whatever the part there is made of: where a training is dear, fewer methods stand for all. */
export const slotsOf = (method: Method): string[] => [
  ...new Set(capabilitiesOf(method).map((capability) => capability.split('.')[0]!)),
];

/** A kernel and a bias, as an optimizer sees them. */
const parameters = [
  { path: 'layer.kernel', shape: [64, 256], role: 'kernel', decays: true },
  { path: 'layer.bias', shape: [256], role: 'bias', decays: false },
];

/** What an optimizer is made of: each member of its part, and the bytes that it holds for a kernel and for a bias. */
export function optimizerCapabilitiesOf({
  build,
  config,
}: Pick<(typeof optimizers)[number], 'build' | 'config'>): string[] {
  const part = build(config.parse({}));
  const members = Object.entries(part).filter(([, member]) => member !== undefined);
  const held = parameters.map(
    (parameter) => `${parameter.role}: ${part.memory([parameter], inFloatsOf(4)).state} bytes`,
  );
  return [...members.map(([member]) => member), ...held];
}

/** The fewest of some items that together have every capability, as a greedy search finds them; in the given order. */
export function oneOfEach<T>(items: readonly T[], capabilities: (item: T) => readonly string[]): T[] {
  const wanted = new Set(items.flatMap(capabilities));
  const gain = (item: T) => capabilities(item).filter((capability) => wanted.has(capability)).length;
  const chosen = new Set<T>();
  while (wanted.size > 0) {
    const best = items.reduce((most, item) => (gain(item) > gain(most) ? item : most));
    chosen.add(best);
    for (const capability of capabilities(best)) wanted.delete(capability);
  }
  return items.filter((item) => chosen.has(item));
}

/**
 * One case of every item: in the setting where most of its capabilities were in no case yet, of such settings by turns. What few
 * items have meets as many settings as they are.
 */
export function byTurns<T, Case extends { item: T; setting: string }>(
  cases: readonly Case[],
  capabilities: (item: T) => readonly string[],
): Case[] {
  const met = new Set<string>();
  const pairsOf = ({ item, setting }: Case) => capabilities(item).map((capability) => `${capability} ${setting}`);
  const unmet = (one: Case) => pairsOf(one).filter((pair) => !met.has(pair)).length;
  const items = [...new Set(cases.map(({ item }) => item))];
  return items.map((item, index) => {
    const own = cases.filter((one) => one.item === item);
    const inTurn = own.map((_, place) => own[(index + place) % own.length]!);
    const chosen = inTurn.reduce((best, one) => (unmet(one) > unmet(best) ? one : best));
    for (const pair of pairsOf(chosen)) met.add(pair);
    return chosen;
  });
}
