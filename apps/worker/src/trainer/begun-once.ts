/**
 * The work of a key, begun by who asks for it first. Work that fails is told to all who wait for it, and begun anew by who asks next.
 *
 * @example const data = await begunOnce(this.data, name, () => readData(name));
 */
export function begunOnce<K, V>(begun: Map<K, Promise<V>>, key: K, begin: () => Promise<V>): Promise<V> {
  const before = begun.get(key);
  if (before) return before;
  const work = begin();
  begun.set(key, work);
  work.catch(() => {
    if (begun.get(key) === work) begun.delete(key);
  });
  return work;
}
