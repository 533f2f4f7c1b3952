/** @file The operations of attention on sizes: of all tokens, of the parts of a row apart, and of rows before the tokens or beside them. */
import { type AttentionChoice, attentionRows } from '../engine/chunk.js';
import { type ApartOptions, apartOf, partWidths } from '../models/apart.js';
import type { AttentionOperands, Graph } from '../models/graph.js';
import * as costs from './costs.js';
import { atOnce, type Computing } from './formula-costs.js';
import * as products from './multiply-adds.js';
import type { Value } from './operation-cost.js';
import type { HeldPast } from './past.js';
import type { sequenceRows } from './sequence-rows.js';
import type { Tape } from './tape.js';

interface Surroundings {
  input: ApartOptions & { batchSize: number; attention?: AttentionChoice | undefined };
  engine: Computing;
  tape: Tape;
  before: ReturnType<typeof sequenceRows>;
  cache: HeldPast | undefined;
  linear(path: string, x: Value): Value;
}

/** Mirrors `attention` of models/forward.ts. */
export function sizedAttention({
  input,
  engine,
  tape,
  before,
  cache,
  linear,
}: Surroundings): Graph<Value>['attention'] {
  const { batchSize } = input;
  const apart = apartOf(input);
  return ({ path, block, query, key: ownKey, value: ownValue, heads, keyHeads = heads, mask, softCap }) => {
    const own = { key: ownKey, value: ownValue };
    const { key, value } = cache ? cache(path, own) : own;
    const headWidth = query.width / heads;
    const run = (query: Value, key: Value, value: Value) => {
      const scores = (heads * query.rows * key.rows) / batchSize;
      const sequence = query.rows / batchSize;
      const part = attentionRows(sequence, input.attention) / sequence;
      const held = atOnce(engine) ? 'none' : part < 1 ? 'chunked' : 'whole';
      const hidden = mask === 'causal' ? (part * scores) / (batchSize * keyHeads) : 0;
      const sizes = { scores: part * scores, hidden, isBent: softCap !== undefined, queries: part * query.size };
      const cost = costs.attentionCost[held](query, key, value, sizes);
      const multiplyAdds = products.ofAttention(query, key, value, { scores, headWidth, held });
      const { rows, width } = query;
      return tape.run({ name: path, operands: [query, key, value], rows, width, trains: false, cost, multiplyAdds });
    };
    if (apart && block !== undefined && block < apart.blocks) {
      const widths = partWidths(apart, query.rows / batchSize);
      return runApart(
        tape,
        widths.map((width) => width * batchSize),
        { path, query, key, value },
        run,
      );
    }
    if (before?.part.prefix) {
      return tape.scope(() => run(query, before.prepend(tape, path, key, 2), before.prepend(tape, path, value, 2)));
    }
    const ofTokens = run(query, key, value);
    const rows = before?.beside(tape, path);
    if (rows === undefined) return ofTokens;
    const sum = tape.scope(() => {
      const [keys, values] = ['key', 'value'].map((layer) => linear(`${path}.${layer}`, rows)) as [Value, Value];
      const scores = heads * query.rows * rows.rows;
      const held = atOnce(engine) ? 'none' : 'whole';
      const sizes = { scores, hidden: 0, isBent: softCap !== undefined, queries: query.size };
      const read = tape.run({
        ...query,
        name: `beside ${path}`,
        operands: [query, keys, values],
        trains: false,
        cost: costs.attentionCost[held](query, keys, values, sizes),
        multiplyAdds: products.ofAttention(query, keys, values, { scores, headWidth, held }),
      });
      const operands = [ofTokens, read];
      return tape.run({ ...read, name: 'gated', operands, trains: rows.needs, cost: costs.plusGatedCost(read) });
    });
    tape.release(ofTokens);
    return sum;
  };
}

/** Mirrors engine/attention-apart.ts. @param rows rows of each part, in all examples */
function runApart(
  tape: Tape,
  rows: readonly number[],
  { path, query, key, value }: Pick<AttentionOperands<Value>, 'path' | 'query' | 'key' | 'value'>,
  run: (query: Value, key: Value, value: Value) => Value,
): Value {
  const some = (x: Value, rows: number) => {
    const cost = costs.rowsOfEachCost(x, rows * x.width);
    return tape.run({ name: `part of ${path}`, operands: [x], rows, width: x.width, trains: false, cost });
  };
  return tape.scope(() =>
    rows
      .map((count) => tape.scope(() => run(some(query, count), some(key, count), some(value, count))))
      .reduce((a, b) => {
        const cost = costs.oneAfterAnotherCost(a, b);
        const of = { rows: a.rows + b.rows, width: a.width, trains: false };
        return tape.run({ name: `parts of ${path}`, operands: [a, b], ...of, cost });
      }),
  );
}
