import { meant } from '@rankforge/peft';

/** How a user adds one of a kind that users add to. */
const additions: Readonly<Record<string, string>> = {
  task: 'rankforge dataset add',
  'base model': 'rankforge base add or rankforge base fetch',
  generator: 'rankforge generator add',
};

/** Says that a name of a request is unknown, and what to give in its place. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const addition = additions[kind];
  const all = known.join(', ') || 'none';
  return `unknown ${kind} "${name}"${meant(name, known)}; known: ${all}${addition ? `; add one with ${addition}` : ''}`;
}
