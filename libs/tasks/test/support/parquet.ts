/** @file A Parquet file byte by byte, which may say what no program would write. Source: parquet.thrift 2.10, Thrift's compact protocol. */

type Field = readonly [id: number, kind: number, value: Buffer];
const [i32, i64, binary, list, struct] = [5, 6, 8, 9, 12];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const whole = (value: number) => varint(2 * value);
const text = (value: string) => Buffer.concat([varint(value.length), Buffer.from(value)]);
const listOf = (kind: number, values: readonly Buffer[]) =>
  Buffer.concat([Buffer.from([(values.length << 4) | kind]), ...values]);

function fields(all: readonly Field[]): Buffer {
  let before = 0;
  const written = all.map(([id, kind, value]) => {
    const head = Buffer.from([((id - before) << 4) | kind]);
    before = id;
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([...written, Buffer.from([0])]);
}

/** One row of one required column of booleans, whose only run is said to be of `length` values. */
export function booleanRun(column: string, length: number): Buffer {
  const run = Buffer.concat([varint(2 * length), Buffer.from([1])]);
  const lengthOfRun = Buffer.alloc(4);
  lengthOfRun.writeUInt32LE(run.length);
  const data = Buffer.concat([lengthOfRun, run]);
  const rle = 3;
  const page = fields([
    [1, i32, whole(0)],
    [2, i32, whole(data.length)],
    [3, i32, whole(data.length)],
    [5, struct, fields([1, rle, rle, rle].map((value, index) => [index + 1, i32, whole(value)]))],
  ]);
  const bytes = page.length + data.length;
  const metadata = fields([
    [1, i32, whole(0)],
    [2, list, listOf(i32, [whole(rle)])],
    [3, list, listOf(binary, [text(column)])],
    [4, i32, whole(0)],
    [5, i64, whole(1)],
    [6, i64, whole(bytes)],
    [7, i64, whole(bytes)],
    [9, i64, whole(4)],
  ]);
  const chunk = fields([
    [2, i64, whole(4)],
    [3, struct, metadata],
  ]);
  const group = fields([
    [1, list, listOf(struct, [chunk])],
    [2, i64, whole(bytes)],
    [3, i64, whole(1)],
  ]);
  const root = fields([
    [4, binary, text('schema')],
    [5, i32, whole(1)],
  ]);
  const leaf = fields([
    [1, i32, whole(0)],
    [3, i32, whole(0)],
    [4, binary, text(column)],
  ]);
  const footer = fields([
    [1, i32, whole(1)],
    [2, list, listOf(struct, [root, leaf])],
    [3, i64, whole(1)],
    [4, list, listOf(struct, [group])],
  ]);
  const end = Buffer.alloc(4);
  end.writeUInt32LE(footer.length);
  const magic = Buffer.from('PAR1');
  return Buffer.concat([magic, page, data, footer, end, magic]);
}
