/** @file The set-up of a file of tests in a browser: a platform with its page, and a Chromium that looks at it. */
import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { createPlatform, type Platform, type TestApi } from '../support/index.js';
import { launchBrowser, openPage, screenshots, type WatchedPage } from './dashboard-page.js';

/** A platform whose page is looked at. */
interface Served {
  api: TestApi;
  stop(): Promise<void>;
}

export interface OpenedDashboard<P extends Served> {
  readonly platform: P;
  readonly api: TestApi;
  readonly browser: Browser;
  /** See `openPage`. */
  openPage(options?: BrowserContextOptions): Promise<WatchedPage>;
}

/**
 * Opens a platform and a browser before the tests of the file that calls this, and ends both after them.
 *
 * @param create such as `createTinyPlatform`
 * @param prepare what the tests need besides, such as a worker or a sweep that is over
 * @example
 * const on = openedDashboard(createTinyPlatform, (platform) => platform.hostWorker());
 * // In its tests:
 * const { page, close } = await on.openPage();
 */
export function openedDashboard<P extends Served>(
  create: () => Promise<P>,
  prepare: (platform: P) => Promise<unknown> = async () => {},
): OpenedDashboard<P> {
  let platform: P | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    platform = await create();
    await prepare(platform);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });
  return {
    get platform() {
      return platform!;
    },
    get api() {
      return platform!.api;
    },
    get browser() {
      return browser!;
    },
    openPage: (options) => openPage(browser!, platform!.api.url, options),
  };
}

/** A platform with neither base models nor data sets of its own. */
export async function createEmptyPlatform(): Promise<Platform & { api: TestApi }> {
  const platform = await createPlatform();
  return { ...platform, api: await platform.hostApi() };
}
