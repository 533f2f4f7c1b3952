import { afterEach, expect, it, vi } from 'vitest';
import { whileVisible } from '../src/lib/while-visible.js';

afterEach(() => void vi.unstubAllGlobals());

it('ends the work while the document is hidden, and begins it again', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  const become = (state: string) => {
    page.visibilityState = state;
    page.dispatchEvent(new Event('visibilitychange'));
  };
  const signals: AbortSignal[] = [];
  const ended = () => signals.map(({ aborted }) => aborted);
  const end = whileVisible((signal) => signals.push(signal));
  expect(ended()).toEqual([false]);
  become('hidden');
  expect(ended()).toEqual([true]);
  become('visible');
  become('visible');
  expect(ended()).toEqual([true, false]);
  end();
  become('hidden');
  become('visible');
  expect(ended()).toEqual([true, true]);
});
