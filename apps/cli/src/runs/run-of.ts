/** @file A run from what a file says of it, in the names of the API. */
import { ElsewhereRun, isOwnKey, MIB, parseJson, refusedName } from '@rankforge/contracts';

export type Cells = Readonly<Record<string, unknown>>;

interface Field {
  field: string;
  /** Its numbers are multiplied by this. */
  times?: number;
}

/** Letters and digits of a name, so that `learning_rate`, `Learning rate` and `learningRate` are one. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const fields = new Map<string, Field>(Object.keys(ElsewhereRun.shape).map((field) => [plain(field), { field }]));
/** Other names of fields, as `plain` writes both. */
const others: readonly { name: string; of: string; times?: number }[] = [
  { name: 'lr', of: 'learningrate' },
  { name: 'r', of: 'rank' },
  { name: 'params', of: 'trainableparameters' },
  { name: 'peakmib', of: 'peakbytes', times: MIB },
  { name: 'adaptermib', of: 'adapterbytes', times: MIB },
];
for (const { name, of, ...times } of others) fields.set(name, { ...fields.get(of)!, ...times });
/** The field that a name is of; undefined for that of a setting. */
export const fieldOf = (name: string): Field | undefined => fields.get(plain(name));
/** Fields whose cells are texts, also where they look like numbers. */
const texts = ['method', 'optimizer', 'device', 'outcome', 'reason'];

/** A run in the names of the API, and what is wrong with its columns, as where two say the same field. What has no value is left out: an empty cell, or null. */
export function runOf(cells: Cells, isText: boolean): { run: Cells; wrong: string[] } {
  const config: Record<string, unknown> = {};
  const run: Record<string, unknown> = {};
  const saidBy = new Map<string, string>();
  const wrong: string[] = [];
  for (const [name, cell] of Object.entries(cells)) {
    // A column without a name counts the rows, as tables of pandas do.
    if (name === '' || cell === null || (typeof cell === 'string' && cell.trim() === '')) continue;
    const known = fieldOf(name);
    const value = isText && !(known && texts.includes(known.field)) ? cellValue(String(cell)) : cell;
    if (known?.field === 'config' && typeof value === 'object') Object.assign(config, value);
    else if (!known || known.field === 'config') {
      const setting = name.replace(/^config\./, '');
      if (isOwnKey(setting)) wrong.push(`a setting ${refusedName(setting)}`);
      else config[setting] = value;
    } else {
      const { field, times } = known;
      const other = saidBy.get(field);
      if (other !== undefined) wrong.push(`${name}: is ${field}, as ${other} is: leave one of them out`);
      saidBy.set(field, name);
      run[field] = times && typeof value === 'number' ? Math.round(value * times) : value;
    }
  }
  const finite = withoutDivergence(run);
  return { run: Object.keys(config).length > 0 ? { ...finite, config } : finite, wrong };
}

const isNotFinite = (value: unknown): boolean =>
  typeof value === 'string' && /^[-+]?(?:nan|inf|infinity)$/i.test(value.trim());

/** A test score that is no finite number is that of a run that failed. */
function withoutDivergence({ score, validation, ...run }: Cells): Cells {
  const others = { ...run, ...(validation !== undefined && !isNotFinite(validation) && { validation }) };
  if (!isNotFinite(score)) return { ...others, ...(score !== undefined && { score }) };
  if ((run.outcome ?? 'finished') !== 'finished') return others;
  return { reason: 'its test score is not finite', ...others, outcome: 'failed' };
}

/** A cell of a table: a number, a truth value, a list, or its text. */
function cellValue(text: string): unknown {
  const trimmed = text.trim();
  if (/^(?:true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  if (/^[[{]/.test(trimmed)) {
    try {
      return parseJson(trimmed);
    } catch {
      return text;
    }
  }
  const number = Number(trimmed);
  return trimmed !== '' && Number.isFinite(number) ? number : text;
}
