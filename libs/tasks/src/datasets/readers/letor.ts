/**
 * @file Queries with rows of numbers, as LETOR (Qin and Liu 2013, arXiv 1306.2597) and SVMlight write them: `2 qid:1 1:0.5 3:-2 # document`
 * is a row with its grade, its query, numbers by their ids from 1, and what it is called. One file, or a folder of files that are splits, as
 * it is or in an archive. In a folder rows may lack `qid`, as LightGBM has them: `rank.train.query` then says how many rows of `rank.train`
 * each query has, one size a line.
 */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DatasetError } from '../dataset-error.js';
import { isFinite32, limits, type Row, type Source, type Table } from '../source.js';
import { type Folder, openFolder } from './folder.js';
import { linesOf } from './jsonl.js';

/** In a folder there is `split` too: the name of the file without its ending, where `vali` and `dev` are called `validation`. */
const columns = ['query', 'features', 'grade', 'text'] as const;
const expected = 'expected a line such as 2 qid:1 1:0.5 3:-2 # document';

/** @throws DatasetError (while rows are read) naming the file and the line */
export async function openLetor(source: Source): Promise<Table> {
  const isFolder = (await stat(source.path)).isDirectory() || /\.(zip|tar|tgz|tar\.gz)$/i.test(source.name);
  async function* rows(): AsyncGenerator<Row> {
    const places = new Places();
    if (!isFolder) return yield* rowsOf(source, { file: '', split: '', field: '/file' }, places);
    const { folder, close } = await openFolder(source);
    try {
      const { path, files } = await filesIn(folder);
      const inFolder = (file: string): Source => ({ path: join(path, file), name: source.name });
      const { rowFiles, sized } = parted(files, folder);
      for (const file of rowFiles) {
        const of = { file: `${file}, `, split: splitOf(file), field: folder.field };
        const sizes = sized.has(file) ? new Sizes(inFolder(`${file}${sizesEnding}`), file, folder.field) : undefined;
        yield* rowsOf(inFolder(file), { ...of, beside: `${file}${sizesEnding}`, ...(sizes && { sizes }) }, places);
      }
    } finally {
      await close();
    }
  }
  return { columns: () => (isFolder ? [...columns, 'split'] : columns), rows: rows(), sparse: true };
}

/** Files of a folder, or of the only folder in it. @throws DatasetError where there are none */
async function filesIn({ path, name, field }: Folder, isInside = false): Promise<{ path: string; files: string[] }> {
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !entry.name.startsWith('.'));
  const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  if (files.length > 0) return { path, files: files.sort() };
  const [inner, ...others] = entries.filter((entry) => entry.isDirectory());
  if (inner && others.length === 0 && !isInside) return filesIn({ path: join(path, inner.name), name, field }, true);
  const problem = `holds no file, and ${entries.length} folders; expected the files of one fold, as train.txt, vali.txt and test.txt`;
  throw new DatasetError(name, undefined, field, problem);
}

const sizesEnding = '.query';

/** Files of rows, and those of them that have sizes beside. @throws DatasetError for sizes of no file */
function parted(files: readonly string[], { name, field }: Folder): { rowFiles: string[]; sized: Set<string> } {
  const rowFiles = files.filter((file) => !file.endsWith(sizesEnding));
  const sized = new Set<string>();
  for (const file of files.filter((file) => file.endsWith(sizesEnding))) {
    const of = file.slice(0, -sizesEnding.length);
    if (!rowFiles.includes(of)) {
      const problem = `has sizes of queries, and the file of rows, ${of}, is not beside it`;
      throw new DatasetError(name, file, field, problem);
    }
    sized.add(of);
  }
  return { rowFiles, sized };
}

/** @example splitOf('vali.txt') // 'validation', and of LightGBM's names: splitOf('rank.train') // 'train' */
function splitOf(file: string): string {
  const ending = extname(file);
  const isSplit = /^\.(train|vali|dev|validation|test)$/.test(ending);
  const name = isSplit ? ending.slice(1) : file.slice(0, file.length - ending.length);
  return name === 'vali' || name === 'dev' ? 'validation' : name;
}

/** Queries of rows in order, by sizes that are read as the rows are. */
class Sizes {
  private readonly lines: AsyncGenerator<string>;
  private readonly file: string;
  private number = 0;
  private query = 0;
  private size = 0;
  private left = 0;
  private rows = 0;

  constructor(
    private readonly source: Source,
    private readonly rowFile: string,
    private readonly field: FileOf['field'],
  ) {
    this.lines = linesOf(source);
    this.file = `${rowFile}${sizesEnding}`;
  }

  /** The query of the next row. @throws DatasetError, by `refused`, for a row beyond all sizes */
  async next(refused: Refused): Promise<string> {
    if (this.left === 0 && !(await this.begin()))
      throw refused(`is a row beyond the ${this.rows} that ${this.file} asks for`);
    this.left--;
    return `${this.rowFile} ${this.query}`;
  }

  /** @throws DatasetError where sizes ask for more rows than there were */
  async end(): Promise<void> {
    const short = this.left > 0 || (await this.begin());
    if (short) throw this.refused(`asks for ${this.size} rows, and ${this.rowFile} has ${this.size - this.left} left`);
  }

