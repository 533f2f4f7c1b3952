import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startService } from '@rankforge/cli';
import { parse, stringify } from 'yaml';
import { waitFor } from '../../../test/support/index.js';
import { infraDirectory, type Json } from './render.js';

export interface Prometheus {
  /** Names of all series. */
  metricNames(): Promise<Set<string>>;
  /** Labels of the series of a metric. */
  labels(metric: string): Promise<Set<string>>;
  /** Samples of an instant query. @throws Error with Prometheus' message when the expression is wrong */
  query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]>;
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus with the configuration and the rules of this folder, of which only the targets, the path of the
 * token and the intervals are changed, and waits until every target was scraped and every rule evaluated.
 */
export async function startPrometheus(
  program: string,
  directory: string,
  targets: Record<string, string>,
  token: string,
): Promise<Prometheus> {
  await mkdir(directory, { recursive: true });
  const tokenFile = join(directory, 'token');
  const config = parse(await readFile(join(infraDirectory, 'prometheus/prometheus.yml'), 'utf8')) as Json;
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  for (const job of config.scrape_configs) {
    delete job.dns_sd_configs;
    job.static_configs = [{ targets: [targets[job.job_name]] }];
    job.authorization.credentials_file = tokenFile;
  }
  await writeFile(tokenFile, token);
  await writeFile(join(directory, 'prometheus.yml'), stringify(config));
  await writeFile(join(directory, 'rules.yml'), await readFile(join(infraDirectory, 'prometheus/rules.yml')));

  const port = await freePort();
  const service = await startService({
    name: 'prometheus',
    command: program,
    args: [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    logFile: join(directory, 'prometheus.log'),
  });
  const ask = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const body = (await response.json()) as { status: string; data: T; error?: string };
    if (body.status !== 'success') throw new Error(`${body.error}: ${parameters.query ?? path}`);
    return body.data;
  };
  const jobs = Object.keys(targets).length;
  try {
    await waitFor('Prometheus to have scraped every target twice and evaluated the rules', async () => {
      const { result } = await ask<{ result: unknown[] }>('query', {
        query: 'count_over_time(up[1m]) > 2 and up == 1',
      });
      const rules = await ask<{ groups: { rules: { lastError?: string; evaluationTime: number }[] }[] }>('rules');
      return result.length === jobs && rules.groups.flatMap((group) => group.rules).every((r) => r.evaluationTime > 0);
    });
  } catch (cause) {
    const { activeTargets } = await ask<{ activeTargets: { scrapeUrl: string; lastError: string }[] }>('targets');
    const said = activeTargets.map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError || 'no error'}`);
    await service.stop();
    throw new Error(`${(cause as Error).message}; ${said.join('; ')}`, { cause });
  }
  return {
    metricNames: async () => new Set(await ask<string[]>('label/__name__/values')),
    labels: async (metric) => {
      const series = await ask<Record<string, string>[]>('series', { 'match[]': metric });
      return new Set(series.flatMap((labels) => Object.keys(labels)));
    },
    query: async (expression) => {
      const { result } = await ask<{ result: Awaited<ReturnType<Prometheus['query']>> }>('query', {
        query: expression,
      });
      return result;
    },
    stop: () => service.stop(),
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
