/** @file Names of records stand in the rooms of these alone: whoever needs something of one asks its registry. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  engineNames,
  generatorKinds,
  measures,
  schedulers,
  searches,
  sweepKinds,
  trialKinds,
} from '@rankforge/contracts';
import { evaluatorNames } from '@rankforge/evaluators';
import { attackNames, strategyNames } from '@rankforge/federated';
import { methods, objectiveNames, optimizers, recipeNames } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The file of an architecture is named as the architecture is. */
const architectureNames = readdirSync(join(root, 'libs/peft/src/models/architectures')).map((file) =>
  file.replace('.ts', ''),
);

interface Registry {
  kind: string;
  names: readonly string[];
  /** Where the names may stand: their own files, and those of records that refer to them as data. */
  rooms: RegExp;
  /** A pattern that stands before a name, where other things have the same one. */
  after?: string;
}

/** A field `kind` is compared with a name, or has it. */
const kindIs = '\\bkind"?(?:\\)|::text)*\\s*(?:={1,3}|!==?|<>|:|IN \\()\\s*';

/** A name is compared with, or looked for in a list or a set. */
const compared = '(?:[!=]==?|\\bcase|\\b(?:includes|has)\\()\\s*';

const registries: Registry[] = [
  {
    kind: 'kinds of sweep',
    names: sweepKinds,
    // A method says which kinds it is for, and what a paper claims of one; a kind of trial may have the name of its sweep's, and a
    // command of adapters has that of one.
    rooms:
      /^(libs\/(contracts\/src\/(sweep|trial)-kinds|client\/src|evaluators\/src\/(procedures|robustness)|peft\/src\/(methods|optimizers|parts|slots|method\.ts))|apps\/cli\/src\/commands\/adapter-import\.ts)/,
  },
  {
    kind: 'kinds of trial',
    names: trialKinds.map(({ name }) => name),
    rooms: /^libs\/(contracts\/src\/trial-kinds|client\/src)/,
    // Splits of data and sides of a paper claim have these names too.
    after: kindIs,
  },
  {
    kind: 'searches',
    names: searches.map(({ name }) => name),
    rooms: /^(libs\/contracts\/src\/searches|apps\/api\/src\/strategies\/searches|libs\/client\/src)/,
    // A weight is drawn at random, and pages have grids.
    after: kindIs,
  },
  {
    kind: 'schedulers',
    names: schedulers.map(({ name }) => name),
    rooms: /^(libs\/contracts\/src\/schedulers|apps\/api\/src\/strategies\/schedulers|libs\/client\/src)/,
    // Columns of statements are medians.
    after: kindIs,
  },
  {
    kind: 'methods and optimizers',
    names: [...methods, ...optimizers].map(({ name }) => name),
    rooms: /^libs\/(peft\/src\/(methods|optimizers|parts)|client\/src)/,
    // A proof of an engine trains one, and what is usual is one: data that nobody compares with.
    after: compared,
  },
  {
    kind: 'methods that train nothing',
    names: evaluatorNames,
    rooms: /^libs\/evaluators\/src\/(baselines|procedures|robustness)/,
    // Weights and searches are random, too.
    after: '\\b(?:method|name)\\s*[!=]==?\\s*',
  },
  {
    kind: 'federated strategies',
    names: strategyNames,
    rooms: /^libs\/federated\/src\/strategies/,
    // Schedulers, bases and decompositions have these names too.
    after: '(?:[sS]trategy(?:\\.name)?\\s*[!=]==?|findStrategy\\()\\s*',
  },
  {
    kind: 'recipes',
    names: recipeNames,
    rooms: /^libs\/peft\/src\/recipes/,
    // Losses of queries have these names too.
    after: '(?:[rR]ecipe(?:\\.name)?\\s*[!=]==?|findRecipe\\()\\s*',
  },
  {
    kind: 'objectives',
    names: objectiveNames,
    // A task, a packaged data set and the proof of an engine say what a model is trained for on their data; problems of transformers
    // have names of ours.
    rooms:
      /^(libs\/peft\/src\/(objectives|export\/head\.ts)|libs\/tasks\/src\/tasks|apps\/cli\/src\/datasets\/packaged\.ts|apps\/worker\/src\/(engine|runner)-proof\.ts|libs\/client\/src)/,
  },
  {
    kind: 'engines',
    names: engineNames,
    // A worker asks an engine that is open what it has on a device, and a command line adds one. An estimate for torch is a profile, on
    // whatever device.
    rooms:
      /^(libs\/(peft\/src\/(engine|memory\/torch)|contracts\/src\/engines\.ts|client\/src)|apps\/(worker\/src\/device|cli\/src\/(engines|commands\/estimate)|dashboard\/src\/features\/estimate))/,
    // Who starts an engine names it: data that nobody compares with.
    after: compared,
  },
  {
    kind: 'kinds of generator',
    names: generatorKinds.map(({ name }) => name),
    rooms:
      /^(libs\/(contracts\/src\/generator-kinds|generators\/src|client\/src)|apps\/(api|worker|cli)\/src\/.*generators?)/,
    // Artifacts and sources of a base have these names too.
    after: '(?:[gG]enerator|spec)\\.kind\\s*[!=]==?\\s*',
  },
  {
    kind: 'attacks',
    names: attackNames,
    rooms: /^libs\/(federated\/src\/attacks|client\/src)/,
    after: compared,
  },
  {
    kind: 'architectures',
    names: architectureNames,
    rooms: /^libs\/(peft\/src\/models\/architectures|client\/src)/,
    after: compared,
  },
  {
    kind: 'measures',
    names: measures.map(({ name }) => name),
    rooms: /^(libs\/contracts\/src\/measures|libs\/client\/src)/,
  },
];

const sources = execFileSync('git', ['ls-files', 'apps/*/src/*', 'libs/*/src/*'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file));

const isComment = /^\s*(\/?\*|\/\/)/;

describe.each(registries)('$kind', ({ names, rooms, after = '' }) => {
  it('finds no name of a record outside its room', () => {
    const quoted = new RegExp(`${after}(['"\`])(${names.join('|')})\\1`);
    const found = sources
      .filter((file) => !rooms.test(file))
      .flatMap((file) =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            quoted.test(line) && !isComment.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
          ),
      );
    expect(found).toEqual([]);
  });

  it('have their rooms', () => {
    // Records that belong together may share a file.
    expect(sources.filter((file) => rooms.test(file)).length).toBeGreaterThan(names.length / 2);
  });
});
