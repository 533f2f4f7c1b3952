/**
 * @file The split of the SMS Spam Collection that chapter 6 of github.com/rasbt/LLMs-from-scratch trains on: as many ham messages as there is
 * spam, shuffled twice, 70 : 10 : 20. Its script draws by pandas' `sample(random_state=123)`, whose draws are made again here, so that all
 * three parts have the same messages.
 */

const seed = 123;

/**
 * Rows of label and text as pandas' `read_csv(sep='\t', header=None)` reads them: a field that begins with a double quote lasts until the
 * next one, over tabs and line breaks, and what follows that up to the tab belongs to it. So 5,574 lines of the file are 5,572 rows.
 *
 * @param {string} text
 * @returns {{ label: string, text: string }[]}
 */
export function rowsOf(text) {
  const rows = [];
  let fields = [];
  let field = '';
  let place = 'start';
  const ended = () => {
    fields.push(field);
    [field, place] = ['', 'start'];
  };
  const endedRow = () => {
    if (place === 'start' && fields.length === 0) return;
    ended();
    rows.push(fields);
    fields = [];
  };
  for (const character of text.replaceAll('\r\n', '\n')) {
    if (place === 'quoted') {
      if (character === '"') place = 'quote';
      else field += character;
    } else if (place === 'start' && character === '"') place = 'quoted';
    else if (character === '\t') ended();
    else if (character === '\n') endedRow();
    else {
      // A doubled quote is one quote, and the quoted part goes on.
      const goesOn = place === 'quote' && character === '"';
      field += character;
      place = goesOn ? 'quoted' : 'plain';
    }
  }
  endedRow();
  return rows.map(([label, text = '']) => ({ label, text }));
}

/** Words of NumPy's `RandomState(seed)`: the Mersenne Twister MT19937, seeded by one whole number. */
function twister(seed) {
  const [size, shift] = [624, 397];
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let at = 1; at < size; at++) {
    const before = state[at - 1] ^ (state[at - 1] >>> 30);
    state[at] = Math.imul(before, 1812433253) + at;
  }
  let next = size;
  return () => {
    if (next === size) {
      for (let at = 0; at < size; at++) {
        const word = (state[at] & 0x80000000) | (state[(at + 1) % size] & 0x7fffffff);
        state[at] = state[(at + shift) % size] ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
      }
      next = 0;
    }
    let word = state[next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/**
 * NumPy's `RandomState(seed).permutation(size)`, which is what `DataFrame.sample(random_state=seed)` takes rows by.
 *
 * @param {number} size below 2³²
 * @param {number} seed
 * @returns {number[]}
 * @example permutation(5, 123) // [1, 3, 4, 0, 2]
 */
export function permutation(size, seed) {
  const word = twister(seed);
  const order = Array.from({ length: size }, (_, index) => index);
  for (let last = size - 1; last > 0; last--) {
    const mask = 2 ** (32 - Math.clz32(last)) - 1;
    let other = last + 1;
    while (other > last) other = (word() & mask) >>> 0;
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

const sampled = (rows, count = rows.length) =>
  permutation(rows.length, seed)
    .slice(0, count)
    .map((index) => rows[index]);

/**
 * The balanced rows in their order, each with the part it is in.
 *
 * @param {{ label: string, text: string }[]} rows of the file, in its order
 * @returns {{ label: string, text: string, split: 'train' | 'validation' | 'test' }[]}
 */
export function splitOf(rows) {
  const of = (label) => rows.filter((row) => row.label === label);
  const spam = of('spam');
  const balanced = sampled([...sampled(of('ham'), spam.length), ...spam]);
  const train = Math.trunc(0.7 * balanced.length);
  const validation = train + Math.trunc(0.1 * balanced.length);
  const partOf = (place) => (place < train ? 'train' : place < validation ? 'validation' : 'test');
  return sampled(balanced).map((row, place) => ({ ...row, split: partOf(place) }));
}
