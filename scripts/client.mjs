#!/usr/bin/env node
/**
 * Writes the types of libs/client and of clients/python from the OpenAPI document of the API, and from the schemas of lines between
 * workers and runners the types of runners/torch and docs/runner-protocol.md: `npm run client`. With `--check` it writes nothing, and
 * fails where a file is not made from the present schemas, e.g. after a route was added.
 */
import './lib/node-version.mjs';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateClient } from './lib/build.mjs';
import { compile } from './lib/compile.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { pythonTypes } from './lib/python-types.mjs';
import { root } from './lib/root.mjs';
import { runnerPage, runnerSchemas } from './lib/runner-page.mjs';

const checks = process.argv.includes('--check');
// Whoever runs the check has built. The command line is not compiled here: it cannot be while its client is the one of before.
if (!checks) {
  ensureInstalled();
  generateClient();
  compile('compiling the API', 'apps/api');
}
const { apiDocument } = await import('../apps/api/dist/docs/document.js');
const { default: openapiTS, astToString } = await import('openapi-typescript');

const document = await apiDocument();
const types = await openapiTS(document, {
  alphabetize: true,
  // What has a default may be left out of a request; answers say themselves what is always there.
  defaultNonNullable: false,
  // Every schema is a type of its own name, too.
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
});
const files = {
  'libs/client/src/api.generated.ts': `// Made by \`npm run client\` from the OpenAPI document of the API.\n${astToString(types)}`,
  'clients/python/src/rankforge/types.py': pythonTypes(document.components.schemas),
  'runners/torch/src/rankforge_torch/wire.py': pythonTypes(
    await runnerSchemas(),
    'libs/contracts/src/runner.ts: the lines between a worker and a runner',
  ),
  'docs/runner-protocol.md': await runnerPage(),
};
for (const [file, text] of Object.entries(files)) {
  const path = join(root, file);
  if (!checks) {
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(
      `${file} is not made from the present routes and schemas: run \`npm run client\` and commit what it writes`,
    );
    process.exitCode = 1;
  }
}
