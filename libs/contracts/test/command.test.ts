import { expect, it } from 'vitest';
import { filledWords, needsShell, placeholdersOf } from '../src/command.js';

it('fills values into the words of a command, each a word as before', () => {
  const words = ['--lr={rate}', '{a-b} {a-b}', '{{rate}}', 'plain'];
  expect(placeholdersOf(words)).toEqual(['rate', 'a-b']);
  expect(filledWords(words, { rate: 1e-4, 'a-b': '; rm -rf {rate}' })).toEqual([
    '--lr=0.0001',
    '; rm -rf {rate} ; rm -rf {rate}',
    '{rate}',
    'plain',
  ]);
});

it.each(['missing', 'constructor', 'none'])('refuses {%s}, which has no value', (name) => {
  expect(() => filledWords([`{${name}}`], { none: null })).toThrow(`the command names {${name}}`);
});

it.each([
  [['python train.py'], /"python train.py" is no program/],
  [['python', 'a.py', '|', 'tee'], /"\|" is for a shell/],
  [['python', 'a.py', '2>&1'], /"2>&1" is for a shell/],
  [['python', 'a.py', '>', 'log'], /">" is for a shell/],
])('says of %j that it needs a shell', (words, reason) => {
  expect(needsShell(words)).toMatch(reason);
});

it('needs no shell for arguments that hold such characters among others', () => {
  expect(needsShell(['python', 'a.py', '--expr', 'a > b && c', '-'])).toBeUndefined();
});
