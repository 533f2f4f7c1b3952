/** @file The choice of cases in a normal run: nothing that the whole product meets may be met by none of them. */
import { expect, it } from 'vitest';
import { methods, optimizers } from '../src/registry.js';
import { byTurns, capabilitiesOf, oneOfEach, optimizerCapabilitiesOf, slotsOf } from './support/capabilities.js';

const all = (items: readonly { name: string }[]) => items.map(({ name }) => name);

it('names the slots that a method fills, and the members of the parts there', () => {
  const [ranked] = methods.filter(({ rank, penalty }) => rank && penalty);
  expect(capabilitiesOf(ranked!)).toEqual(expect.arrayContaining(['rank.after', 'penalty.penalty', 'weight.forward']));
  expect(capabilitiesOf(ranked!)).not.toContain('summary');
});

it('chooses fewer methods than there are, with every capability among them', () => {
  const chosen = oneOfEach(methods, capabilitiesOf);
  expect(chosen.length).toBeLessThan(methods.length / 2);
  expect(new Set(chosen.flatMap(capabilitiesOf))).toEqual(new Set(methods.flatMap(capabilitiesOf)));
});

it('tells optimizers apart by their members and by what they hold for a kernel and for a bias', () => {
  const [first] = optimizers.filter(({ build, config }) => build(config.parse({})).estimator);
  expect(optimizerCapabilitiesOf(first!)).toEqual(expect.arrayContaining(['estimator', 'kernel: 0 bytes']));
  const chosen = oneOfEach(optimizers, optimizerCapabilitiesOf);
  expect(chosen.length).toBeLessThan(0.6 * optimizers.length);
  expect(new Set(chosen.flatMap(optimizerCapabilitiesOf))).toEqual(
    new Set(optimizers.flatMap(optimizerCapabilitiesOf)),
  );
});

it('takes each method once, and spreads what it is made of over the settings', () => {
  const settings = ['small', 'classes', 'dropout'];
  // One of the methods is not for one of the settings, as it is in the tests.
  const cases = settings
    .flatMap((setting) => methods.map((item) => ({ item, setting })))
    .filter(({ item, setting }) => item !== methods[0] || setting !== 'dropout');
  const chosen = byTurns(cases, slotsOf);
  expect(all(chosen.map(({ item }) => item))).toEqual(all(methods));
  expect(chosen.every((one) => cases.includes(one))).toBe(true);
  // A slot meets as many settings as methods have it, up to all of them.
  for (const slot of new Set(methods.flatMap(slotsOf))) {
    const having = methods.filter((method) => slotsOf(method).includes(slot));
    const met = new Set(chosen.filter(({ item }) => having.includes(item)).map(({ setting }) => setting));
    expect(met.size, slot).toBe(Math.min(having.length, settings.length));
  }
});
