/** @file Made-up customers: who takes what, and how well what they take last is foretold. */

/**
 * At each of so many times a user is drawn, and takes one item that he or she did not have, with a probability in proportion to the
 * exponential of its logit.
 */
export function drawnOf({ logits, rows, uniform }) {
  const had = logits.map(() => new Set());
  return Array.from({ length: rows }, (_, time) => {
    const user = Math.floor(uniform() * logits.length);
    const item = drawn(
      logits[user].map((logit, other) => (had[user].has(other) ? 0 : Math.exp(logit))),
      uniform,
    );
    had[user].add(item);
    return { user, item, time };
  });
}

/** A place, with a probability in proportion to its weight. */
function drawn(weights, uniform) {
  let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return weight > 0 && left < 0;
  });
  return found < 0 ? weights.findLastIndex((weight) => weight > 0) : found;
}

/** The mean over users of the share of their items from `start` on among the first 20, by score, that they did not have before. */
export function recallOf(score, { taken, start, logits }) {
  const shares = logits.flatMap((items, user) => {
    const own = taken.filter((one) => one.user === user);
    const before = new Set(own.filter(({ time }) => time < start).map(({ item }) => item));
    const after = own.filter(({ time }) => time >= start).map(({ item }) => item);
    if (after.length === 0) return [];
    const order = [...items.keys()]
      .filter((item) => !before.has(item))
      .map((item) => ({ item, score: score(user, item) }));
    const first = new Set(
      order
        .sort((a, b) => b.score - a.score)
        .slice(0, 20)
        .map(({ item }) => item),
    );
    return [after.filter((item) => first.has(item)).length / after.length];
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
