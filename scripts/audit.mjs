#!/usr/bin/env node
/**
 * Known vulnerabilities of what is shipped: `npm run audit`. The status is 1 where one is high or critical, and 2 where the
 * registry does not say (some mirrors have no advisories): then nothing was checked, and that is what it says.
 */
import './lib/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { root } from './lib/root.mjs';

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 2 ** 20,
});
const report = parsed(stdout ?? '');
const counts = report?.metadata?.vulnerabilities;
if (!counts) {
  const why = error?.message ?? report?.message ?? 'npm gave no report';
  console.error(`audit: nothing was checked, since the registry did not answer: ${why}`);
  process.exit(2);
}
for (const { name, severity, range } of Object.values(report.vulnerabilities)) {
  console.log(`audit: ${severity}: ${name} ${range}`);
}
const grave = counts.high + counts.critical;
console.log(`audit: ${counts.total} known vulnerabilities, ${grave} of them high or critical`);
process.exitCode = grave > 0 ? 1 : 0;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
