import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { predictionTolerance } from '@rankforge/contracts';
import GithubSlugger from 'github-slugger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { submit, tinySweep, untilCompleted } from '../../test/e2e/worker-sweeps.js';
import { createPlatform, type Platform } from '../../test/support/index.js';
import { writeTinyBase } from '../../test/support/tiny-base.js';
import { dashboard } from '../grafana/dashboard.js';
import { ensureProgram, output } from './support/programs.js';
import { freePort, type Prometheus, startPrometheus } from './support/prometheus.js';
import { selectors } from './support/promql.js';
import { infraDirectory, type Json } from './support/render.js';

const prometheusPackage = { apt: 'prometheus', brew: 'prometheus' };
const server = await ensureProgram('prometheus', prometheusPackage);
const promtool = await ensureProgram('promtool', prometheusPackage);

interface Expression {
  where: string;
  expression: string;
}

const rules = (
  parse(await readFile(join(infraDirectory, 'prometheus/rules.yml'), 'utf8')) as {
    groups: { rules: { record?: string; alert?: string; expr: string; annotations?: Record<string, string> }[] }[];
  }
).groups.flatMap((group) => group.rules);
const recordings: Expression[] = rules.filter((r) => r.record).map((r) => ({ where: r.record!, expression: r.expr }));
const alerts: Expression[] = rules.filter((r) => r.alert).map((r) => ({ where: r.alert!, expression: r.expr }));
const panels: Expression[] = (dashboard().panels ?? []).flatMap((panel: Json) =>
  (panel.targets ?? []).map((target: Json) => ({
    where: `panel "${panel.title}"`,
    expression: target.expr.replaceAll('$__rate_interval', '1m'),
  })),
);

describe.skipIf(!promtool.path)('promtool', () => {
  const check = (...args: string[]) => output(promtool.path as string, args, join(infraDirectory, 'prometheus'));

  test('accepts the configuration', async () => {
    expect(await check('check', 'config', '--syntax-only', 'prometheus.yml')).toContain('SUCCESS');
  });
  test('accepts the rules', async () => {
    expect(await check('check', 'rules', '--lint-fatal', 'rules.yml')).toContain(`${rules.length} rules found`);
  });
  test('sees every alert fire, and stay silent, when it should', async () => {
    expect(await check('test', 'rules', 'rules.test.yml')).toContain('SUCCESS');
    const tested = await readFile(join(infraDirectory, 'prometheus/rules.test.yml'), 'utf8');
    expect(alerts.filter(({ where }) => !tested.includes(where))).toEqual([]);
  });
});