  close(): Promise<unknown> {
    return this.lines.return(undefined);
  }

  /** Goes to the next query; false where there is none. */
  private async begin(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) return false;
      this.number++;
      const written = value.trim();
      if (written === '') continue;
      if (!/^0*[1-9]\d*$/.test(written))
        throw this.refused(
          `"${written.slice(0, 80)}" is no size of a query; expected how many rows it has, a whole number from 1`,
        );
      this.size = Number(written);
      this.left = this.size;
      this.rows += this.size;
      this.query++;
      return true;
    }
  }

  private refused(problem: string): DatasetError {
    return new DatasetError(this.source.name, `${this.file}, line ${this.number}`, this.field, problem);
  }
}

/** Tells where each query was first read, so that no query is in two places. */
class Places {
  private readonly first = new Map<string, string>();
  private last: string | undefined;

  /** Begins a file: a query that ended the one before does not go on in it. */
  begin(): void {
    this.last = undefined;
  }

  /** Where rows of the query were before others; undefined where it goes on, or begins. */
  earlier(query: string, where: string): string | undefined {
    const isNew = query !== this.last;
    this.last = query;
    const known = this.first.get(query);
    if (known === undefined) this.first.set(query, where);
    return isNew ? known : undefined;
  }
}

interface FileOf {
  /** Put before lines. */
  file: string;
  split: string;
  field: '/file' | '/path';
  /** The file in which sizes of queries may be. Absent: it stands alone. */
  beside?: string;
  /** Absent: each row says its query. */
  sizes?: Sizes;
}

type Refused = (problem: string) => DatasetError;

async function* rowsOf(source: Source, of: FileOf, places: Places): AsyncGenerator<Row> {
  try {
    yield* rowsWithin(source, of, places);
    await of.sizes?.end();
  } finally {
    await of.sizes?.close();
  }
}

async function* rowsWithin(source: Source, of: FileOf, places: Places): AsyncGenerator<Row> {
  const { file, split, field } = of;
  let [number, ofQuery, query] = [0, 0, ''];
  places.begin();
  for await (const line of linesOf(source)) {
    number++;
    const end = line.indexOf('#');
    const written = (end < 0 ? line : line.slice(0, end)).trim();
    if (written === '') continue;
    const where = `${file}line ${number}`;
    const refused = (problem: string) => new DatasetError(source.name, where, field, problem);
    const [grade, ...fields] = written.split(/\s+/) as [string, ...string[]];
    if (!(isFinite32(Number(grade)) && Number(grade) >= 0))
      throw refused(
        `begins with "${grade.slice(0, 80)}", which is no grade: a number from 0, the grade of a row that is not relevant`,
      );
    const { own, pairs } = await queryOf(fields, of, refused);
    const earlier = places.earlier(own, where);
    if (earlier)
      throw refused(
        `goes on with query ${own}, whose rows began in ${earlier}, after another query; put rows of a query one after another`,
      );
    ofQuery = own === query ? ofQuery + 1 : 1;
    query = own;
    const text = (end < 0 ? '' : line.slice(end + 1).trim()) || `row ${ofQuery} of ${own}`;
    yield { where, cells: { query, grade, features: numbersOf(pairs, refused), text, ...(file && { split }) } };
  }
}

/** The query of a row, by its `qid` or by sizes, and what else it has. */
async function queryOf(fields: readonly string[], { sizes, beside }: FileOf, refused: Refused) {
  const [qid, ...pairs] = fields;
  const hasQid = qid?.startsWith('qid:') === true;
  if (sizes) {
    if (hasQid) throw refused(`has a qid, and ${beside} has sizes of queries; leave one of them out`);
    return { own: await sizes.next(refused), pairs: fields };
  }
  if (!hasQid || qid === 'qid:') {
    const andBeside = beside ? `, and no sizes of queries are in ${beside} beside` : '';
    throw refused(`has no qid after its grade${andBeside}; ${expected}`);
  }
  return { own: qid.slice('qid:'.length), pairs };
}

/** Numbers up to the last that is written; those between that are not are 0. */
function numbersOf(pairs: readonly string[], refused: Refused): Float32Array {
  let last = 0;
  const read = pairs.map((pair) => {
    const [, before, after] = /^(\d+):(.*)$/.exec(pair) ?? [];
    const [id, value] = [Number(before ?? 0), Number(after)];
    if (id < 1) throw refused(`"${pair.slice(0, 80)}" has no id from 1 before a colon; ${expected}`);
    if (id <= last) throw refused(`feature ${id} stands after feature ${last}; ids of a row increase`);
    if (id > limits.features) throw refused(`feature ${id} is beyond the ${limits.features} that are read`);
    if (after === '' || !isFinite32(value))
      throw refused(`feature ${id} is "${after!.slice(0, 80)}"; expected a finite number`);
    last = id;
    return [id, value] as const;
  });
  if (last === 0) throw refused(`has no feature; ${expected}`);
  const numbers = new Float32Array(last);
  for (const [id, value] of read) numbers[id - 1] = value;
  return numbers;
}
