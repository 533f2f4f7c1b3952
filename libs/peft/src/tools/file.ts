/** @file Reads a configuration file of another tool: which tool it is of, what it asks for, and what of it was not read. */
import { isMap, LineCounter, parseDocument, stringify } from 'yaml';
import { Fields } from './fields.js';
import { tools } from './registry.js';
import type { Tool } from './tool.js';
import type { ToolProblem, ToolTraining } from './training.js';

/** Characters of a file; no configuration has as many. */
export const longestToolFile = 1024 * 1024;

/** A key, and its line where it stands in the file itself. */
export interface ToolKey {
  key: string;
  line: number | undefined;
}

export interface ToolFile {
  tool: string;
  title: string;
  training: ToolTraining;
  /** Keys with a value that cannot be taken over. */
  problems: (ToolProblem & { line: number | undefined })[];
  /** Keys that the training follows from. */
  read: ToolKey[];
  /** Keys that are known to be without bearing, or off. */
  ignored: ToolKey[];
  /** Keys that are not known. */
  notRead: ToolKey[];
  /** The key of the file, and its line, that set a field of peft. */
  placeOf(field: string): string;
}

/** A file that is in no format of a tool. */
export class ToolFileError extends Error {
  override readonly name = 'ToolFileError';
}

/**
 * Reads YAML or JSON of a tool.
 *
 * @param beside the `adapter_config.json` that lies beside a file of a script, which has no adapter of its own
 * @throws ToolFileError where it is not YAML, has no keys, or keys of no tool that is known
 * @example readToolFile('base_model: a/b\nmicro_batch_size: 2\nadapter: lora\nlora_r: 8').training.batch // 2
 */
export function readToolFile(text: string, beside?: Readonly<Record<string, unknown>>): ToolFile {
  const { settings, lines } = parsed(text);
  const tool = toolOf(Object.keys(settings));
  const fields = new Fields({ ...(beside && tool.besideAs && { [tool.besideAs]: beside }), ...settings });
  const training = tool.read(fields);
  const { read, ignored, notRead } = fields.rest(tool);
  const line = (key: string) => lines.get(key);
  const placed = (keys: readonly string[]): ToolKey[] => keys.map((key) => ({ key, line: line(key) }));
  return {
    tool: tool.name,
    title: tool.title,
    training,
    problems: fields.problems.map((problem) => ({ ...problem, line: line(problem.key) })),
    read: placed(read),
    ignored: placed(ignored),
    notRead: placed(notRead),
    placeOf: (field) => {
      const key = tool.peftKeys[field] ?? field;
      return lines.has(key) ? `line ${line(key)}: ${key}` : key;
    },
  };
}

/** The first tool of which a file has a key; the last takes keys that several have. */
function toolOf(keys: readonly string[]): Tool {
  const found = tools.find(({ marks }) => marks.some((key) => keys.includes(key)));
  if (found) return found;
  const said = keys.length > 0 ? `its keys are ${keys.slice(0, 5).join(', ')}` : 'it has no keys';
  throw new ToolFileError(`is no file of ${tools.map(({ title }) => title).join(', ')}: ${said}`);
}

/** Values by the rules of YAML 1.1, which PyYAML follows, and the line of each key. */
function parsed(text: string): { settings: Record<string, unknown>; lines: Map<string, number> } {
  if (text.length > longestToolFile) throw new ToolFileError(`has more than ${longestToolFile} characters`);
  const counter = new LineCounter();
  const document = parseDocument(text, { version: '1.1', lineCounter: counter });
  const [error] = document.errors;
  if (error) throw new ToolFileError(`is not YAML: line ${error.linePos?.[0].line}: ${error.message.split('\n')[0]}`);
  if (!isMap(document.contents)) throw new ToolFileError('is no list of keys with values');
  const lines = document.contents.items.flatMap(({ key }) => {
    const { value, range } = key as { value?: unknown; range?: [number, number, number] };
    return typeof value === 'string' && range ? [[value, counter.linePos(range[0]).line] as const] : [];
  });
  try {
    return { settings: document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>, lines: new Map(lines) };
  } catch (cause) {
    throw new ToolFileError(`cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** A file that PyYAML reads: a number with an exponent has a point there, or would be a text. */
export const writeToolFile = (settings: Readonly<Record<string, unknown>>): string =>
  stringify(settings, { version: '1.1' }).replace(/(?<=(?:: |- )-?\d+)(?=e[+-]\d+$)/gm, '.0');
