/**
 * What `npm test -- …` asks for: names of steps first, then `--full`, `--changed` or `--changed=REF`, and flags of vitest.
 * `changed` is undefined, or the commit to compare with (empty: found by git).
 */
export function readOptions(args) {
  const flagsAt = args.findIndex((argument) => argument.startsWith('-'));
  const chosen = flagsAt === -1 ? args : args.slice(0, flagsAt);
  const options = { chosen, full: false, changed: undefined, vitestFlags: [] };
  for (const flag of flagsAt === -1 ? [] : args.slice(flagsAt)) {
    if (flag === '--full') options.full = true;
    else if (flag === '--changed') options.changed = '';
    else if (flag.startsWith('--changed=')) options.changed = flag.slice('--changed='.length);
    else options.vitestFlags.push(flag);
  }
  return options;
}
