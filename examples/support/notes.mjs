/** @file Made-up notes that praise or complain, for examples whose truth is known. */

const words = {
  praise: ['good', 'great', 'fine', 'strong', 'honest', 'safe', 'clean', 'quick'],
  complaint: ['bad', 'poor', 'weak', 'broken', 'false', 'dirty', 'slow', 'rude'],
};
const trades = {
  shop: ['clerk', 'price', 'counter', 'parcel', 'coat', 'basket', 'receipt', 'window'],
  court: ['judge', 'verdict', 'witness', 'appeal', 'lawyer', 'statute', 'jury', 'sentence'],
};

/**
 * Writes a note of six words, two of a trade and four that praise or complain, each of these in agreement with the class by a chance.
 * Who counts them is right for 0.844 of notes at a chance of 0.75, and for 0.972 at 0.9, where a coin breaks ties.
 *
 * @param label 1 praises, 0 complains
 * @param trade `shop` or `court`
 * @param agreement chance of a word to agree with the class
 */
export function note({ uniform, one, shuffled }, label, trade, agreement) {
  const judged = Array.from({ length: 4 }, () =>
    one(uniform() < agreement === (label === 1) ? words.praise : words.complaint),
  );
  const about = Array.from({ length: 2 }, () => one(trades[trade]));
  return shuffled([...judged, ...about]).join(' ');
}

/** The class that more of the words of a note say; `tie` where as many say either. */
export function counted(text, tie) {
  const sum = text
    .split(' ')
    .reduce((total, word) => total + words.praise.includes(word) - words.complaint.includes(word), 0);
  return sum === 0 ? tie : Number(sum > 0);
}
