/** That of the tests, relative and absolute: some first values come out of float32, and processors differ in a sum. */
const TOLERANCE = 1e-5;

/**
 * Where two files of vectors differ, each as a line `path: old → new`. Numbers of JSON files are equal within the tolerance;
 * any other file is equal or not.
 */
export function differences(old, now, name) {
  if (old === now) return [];
  if (!name.endsWith('.json')) return ['its bytes differ'];
  return walk(JSON.parse(old), JSON.parse(now), '');
}

function walk(old, now, path) {
  if (typeof old === 'number' && typeof now === 'number') {
    const allowed = TOLERANCE * Math.max(1, Math.abs(old), Math.abs(now));
    return Math.abs(old - now) <= allowed ? [] : [`${path}: ${old} → ${now}`];
  }
  if (isObject(old) && isObject(now) && Array.isArray(old) === Array.isArray(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return keys.flatMap((key) => {
      if (!(key in now)) return [`${path}/${key} is gone`];
      if (!(key in old)) return [`${path}/${key} is new`];
      return walk(old[key], now[key], `${path}/${key}`);
    });
  }
  return old === now ? [] : [`${path}: ${shown(old)} → ${shown(now)}`];
}

const isObject = (value) => typeof value === 'object' && value !== null;
const shown = (value) => String(JSON.stringify(value)).slice(0, 40);
