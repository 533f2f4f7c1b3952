/** How many of the slowest files are named. */
const slowest = 15;

/**
 * A failed step where flags of vitest chose tests and none of them ran: a name that matches nothing must not pass.
 * @param results of the steps that ran, without it
 * @returns nothing, or the one step
 */
export function withoutTests(results, { vitestFlags, full }) {
  const ran = results.filter(({ project, why }) => project !== undefined && why === undefined);
  if (vitestFlags.length === 0 || ran.length === 0 || ran.some(({ passed, failed }) => passed + failed > 0)) return [];
  const skipped = ran.reduce((total, result) => total + result.skipped, 0);
  const advice = full ? '' : '; tests that take long run only with --full';
  const failure = `${vitestFlags.join(' ')}: none of the chosen tests ran, ${skipped} were skipped: expected a name or a file of a test in ${[...new Set(ran.map(({ project }) => project))].join(', ')}${advice}`;
  return [{ name: 'chosen tests', passed: 0, failed: 1, skipped: 0, seconds: 0, files: [], failures: [failure] }];
}

/** Prints the counts of every step, then what took longest and what failed. The last line is `N passed, N failed`. */
export function printReport(results, { seconds, leftOut, full, told }) {
  console.log('');
  for (const { name, passed, failed, skipped, seconds, why } of results) {
    const mark = failed > 0 ? 'FAILED' : why ? 'SKIPPED' : 'ok';
    const took = `${Math.round(seconds)} s`.padStart(6);
    console.log(
      `${name.padEnd(16)} ${mark.padEnd(8)}${took}  ${passed} passed, ${failed} failed, ${skipped} skipped${why ? `: ${why}` : ''}`,
    );
  }
  const files = results.flatMap(({ files }) => files).sort((a, b) => b.seconds - a.seconds);
  if (files.length > 1) {
    console.log('slowest files, without what loads them:');
    for (const { file, seconds } of files.slice(0, slowest))
      console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${file}`);
  }
  if (leftOut.length > 0) {
    console.log(full ? 'what --full added:' : 'left out, and part of `npm test -- --full`:');
    for (const line of leftOut) console.log(`  ${line}`);
  }
  for (const line of told) console.log(line);
  // Beside the counts, so that the end of a long log is enough to know what failed.
  for (const failure of results.flatMap(({ failures = [] }) => failures)) console.log(`  ${failure}`);
  const minutes = Math.floor(seconds / 60);
  console.log(`all steps took ${minutes} min ${Math.round(seconds - minutes * 60)} s`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed');
}
