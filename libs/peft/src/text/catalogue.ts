/**
 * @file Catalogues in prompts: lines of JSON, a product each, with a text before and after them; and the order in which an answer names
 * products.
 */

export interface Product {
  name: string;
  /** Its line of JSON. */
  line: string;
}

export interface Catalogue {
  before: string;
  /** Two or more, of different names. */
  products: readonly Product[];
  /** Everything behind the catalogue, such as what is asked of it. */
  after: string;
}

const NAMING = /^(?:name|title|product)$/i;

/**
 * Reads the first lines of JSON objects of a prompt that follow each other. The name of a product is its field `name`, `title` or
 * `product`; an object of one field has its name in the place of the field's.
 *
 * @throws RangeError where there are fewer than two products, a product has no name, or two have the same
 */
export function catalogueOf(prompt: string): Catalogue {
  const lines = prompt.split('\n');
  const objects = lines.map(objectOf);
  const from = objects.findIndex((object) => object !== undefined);
  const end = objects.findIndex((object, at) => at > from && object === undefined);
  const to = end < 0 ? lines.length : end;
  if (from < 0 || to - from < 2) {
    const found = from < 0 ? 'none' : `one: ${lines[from]}`;
    throw new RangeError(`a catalogue has two products or more, a line of JSON each, and the prompt has ${found}`);
  }
  const products = lines.slice(from, to).map((line, at) => ({ name: nameOf(objects[from + at]!, line), line }));
  const twice = products.find(({ name }, at) => products.findIndex((other) => other.name === name) < at);
  if (twice) throw new RangeError(`two products of a catalogue are named "${twice.name}": give each a name of its own`);
  return {
    before: lines
      .slice(0, from)
      .map((line) => `${line}\n`)
      .join(''),
    products,
    after: lines
      .slice(to)
      .map((line) => `\n${line}`)
      .join(''),
  };
}

function objectOf(line: string): Record<string, unknown> | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function nameOf(product: Record<string, unknown>, line: string): string {
  const keys = Object.keys(product);
  const key = keys.find((own) => NAMING.test(own));
  const name = key === undefined && keys.length === 1 ? keys[0] : product[key ?? ''];
  if (typeof name !== 'string' || name.trim() === '') {
    throw new RangeError(`a product has a name in its field name, title or product, and this has none: ${line}`);
  }
  return name;
}

/**
 * A product's line in two parts, before and after the place at the end of its last field where a text is put.
 *
 * @throws RangeError where the last field is no text
 */
export function placeIn({ name, line }: Product): [before: string, after: string] {
  const end = /"\s*\}\s*$/.exec(line);
  if (!end || /^\s*\{\s*\}\s*$/.test(line)) {
    throw new RangeError(`a text is put at the end of the last field of "${name}", which is no text: ${line}`);
  }
  return [line.slice(0, end.index), line.slice(end.index)];
}

/** The prompt before a text and after it, where it is put into a product of a catalogue. */
export interface Around {
  before: string;
  after: string;
}

/** @param order indices of the products as the prompt has them */
export function around({ before, products, after }: Catalogue, target: number, order: readonly number[]): Around {
  const at = order.indexOf(target);
  const lines = order.map((index) => products[index]!.line);
  const [head, tail] = placeIn(products[target]!);
  return {
    before: before + [...lines.slice(0, at), head].join('\n'),
    after: [tail, ...lines.slice(at + 1)].join('\n') + after,
  };
}

/** The prompt with a text in a product. */
export const filled = ({ before, after }: Around, text: string): string => before + text + after;

/**
 * The place of each name in the order in which an answer first has them, from 1; one more than there are names where it has not. A name
 * within a longer one is not taken for it.
 */
export function placesOf(answer: string, names: readonly string[]): number[] {
  let rest = answer;
  const at = new Map<string, number>();
  for (const name of [...names].sort((a, b) => b.length - a.length)) {
    at.set(name, rest.indexOf(name));
    rest = rest.replaceAll(name, '\u0000'.repeat(name.length));
  }
  const found = names.filter((name) => at.get(name)! >= 0).sort((a, b) => at.get(a)! - at.get(b)!);
  return names.map((name) => (at.get(name)! < 0 ? names.length + 1 : found.indexOf(name) + 1));
}
