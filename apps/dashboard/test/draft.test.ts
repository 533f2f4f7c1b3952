import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { keepDraft, readDraft } from '../src/features/new-sweep/draft.js';
import { newMethod, type SweepValues } from '../src/features/new-sweep/form-values.js';

const start = partOf<SweepValues>({
  name: '',
  objective: '',
  methods: [],
  setAside: [],
  training: { steps: '' },
  scheduler: { kind: 'none', minSteps: '' },
});

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});
afterEach(() => vi.unstubAllGlobals());

it('gives back what was typed, where a field may hold a text or a group', () => {
  const typed = partOf<SweepValues>({
    ...start,
    name: 'ranks',
    objective: { metric: 'accuracy', direction: 'maximize' },
  });
  keepDraft('one', typed, start);
  expect(readDraft('one', start)).toEqual(typed);
});

it('gives back no form of another version, which lacks a field of a group', () => {
  keepDraft('one', { ...start, name: 'ranks' }, start);
  const later = { ...start, scheduler: { ...start.scheduler, validationExamples: '' as const } };
  expect(readDraft('one', later)).toBeUndefined();
});

it('gives back budgets of a copy that a person changed, and none that follow the prediction', () => {
  const withBudgets = (memoryBudgetMiB: string[]) => partOf<SweepValues>({ ...start, memoryBudgetMiB });
  keepDraft('one', withBudgets(['64']), withBudgets(['512']));
  expect(readDraft('one', withBudgets(['512']))).toEqual(withBudgets(['64']));
  keepDraft('one', withBudgets(['64']), withBudgets(['64']));
  expect(readDraft('one', withBudgets(['512']))).toBeUndefined();
});

it('gives back an empty field for a text that was no number, and never null, which is a value of some', () => {
  keepDraft('one', { ...start, name: 'a', training: { ...start.training, steps: Number.NaN } }, start);
  expect(readDraft('one', start)?.training.steps).toBe('');
});

it('gives back cards that were set aside, in the order of all cards', () => {
  const [first, second, third] = ['lora', 'full', 'dora'].map(newMethod);
  const typed = { ...start, name: 'ranks', methods: [first!, third!], setAside: [{ ...second!, from: 'mine' }] };
  keepDraft('one', typed, start);
  const { methods, setAside } = readDraft('one', start)!;
  const inOrder = [...methods, ...setAside].sort((a, b) => a.key - b.key);
  expect(inOrder.map(({ name, from }) => [name, from])).toEqual([
    ['lora', ''],
    ['full', 'mine'],
    ['dora', ''],
  ]);
});

it('keeps no form of which cards that are set aside are all that changed', () => {
  keepDraft('one', { ...start, setAside: [newMethod('full')] }, start);
  expect(readDraft('one', start)).toBeUndefined();
});
