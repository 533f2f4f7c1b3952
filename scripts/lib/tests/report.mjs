/** How many of the slowest files are named. */
const slowest = 15;

/** Prints the counts of every step, then what took longest and what failed. The last line is `N passed, N failed`. */
export function printReport(results, { seconds, leftOut, full, untested }) {
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
  for (const line of untested) console.log(`NOT TESTED: ${line}`);
  // Beside the counts, so that the end of a long log is enough to know what failed.
  for (const failure of results.flatMap(({ failures = [] }) => failures)) console.log(`  ${failure}`);
  const minutes = Math.floor(seconds / 60);
  console.log(`all steps took ${minutes} min ${Math.round(seconds - minutes * 60)} s`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed');
}
