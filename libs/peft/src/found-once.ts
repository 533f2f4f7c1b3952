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
