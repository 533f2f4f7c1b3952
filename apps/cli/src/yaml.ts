/** @file YAML as this command line takes it: values that JSON has, written with comments. */
import { deepestText, isTooDeep, nestedTooDeep } from '@rankforge/contracts';
import { type Alias, type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { CommandError, exitCode } from './exit-codes.js';

/** Values that repeated anchors may come to, as the parser counts them: a file of a few lines may else fill the memory. */
const aliasesAtMost = 1000;

/**
 * The value of a YAML text by the core schema of YAML 1.2: no tags beyond it, no key twice, one document. `<<` merges.
 *
 * @param file as errors name it
 * @throws CommandError that names line and column
 */
export function parseYaml(text: string, file: string): unknown {
  try {
    const value = documentValue(text, file);
    if (!isTooDeep(value, deepestText)) return value;
  } catch (cause) {
    // The parser calls itself for what stands within a list or an object.
    if (!(cause instanceof RangeError)) throw cause;
  }
  throw new CommandError(`${file} ${nestedTooDeep()}`, exitCode.usage);
}

function documentValue(text: string, file: string): unknown {
  const { document, lines } = parsed(text);
  const refuse = (offset: number, fault: string, cause?: unknown): never => {
    const { line, col } = lines.linePos(offset);
    throw new CommandError(`${file}, line ${line}, column ${col}: ${fault}`, exitCode.usage, { cause });
  };
  // A tag that the schema does not have is a warning to the parser, which reads the value as text.
  const [fault] = [...document.errors, ...document.warnings].sort((one, other) => one.pos[0] - other.pos[0]);
  // The parser notes an end of the stack as a fault of the text.
  if (document.errors.some(({ message }) => message.includes('call stack'))) throw new RangeError(nestedTooDeep());
  if (fault) refuse(fault.pos[0], fault.message, fault);
  const aliases = aliasesOf(document, refuse);
  try {
    return document.toJS({ maxAliasCount: aliasesAtMost });
  } catch (cause) {
    const [first] = aliases;
    if (!(cause instanceof ReferenceError) || !first) throw cause;
    return refuse(first.range![0], `aliases such as *${first.source} repeat too much: write the values out`, cause);
  }
}

function parsed(text: string): { document: Document.Parsed; lines: LineCounter } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: true,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  return { document, lines };
}

/**
 * Finds the lines of values in a text of YAML, or of JSON, which YAML reads as well.
 *
 * @returns the line of the value at a JSON pointer, or of the innermost list or object around it; undefined where only the whole text is
 * @example linesIn('a:\n  - 1\n  - 2\n')('/a/1') // 3
 */
export function linesIn(text: string): (pointer: string) => number | undefined {
  const { document, lines } = parsed(text);
  return (pointer) => {
    const keys = pointer
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    for (let depth = keys.length; depth > 0; depth--) {
      const value: unknown = document.getIn(keys.slice(0, depth), true);
      if (isNode(value) && value.range) return lines.linePos(value.range[0]).line;
    }
    return undefined;
  };
}

/** Aliases of a document, each of which names an anchor before it. Numbers that JSON does not have are refused on the way. */
function aliasesOf(document: Document.Parsed, refuse: (offset: number, fault: string) => never): Alias.Parsed[] {
  const aliases: Alias.Parsed[] = [];
  visit(document, {
    Alias(_, alias, path) {
      const offset = alias.range![0];
      const named = alias.resolve(document);
      if (named === undefined) refuse(offset, `*${alias.source} names no anchor &${alias.source} before it`);
      if (path.includes(named!)) refuse(offset, `*${alias.source} stands within what it names`);
      aliases.push(alias as Alias.Parsed);
    },
    Scalar(_, { value, range }) {
      if (typeof value === 'number' && !Number.isFinite(value)) refuse(range![0], `${value} is no number of a request`);
    },
  });
  return aliases;
}