describe('an alert', () => {
  const pages = new Map<string, string>();
  beforeAll(async () => {
    const runbook = await readFile(join(infraDirectory, '../docs/runbook.md'), 'utf8');
    const sections = runbook.split(/^## /m).slice(1);
    for (const section of sections) pages.set(section.split('\n')[0]!, section);
  });

  test('has a section of the runbook, and each section is of an alert', () => {
    expect([...pages.keys()]).toEqual(alerts.map(({ where }) => where));
  });

  test.each(rules.filter(({ alert }) => alert))(
    '$alert names its section, which says what it means, where to look and what to do',
    (rule) => {
      const { alert = '', annotations } = rule;
      expect(annotations?.runbook_url).toBe(`docs/runbook.md#${new GithubSlugger().slug(alert)}`);
      const lines = pages.get(alert)!.trim().split('\n').slice(2);
      expect(lines.map((line) => /^- \*\*(\w+)\.\*\* \S/.exec(line)?.[1])).toEqual(['Means', 'Look', 'Do']);
    },
  );
});

test('an alert says that predictions drift from the bound on that the API states', () => {
  const { expression } = alerts.find(({ where }) => where === 'RankforgePredictionsDrift')!;
  expect(Number(/ > ([\d.]+)\s*$/.exec(expression)?.[1])).toBe(predictionTolerance);
});

const token = 'token-of-these-scrapes';

describe('selectors of an expression', () => {
  test('are its metrics with the labels named for them', () => {
    const found = selectors('sum by (a) (rate(x{b="1"}[5m] offset 1h)) / on (c) y or vector(0)');
    expect(found).toEqual([
      { metric: 'x', labels: new Set(['a', 'b', 'c']) },
      { metric: 'y', labels: new Set(['c']) },
    ]);
  });
  test('cannot be read from an expression that does not parse', () => {
    expect(() => selectors('sum by (a (x)')).toThrow(SyntaxError);
  });
});

describe.skipIf(!server.path)('expressions, asked of a Prometheus that scrapes a real API and a real worker', () => {
  let directory: string;
  let platform: Platform;
  let prometheus: Prometheus;
  let targets: Record<string, string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rankforge-prometheus-'));
    const models = { RANKFORGE_MODELS_DIR: join(directory, 'models') };
    const base = await writeTinyBase(models.RANKFORGE_MODELS_DIR);
    platform = await createPlatform();
    const workerPort = await freePort();
    const api = await platform.startApi({ ...models, RANKFORGE_METRICS_TOKEN: token });
    await platform.startWorker({
      ...models,
      RANKFORGE_WORKER_METRICS_PORT: String(workerPort),
      RANKFORGE_WORKER_METRICS_TOKEN: token,
    });
    targets = { 'rankforge-api': new URL(api.url).host, 'rankforge-worker': `127.0.0.1:${workerPort}` };
    await untilCompleted(platform, await submit(platform, api, tinySweep(base)));
    prometheus = await startPrometheus(server.path as string, join(directory, 'prometheus'), targets, token);
  });

  afterAll(async () => {
    await prometheus?.stop();
    await platform?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** What an expression names that does not exist, as `metric` or `metric{label}`. */
  async function unknown(expression: string): Promise<string[]> {
    const names = await prometheus.metricNames();
    const missing: string[] = [];
    for (const { metric, labels } of selectors(expression)) {
      if (!names.has(metric)) {
        missing.push(metric);
        continue;
      }
      const known = await prometheus.labels(metric);
      missing.push(...[...labels].filter((label) => !known.has(label)).map((label) => `${metric}{${label}}`));
    }
    return missing;
  }

  test.each([...recordings, ...panels, ...alerts])(
    '$where names metrics and labels that exist',
    async ({ expression }) => {
      expect(await unknown(expression)).toEqual([]);
    },
  );

  test.each([...recordings, ...panels])('$where returns series', async ({ expression }) => {
    expect((await prometheus.query(expression)).length).toBeGreaterThan(0);
  });

  test.each(alerts)('$where can be evaluated', async ({ expression }) => {
    await expect(prometheus.query(expression)).resolves.toBeInstanceOf(Array);
  });

  test('figures are those of the sweep that ran', async () => {
    const value = async (expression: string) => Number((await prometheus.query(expression))[0]?.value[1]);
    expect(await value('max(rankforge_trials{kind="train", state="SUCCEEDED"})')).toBe(1);
    expect(await value('state:rankforge_trials:sum{state="SUCCEEDED"}')).toBe(2);
    expect(await value('sum(rankforge_worker_steps_total)')).toBe(60);
    expect(await value('max(rankforge_workers{state="live"})')).toBe(1);
  });

  test('a misspelt metric and a misspelt label are found', async () => {
    expect(await unknown('sum(rankforge_queue_dept)')).toEqual(['rankforge_queue_dept']);
    expect(await unknown('sum by (memory_clas) (rankforge_queue_depth{engin="wasm"})')).toEqual([
      'rankforge_queue_depth{memory_clas}',
      'rankforge_queue_depth{engin}',
    ]);
  });

  test('the series that docs/metrics.md describes are served', async () => {
    const text = await readFile(join(infraDirectory, '../docs/metrics.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `(rankforge_\w+)` +\| (\w+)/gm)].map(([, name, type]) =>
      type === 'histogram' ? `${name}_count` : (name as string),
    );
    expect(documented.length).toBeGreaterThan(10);
    const names = await prometheus.metricNames();
    expect(documented.filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(['rankforge-api', 'rankforge-worker'])(
    '%s answers the token alone, and the API keys of the platform',
    async (job) => {
      const statusFor = async (token?: string) =>
        (await fetch(`http://${targets[job]}/metrics`, token ? { headers: { authorization: `Bearer ${token}` } } : {}))
          .status;
      expect(await statusFor()).toBe(401);
      expect(await statusFor(`rf_${'a'.repeat(43)}`)).toBe(401);
      expect(await statusFor(token)).toBe(200);
      expect(await statusFor(platform.keys.viewer)).toBe(job === 'rankforge-api' ? 200 : 401);
    },
  );
});
