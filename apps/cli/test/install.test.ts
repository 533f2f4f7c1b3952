import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { whyStale } from '../../../scripts/lib/install.mjs';

const wanted = {
  packages: {
    '': { name: 'rankforge' },
    'apps/cli': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/for-macos': { version: '1.0.0', optional: true },
  },
};
const installed = {
  packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/a/node_modules/b': { version: '2.0.0' } },
};

test('packages are installed again exactly when they differ from the lock file', () => {
  expect(whyStale(wanted, undefined)).toBe('node_modules is missing');
  expect(whyStale(wanted, installed)).toBeUndefined();
  expect(whyStale(wanted, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe(
    'node_modules/a/node_modules/b is missing',
  );
  const old = { packages: { ...installed.packages, 'node_modules/a': { version: '0.9.0' } } };
  expect(whyStale(wanted, old)).toBe('node_modules/a is 0.9.0, not 1.0.0');
});

test('the checkout this test runs in is not stale', async () => {
  const { default: lock } = await import('../../../package-lock.json', { with: { type: 'json' } });
  const { default: present } = await import('../../../node_modules/.package-lock.json', { with: { type: 'json' } });
  expect(whyStale(lock, present)).toBeUndefined();
});

test('db:migrate names DATABASE_URL where it is not set', async () => {
  const script = fileURLToPath(new URL('../../../scripts/db-migrate.mjs', import.meta.url));
  const { PATH } = process.env;
  const ran = await execa(process.execPath, [script], { env: { PATH }, extendEnv: false, reject: false });
  expect(ran.stderr).toContain('set DATABASE_URL');
  expect(ran.exitCode).toBe(2);
});

test('a Chromium that is named is taken', async () => {
  const { findChromium } = await import('../src/local/chromium.js');
  expect(await findChromium({ CHROMIUM_PATH: '/opt/mine' })).toBe('/opt/mine');
});

test('the first program that is there is found, by its full path', async () => {
  const { findProgram } = await import('../src/local/system-packages.js');
  expect(await findProgram(['no-such-server'])).toBeUndefined();
  expect(await findProgram(['no-such-server', 'sh'])).toMatch(/^\/.*\/sh$/);
});
