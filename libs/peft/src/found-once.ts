/**
 * Finds once what follows from an object that nothing changes, such as a configuration or a plan: a prediction asks for it many times.
 *
 * @example const layersOf = foundOnce((config: ModelConfig) => architectureOf(config).modules(config));
 */
export function foundOnce<K extends object, T>(find: (of: K) => T): (of: K) => T {
  const known = new WeakMap<K, T>();
  return (of) => {
    const before = known.get(of);
    if (before !== undefined) return before;
    const found = find(of);
    known.set(of, found);
    return found;
  };
}

/**
 * The value of a key, found and kept where the map has none yet.
 *
 * @example const pruned = foundIn(known, ratio, () => prunedConfig(model, ratio));
 */
export function foundIn<K, V>(known: Map<K, V>, key: K, find: () => V): V {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}
