/** @file What a reader yields, and what it refuses to read. */

/** A file or folder to read, and the name that errors use for it. */
export interface Source {
  path: string;
  name: string;
  /** Where an archive is unpacked, and taken away again after; images alone come as archives. Default: a new folder. */
  scratch?: string;
}

/** A row of a table. A cell that is no scalar is a table error of the column that is read, not of the row. */
export interface Row {
  /** Where it stands in the source, e.g. `line 3`. */
  where: string;
  cells: Readonly<Record<string, unknown>>;
}

/** Parts of a collection that are in no row. */
export interface Beside {
  documents: readonly string[];
  /** How many queries have no row. */
  queries: number;
  /** Documents that a search found, by the text of the query, best first. Absent: nothing says what was found. */
  found?: ReadonlyMap<string, readonly string[]>;
}

/** Rows in order; `columns` is known once the first row is, or at the end of a table without rows. */
export interface Table {
  columns(): readonly string[];
  rows: AsyncIterable<Row>;
  /** Lists of numbers may leave out zeros at their end. Absent: all are of one length. */
  sparse?: true;
  /** Parts of a collection that are in no row; known at the end of the rows. Absent: there is no more. */
  beside?: Beside;
}

/** Opens a table. Only `wanted` columns need to be read where that saves anything; undefined: all. */
export type OpenTable = (source: Source, wanted?: readonly string[]) => Promise<Table>;

/** Bounds of what is read, so that no file can take the process with it. */
export const limits = {
  /** Characters of one row of a CSV file or one line of JSON. */
  rowCharacters: 4 * 1024 * 1024,
  /** Characters of one field. */
  fieldCharacters: 1024 * 1024,
  /** Messages of one list: where its turns are, a template says only by laying out what stands before each. */
  messages: 1000,
  /** Bytes of a file that is one JSON value. */
  jsonBytes: 384 * 1024 * 1024,
  columns: 4096,
  /** Numbers of one row, and of all rows together. */
  features: 4096,
  featureNumbers: 64 * 2 ** 20,
  rows: 2_000_000,
  /** Different documents that are searched for each query. */
  searchedDocuments: 1_000_000,
  /** Texts among which near-duplicates are looked for; beyond, equal ones only. */
  nearDuplicates: 50_000,
  /** Pixels of one image, and samples of all together: an image packs to a thousandth of what is kept of it. */
  pixels: 1024 * 1024,
  imageSamples: 2 ** 30,
  /** Files and folders of an archive of images, the folders one may lie in, and bytes of all when unpacked. */
  archiveEntries: 200_000,
  archiveDepth: 8,
  unpackedBytes: 2 * 2 ** 30,
} as const;

/** Whether a value is a number that float32 holds. */
export const isFinite32 = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(Math.fround(value));
