/** @file Every page of the dashboard with one of everything that a user brings in, and what axe finds on a page. */
import type { AdapterView, DatasetView } from '@rankforge/contracts';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { submit, tinySweep, untilCompleted } from '../e2e/worker-sweeps.js';
import type { TestApi } from '../support/index.js';
import type { TinyPlatform } from '../support/tiny-platform.js';
import { horizontalOverflow, keepPicture, untilStill } from './dashboard-page.js';
import { filesOf } from './tar-files.js';

/** Ids for the parameters of the addresses, by their name in the router. */
export type AddressIds = Readonly<Record<string, string>>;

/** Adds a data set with a finished sweep over it, and an adapter of Python peft made from a LoRA trial. */
export async function bringIn(platform: TinyPlatform, api: TestApi, loraTrialId: string): Promise<AddressIds> {
  const dataset = await post<DatasetView>(platform, api, '/v1/datasets', {
    spec: {
      name: 'animals',
      format: 'csv',
      mapping: { objective: 'classification', text: 'text', label: 'animal' },
      split: { by: 'hash', validation: 0.2, test: 0.2 },
    },
    file: Buffer.from(animals),
    name: 'animals.csv',
  });
  const sweepId = await submit(
    platform,
    api,
    tinySweep(platform.base, {
      name: 'Over a data set',
      tags: ['animals', 'a longer tag of three words'],
      note: 'Two methods, one of which does not fit.\nTo be extended.',
      task: dataset.task,
      methods: [{ name: 'lora' }, { name: 'bitfit' }],
      memoryBudgetMiB: [0.5, 512],
      seed: [0, 1],
      training: { steps: 5 },
    }),
  );
  await untilCompleted(platform, sweepId);
  const tar = await platform.request(api, `/v1/trials/${loraTrialId}/adapter?format=peft`);
  const files = await filesOf(Buffer.from(await tar.arrayBuffer()));
  const config = JSON.parse(files.get('adapter_config.json')!.toString()) as object;
  const adapter = await post<AdapterView>(platform, api, '/v1/adapters', {
    spec: { name: 'mine', base: platform.base, config },
    file: files.get('adapter_model.safetensors')!,
    name: 'adapter_model.safetensors',
  });
  const trial = await platform.db.trial.findFirstOrThrow({ where: { sweepId, state: 'SUCCEEDED', kind: 'train' } });
  return { sweepId, trialId: trial.id, datasetId: dataset.id, adapterId: adapter.id };
}

const syllables = 'ba ke lo mi nu pa re so ti vu da fe go hi ju'.split(' ');

/** Lines of words unlike each other, among which one tells the class. */
const animals = ['text,animal']
  .concat(
    Array.from({ length: 60 }, (_, i) => {
      const words = [1, 2, 4, 7].map((step) => syllables[(i * step) % 15]! + syllables[(i + step) % 14]!);
      return `It ${i % 2 ? 'barks' : 'purrs'} ${words.join(' ')},${i % 2 ? 'dog' : 'cat'}`;
    }),
  )
  .join('\n');

async function post<T>(
  platform: TinyPlatform,
  api: TestApi,
  path: string,
  { spec, file, name }: { spec: object; file: Buffer; name: string },
): Promise<T> {
  const form = new FormData();
  form.set('spec', JSON.stringify(spec));
  form.set('file', new Blob([new Uint8Array(file)]), name);
  const headers = { authorization: `Bearer ${platform.keys.submitter}` };
  const response = await fetch(`${api.url}${path}`, { method: 'POST', headers, body: form });
  const made = (await response.json()) as T;
  expect(response.status, JSON.stringify(made)).toBe(201);
  return made;
}

/** Addresses of all routes that the page of this build knows, with ids filled in. */
export async function addressesOf(page: Page, ids: AddressIds): Promise<string[]> {
  const routes = await page.evaluate<string[]>('Object.keys(self.__TSR_ROUTER__.routesByPath)');
  expect(routes.length).toBeGreaterThan(20);
  return routes.map((route) =>
    route.replace(/\$(\w+)/g, (_, name: string) => {
      const id = ids[name];
      if (id === undefined) throw new Error(`${route} needs an id for $${name}: add one to bringIn`);
      return id;
    }),
  );
}

/** Violations that axe calls serious or critical, one line each with the elements they are about. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // A panel that is still fading in has colours of its own.
  await untilStill(page);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run({ resultTypes: ["violations"] })');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`.trim()),
    );
}

/**
 * Opens an address and waits until it is drawn; the page fits its width and knows what it shows.
 *
 * @returns what axe calls serious on it, with the address
 */
export async function seriousOn(
  page: Page,
  address: string,
  { width, colorScheme }: { width: number; colorScheme: string },
): Promise<string[]> {
  await page.goto(address);
  await page.waitForLoadState('load');
  await page.getByRole('heading').first().waitFor();
  await expect.poll(() => page.getByRole('status', { name: /^Loading/ }).count(), { message: address }).toBe(0);
  await expect.poll(() => page.locator('[aria-busy=true]').count(), { message: address }).toBe(0);
  expect(await page.getByText('does not know').count(), address).toBe(0);
  expect(await horizontalOverflow(page), `${address} at ${width} px`).toBe(0);
  const name = address.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replaceAll(/\W+/g, '-');
  await keepPicture(page, `page${name}-${width}-${colorScheme}`);
  return (await seriousViolations(page)).map((violation) => `${address}: ${violation}`);
}
