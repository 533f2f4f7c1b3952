import { describe, expect, it } from 'vitest';
import { spec } from '../../../test/support/trials.js';
import { paceWatch, tookTooLong } from '../src/trial/time-limit.js';

const trial: Parameters<typeof tookTooLong>[0] = {
  kind: 'train',
  spec: { ...spec, training: { ...spec.training, steps: 1000 } },
  timeoutSeconds: 3600,
};

describe('a trial that took too long', () => {
  it('says what is kept of it, and how it goes on', () => {
    expect(tookTooLong(trial, 420)).toBe(
      'not done within 3600 s, the limit of this trial: step 420 of 1000 is kept, and `rankforge sweep retry` goes on from there with as much time; trialTimeoutSeconds of a sweep sets the limit',
    );
    expect(tookTooLong({ ...trial, spec: { ...trial.spec, until: 500 } }, 420)).toContain('step 420 of 500 is kept');
  });

  it('says that it begins anew where nothing is kept', () => {
    const anew = 'not done within 3600 s, the limit of this trial: `rankforge sweep retry` begins it anew';
    expect(tookTooLong(trial, undefined)).toContain(anew);
    expect(tookTooLong({ ...trial, kind: 'score' }, 420)).toContain(anew);
  });
});

describe('the pace of a trial', () => {
  it('warns once where its last step comes after its limit', () => {
    const watch = paceWatch(trial, 3600);
    expect(watch(1, 100)).toBeUndefined();
    // 4 s a step: 120 s for the first 6, and 994 × 4 = 3,976 s for the rest.
    expect(watch(6, 120)).toBe(
      'at 4.0 s a step it would take 4096 s, and its limit is 3600 s: it ends at about step 876 of 1000, from where `rankforge sweep retry` goes on; trialTimeoutSeconds of a sweep sets the limit',
    );
    expect(watch(7, 124)).toBeUndefined();
  });

  it('says nothing where the trial comes to its end in time, or over fewer than 5 steps or 10 seconds', () => {
    const inTime = paceWatch(trial, 3600);
    expect([inTime(1, 0), inTime(100, 300), inTime(1000, 3000)]).toEqual([undefined, undefined, undefined]);
    const short = paceWatch(trial, 3600);
    expect([short(1, 0), short(4, 300), short(5, 400)]).toEqual([undefined, undefined, undefined]);
    const quick = paceWatch(trial, 1);
    expect([quick(1, 0), quick(100, 9.9)]).toEqual([undefined, undefined]);
  });

  it('counts from the step that it went on from', () => {
    const watch = paceWatch(trial, 3600);
    expect([watch(901, 10), watch(921, 90)]).toEqual([undefined, undefined]);
  });
});
