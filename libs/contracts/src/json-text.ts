/** @file JSON of others as it is read here: bounded in depth, and without keys that objects have of their own. */
import { deepestJson, isTooDeep, membersOf } from './bounds.js';

/** Lists and objects within each other that a text of JSON or YAML may have: more than any field may. */
export const deepestText = 2 * deepestJson;

/** Keys that objects of JavaScript have of their own: as a name in a request, one would be lost on the way. */
const ownKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Says what is wrong with a text, of which it continues the sentence: `is not JSON: …`. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/**
 * The value of a text of JSON.
 *
 * @throws JsonError saying what is wrong, and how deep it is nested where that is too deep
 * @example parseJson('{"a": 1}') // { a: 1 }
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonError(`is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
  if (isTooDeep(value, deepestText)) throw new JsonError(nestedTooDeep(depthOf(text)));
  return value;
}

/** @param depth lists and objects within each other; omitted: more than can be counted */
export const nestedTooDeep = (depth?: number): string =>
  `is nested ${depth ?? 'too'} deep: at most ${deepestText} lists and objects within each other are read`;

/** Whether a name is a key that objects have of their own, which is refused. */
export const isOwnKey = (name: string): boolean => ownKeys.includes(name);

/** Says that a name is refused. @example refusedName('constructor') // 'has the name "constructor", …' */
export const refusedName = (name: string): string =>
  `has the name "${name}", which is refused, since every object has it: name it otherwise`;

/** The first key of a value, at any depth, that is refused as a name. The value is no deeper than is read. */
export function refusedKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) {
    const own = ownKeys.find((key) => Object.hasOwn(value, key));
    if (own !== undefined) return own;
  }
  for (const inner of membersOf(value)) {
    const within = refusedKey(inner);
    if (within !== undefined) return within;
  }
  return undefined;
}

/** How deep lists and objects stand within each other in a text that is JSON. */
function depthOf(text: string): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (isText && letter === '\\') at += 1;
    else if (letter === '"') isText = !isText;
    else if (!isText && (letter === '[' || letter === '{')) deepest = Math.max(deepest, ++depth);
    else if (!isText && (letter === ']' || letter === '}')) depth -= 1;
  }
  return deepest;
}
