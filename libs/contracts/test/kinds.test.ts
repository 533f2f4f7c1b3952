import { describe, expect, it } from 'vitest';
import {
  CreateSweep,
  foreignFields,
  hasKindField,
  scoringKindOf,
  sweepKindFields,
  sweepKindOf,
  sweepKindRecords,
  type TrialKind,
  trialKindOf,
  trialKinds,
} from '../src/index.js';

describe('a kind of sweep', () => {
  it.each(sweepKindRecords)('$name proposes trials of a kind that strategies ask for', ({ trial, baseline }) => {
    expect(trialKindOf(trial)).toMatchObject({ name: trial, proposed: true });
    if (baseline) expect(trialKindOf(baseline)).toMatchObject({ proposed: true, trains: false });
    const scoring = scoringKindOf(trial);
    if (scoring) expect(trialKindOf(scoring)).toMatchObject({ proposed: false, readsTest: true });
  });

  it('brings the fields of a request that only it has', () => {
    const fields = sweepKindRecords.flatMap((kind) => Object.keys(kind.fields));
    expect(Object.keys(sweepKindFields).sort()).toEqual([...new Set(fields)].sort());
    expect(CreateSweep.shape).toMatchObject(sweepKindFields);
    expect(hasKindField('compress', 'recoverySteps')).toBe(true);
    expect(hasKindField('pretrain', 'recoverySteps')).toBe(false);
  });

  it('says of a field of another kind which kind that is, and what to do instead', () => {
    expect(foreignFields('finetune')).toEqual(
      expect.arrayContaining([
        { name: 'initial', kinds: 'pretrain', instead: 'this one is to finetune' },
        { name: 'recoverySteps', kinds: 'compress', instead: 'set training.steps' },
        { name: 'federation', kinds: 'federate', instead: 'set kind to "federate"' },
      ]),
    );
    expect(foreignFields('compress')).toContainEqual({
      name: 'generator',
      kinds: 'finetune or evaluate',
      instead: 'set kind to "evaluate" or "finetune"',
    });
  });

  it.each(sweepKindRecords)('$name is told of each field that it lacks, and of none that it has', (kind) => {
    const own = Object.keys(kind.fields);
    const others = Object.keys(sweepKindFields).filter((name) => !own.includes(name));
    const { name } = kind;
    expect(
      foreignFields(name)
        .map((field) => field.name)
        .sort(),
    ).toEqual(others.sort());
  });

  it('falls back to the default kind where a trial names none', () => {
    expect(sweepKindOf(undefined).name).toBe('finetune');
    expect(scoringKindOf(sweepKindOf(undefined).trial)).toBe('score');
  });
});

describe('a kind of trial', () => {
  it.each(trialKinds)('$name follows from another, is a part of one, or a strategy asks for it', (kind) => {
    const { name, proposed, folded = false } = kind;
    expect(trialKinds.some(({ scoredBy, parts }) => scoredBy === name || parts === name)).toBe(!proposed);
    expect(trialKinds.some(({ parts }) => parts === name)).toBe(folded);
  });
});

it('a kind of trial that is not known here is shown by its name', () => {
  const distilled = 'distill' as TrialKind;
  expect(trialKindOf(distilled)).toMatchObject({ title: 'Trial of kind distill', mark: 'distill', trains: false });
});
