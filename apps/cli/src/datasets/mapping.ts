/** @file The mapping of a data set from the options of a command, by what objectives read. */
import type { DatasetFormat, ObjectiveView } from '@rankforge/contracts';
import { usage } from '../exit-codes.js';

export interface MappingOptions {
  text?: string;
  label?: string;
  number?: string;
  prompt?: string;
  completion?: string;
  messages?: string;
  turns?: string;
  /** It takes the place of `prompt`. */
  promptTemplate?: string;
  /** `field=column`, of fields without an option of their own. */
  column?: string[];
  objective?: string;
  origin?: string[];
  channels?: string;
  classes?: string;
  answerTokens?: number;
  candidates?: number;
  leastRating?: number;
  segmenter?: string;
  normalise?: string;
  only?: string[];
}

type Readable = ObjectiveView & { dataset: NonNullable<ObjectiveView['dataset']> };

/**
 * The objective is the first that reads just the columns that are named, unless the options say it.
 *
 * @throws CommandError naming the columns that objectives read, where no objective reads these
 */
export function mappingOf(
  options: MappingOptions,
  objectives: readonly ObjectiveView[],
  format: DatasetFormat,
): Record<string, unknown> {
  const {
    text,
    label,
    number,
    prompt,
    completion,
    messages,
    turns,
    promptTemplate,
    column = [],
    origin,
    classes,
    channels,
    answerTokens,
    candidates,
    leastRating,
    segmenter,
    normalise,
    only,
  } = options;
  const named = new Map(column.map(split));
  for (const [option, name] of Object.entries({ text, label, number, prompt, completion, messages })) {
    if (name !== undefined) named.set(option, name);
  }
  if (promptTemplate !== undefined) {
    if (named.has('prompt')) throw usage('give --prompt or --prompt-template, not both');
    named.set('prompt', '');
  }
  const readable = objectives.filter((objective): objective is Readable => objective.dataset !== null);
  const found = readable.find((objective) =>
    options.objective === undefined ? readsJust(objective, named, format) : objective.name === options.objective,
  );
  if (!found) throw usage(`${unread(options.objective, named)}; there are\n${readable.map(columnsText).join('\n')}`);
  const read = found.dataset.columns.flatMap(({ field, option }) => [field, option]);
  const others = [...named.keys()].filter((name) => !read.includes(name));
  if (others.length > 0)
    throw usage(`${found.name} reads no ${others.join(', ')}; its columns:\n${columnsText(found)}`);
  const columns = found.dataset.columns.map(({ field, option }) => [field, named.get(option) ?? named.get(field)]);
  return {
    objective: found.name,
    ...Object.fromEntries(columns.filter(([, name]) => name)),
    // A shell leaves the two signs as they are.
    ...(promptTemplate === undefined ? {} : { promptTemplate: promptTemplate.replaceAll('\\n', '\n') }),
    ...(origin ? { origins: origin } : {}),
    ...(channels ? { channels: Number(channels) } : {}),
    ...(turns === undefined ? {} : { turns }),
    ...(answerTokens === undefined ? {} : { answerTokens }),
    ...(candidates === undefined ? {} : { candidates }),
    ...(leastRating === undefined ? {} : { leastRating }),
    ...(segmenter === undefined ? {} : { segmenter }),
    ...(normalise === undefined ? {} : { normalise }),
    ...(only ? { only } : {}),
    ...(classes === undefined ? {} : { classes: classes.split(',').map((name) => name.trim()) }),
  };
}

const readsJust = (
  { dataset: { columns, from } }: Readable,
  named: ReadonlyMap<string, string>,
  format: DatasetFormat,
): boolean =>
  (from !== 'images' || format === 'images') &&
  columns.every(({ field, option, optional }) => optional || named.has(option) || isReplaced(field, columns, named)) &&
  columns.filter(({ option }) => named.has(option)).length === named.size;

/** Whether a column is named that a field is left out for. */
const isReplaced = (
  field: string,
  columns: Readable['dataset']['columns'],
  named: ReadonlyMap<string, string>,
): boolean => columns.some(({ option, replaces }) => replaces?.includes(field) && named.has(option));

function unread(objective: string | undefined, named: ReadonlyMap<string, string>): string {
  if (objective !== undefined) return `no file is read for an objective ${objective}`;
  if (named.size === 0) return 'no column is named: name those of an objective, as --text body, or an --objective';
  return `no objective reads ${[...named.keys()].join(', ')} and nothing else`;
}

const columnsText = ({ name, dataset: { from, columns } }: Readable): string =>
  `  ${name}: ${from === 'images' ? 'images' : columns.map(({ option, optional }) => (optional ? `[${option}]` : option)).join(', ')}`;

function split(text: string): [field: string, column: string] {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`--column names a field and its column, as query=question; got ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
