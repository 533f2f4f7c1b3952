/** @file Which part may import which; `npm run check` refuses every other import. */

/** Packages of this repository that each may import, by name. */
const directions = require('./scripts/lib/directions.json');

const sources = '^(libs|apps)/[^/]+/src/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(directions).map(([from, allowed]) => ({
      name: `${from.replace('/', '-')}-imports`,
      comment: `${from} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing'} of this repository.`,
      severity: 'error',
      from: { path: `^${from}/src/` },
      to: { path: '^(libs|apps|infra|bench|test|scripts)/', pathNot: `^(${[from, ...allowed].join('|')})/` },
    })),
    {
      name: 'packages-by-name',
      comment: 'Another package is imported by its name, so that only what its index exports can be used.',
      severity: 'error',
      from: { path: '^(libs|apps)/([^/]+)/src/' },
      to: { path: sources, pathNot: '^$1/$2/src/' },
    },
    {
      name: 'internals-for-comparisons',
      comment: 'Internals of the library change with any version: what a program needs of them belongs to its index.',
      severity: 'error',
      from: { path: sources, pathNot: '^libs/peft/src/' },
      to: { path: '^libs/peft/(src|dist)/internals\\.' },
    },
    {
      name: 'contracts-stay-small',
      comment: 'The contracts reach the browser: they may bring zod and canonical JSON with them, and nothing else.',
      severity: 'error',
      from: { path: '^libs/contracts/src/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'core'], pathNot: 'node_modules/(zod|canonicalize)/' },
    },
    {
      name: 'methods-are-data',
      comment: 'A method is known to the registry alone; whoever needs something of one asks the registry.',
      severity: 'error',
      from: { path: '^libs/peft/src/', pathNot: '^libs/peft/src/methods/' },
      to: { path: '^libs/peft/src/methods/', pathNot: '^libs/peft/src/methods/registry\\.ts' },
    },
    {
      name: 'trainers-know-no-database',
      comment:
        'A trainer reads and writes artifacts; rows belong to its worker. It starts without the client of Postgres.',
      severity: 'error',
      from: { path: '^apps/worker/src/trainer/' },
      to: { path: '^libs/db/(src|dist)/', pathNot: '^libs/db/(src|dist)/artifacts\\.' },
    },
    {
      name: 'features-meet-in-app',
      comment: 'A feature of the page imports no other feature.',
      severity: 'error',
      from: { path: '^apps/dashboard/src/features/([^/]+)/' },
      to: { path: '^apps/dashboard/src/features/', pathNot: '^apps/dashboard/src/features/$1/' },
    },
    {
      name: 'no-cycle',
      comment: 'Files that import each other cannot be read top to bottom, be it for their types alone.',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { circular: true },
    },
    {
      name: 'no-cycle-of-folders',
      comment:
        'Two folders do not import each other, be it for types alone. A folder and those inside it count as one.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-test-code',
      comment: 'What is shipped does not import tests or tools of development.',
      severity: 'error',
      from: { path: sources, pathNot: '\\.(test|spec)\\.tsx?$' },
      to: { path: '(^|/)test/|\\.(test|spec)\\.tsx?$|^bench/' },
    },
    {
      name: 'resolvable',
      comment: 'The import names nothing that exists: build first (npm run build), or correct it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/|/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
