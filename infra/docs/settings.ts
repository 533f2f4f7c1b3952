/** @file The page of settings, from the schemas that programs read their environment by: `docs/settings.md`. */

import { HubEnvironment } from '@rankforge/bases/hub';
import { z } from 'zod';
import { ApiEnvironment } from '../../apps/api/src/platform/env.js';
import { WorkerEnvironment } from '../../apps/worker/src/env.js';

interface Setting {
  name: string;
  usual: string;
  description: string;
}

/** Read where a command starts, by no schema. */
const ofLauncher: readonly Setting[] = [
  setting(
    'RANKFORGE_HOME',
    '.rankforge',
    'Folder of servers, keys, results and logs, in the checkout where it is relative',
  ),
  setting('RANKFORGE_PORT', 'the last one, else the first free one from 8080', 'Port of the page and the API'),
  setting('RANKFORGE_HOST', '127.0.0.1', 'Address that they listen on'),
  setting(
    'RANKFORGE_START_SECONDS',
    '180',
    'Time in which each server and program has to serve, 1 to 3600; a worker whose engine computes on cards has 300 more',
  ),
  setting('DATABASE_URL, REDIS_URL', 'private servers', 'Servers that are there already'),
];

const ofCommands: readonly Setting[] = [
  setting('RANKFORGE_URL', 'the platform of `rankforge up`', 'Address of the API'),
  setting('RANKFORGE_KEY', 'the one in `.rankforge/admin.key`', 'API key'),
  setting('RANKFORGE_PROJECT', 'that of the key', 'Project to act in, with a key of the whole installation'),
  setting('DATABASE_URL', 'that of `rankforge up`', 'Of `key`, which writes to the database itself, and of `worker`'),
  setting('REDIS_URL', 'that of `rankforge up`', 'Of `worker`'),
  setting(
    'RANKFORGE_HOME',
    '.rankforge',
    'Folder of the platform on this machine, its key and the cache of what was fetched',
  ),
  setting('RANKFORGE_MODELS_DIR', 'models', 'Of `base`, which puts models there, and of `estimate`'),
  setting('RANKFORGE_DATA_DIR', 'data, under RANKFORGE_HOME', 'Data folder of the platform, of `worker` and `engine`'),
  setting('RANKFORGE_ENGINES_DIR', 'engines, under RANKFORGE_DATA_DIR', 'Of `engine`, which adds them there'),
];

/** Named by generators, so that no schema has them. */
const keysOfGenerators: readonly Setting[] = [
  setting(
    'RANKFORGE_GENERATOR_KEY',
    '',
    'Key of an endpoint, which names the variable: this one, or it with an ending, e.g. RANKFORGE_GENERATOR_KEY_LOCAL',
  ),
  setting(
    'RANKFORGE_GENERATOR_KEY_ADDRESS',
    '',
    'Addresses that this key is sent to, joined by commas; each key has one of its own, e.g. RANKFORGE_GENERATOR_KEY_LOCAL_ADDRESS. It may be left out where RANKFORGE_GENERATOR_ADDRESSES has one entry',
  ),
];

function setting(name: string, usual: string, description: string): Setting {
  return { name, usual, description };
}

/** @throws Error naming a variable without a description */
function settingsOf(environment: z.ZodObject): Setting[] {
  const { properties, required } = z.toJSONSchema(environment, { io: 'input', unrepresentable: 'any' });
  return Object.entries(environment.shape).map(([name, schema]) => {
    const { description } = schema as z.ZodType;
    if (description === undefined) throw new Error(`${name} has no description`);
    const usual = (properties?.[name] as { default?: unknown } | undefined)?.default;
    const needed = required?.includes(name) ? 'needed' : '';
    return setting(name, usual === undefined || usual === '' ? needed : String(usual), description);
  });
}

/** Columns are as wide as their widest cell, as the formatter has them. */
function table(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, usual, description }) => [
    name
      .split(', ')
      .map((each) => `\`${each}\``)
      .join(', '),
    usual,
    description.replaceAll('|', '\\|'),
  ]);
  const head = ['variable', 'default', 'what it says'];
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column]!)].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

/** The whole page. */
export function settingsPage(): string {
  const ofApi = settingsOf(ApiEnvironment);
  const ofWorker = settingsOf(WorkerEnvironment);
  const both = ofApi.filter((one) => ofWorker.some((other) => JSON.stringify(other) === JSON.stringify(one)));
  const alone = (settings: readonly Setting[]) =>
    settings.filter(({ name }) => both.every((shared) => shared.name !== name));
  return `# Settings

Programs read their settings from the environment when they start, and name each that is missing or wrong. \`rankforge up\` passes its own
environment on to the API and to its worker. An empty variable is one that is not set. Relative folders are in the checkout. The schemas
of the programs make this page (\`npm run infra:settings\`), and a test holds it to them.

## \`rankforge up\`

${table(ofLauncher)}

## Every other command

${table([...ofCommands, ...settingsOf(HubEnvironment)])}

So a command line asks a server elsewhere by \`RANKFORGE_URL=https://rankforge.example.com RANKFORGE_KEY=… rankforge sweep list\`.

## API and workers

Both see the same servers and folders. Elsewhere than on one machine the folders are on a volume that all of them mount.

${table([...both, ...keysOfGenerators])}

## The API

${table(alone(ofApi))}

## Workers

${table(alone(ofWorker))}

A second machine runs a worker from a checkout of its own. Both machines then name the same servers, since those that \`rankforge up\` starts
listen on the first machine alone, and mount the same folders:

\`\`\`sh
export DATABASE_URL=postgresql://… REDIS_URL=redis://…
export RANKFORGE_DATA_DIR=/mnt/rankforge/data RANKFORGE_MODELS_DIR=/mnt/rankforge/models
rankforge up        # on the first machine
rankforge worker    # on every other
\`\`\`

Where \`RANKFORGE_ENGINES\` names none, both run wasm and, where it was added to that data folder by this version and the machine can run it,
TensorFlow: [engines](engines.md#adding-tensorflow).
`;
}
