/** @file A real Chromium on the dashboard, which notes everything that a user's console or network panel would show. */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from '@rankforge/cli';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { expect, onTestFailed } from 'vitest';
import { casesOf, onlyInFull } from '../support/full.js';

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}

/** Where pages are kept to be looked at: with `--full` as they are in each look, and as they were when a test failed. */
export const screenshots = join(tmpdir(), 'rankforge-screenshots');

const everyLook = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 390 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 1280 },
] as const;

/** What pages are looked at in: each theme and each width, and with `--full` each theme at each width. */
export const looks = casesOf('pages in a theme at a width', everyLook, everyLook.slice(0, 2));

const picturesAreKept = onlyInFull('pictures of pages, for people: nothing is compared with them');

/** Keeps a picture of the whole page, with `--full`. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (picturesAreKept) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

export interface WatchedPage {
  page: Page;
  /** Console errors and uncaught exceptions, with the address they are about. */
  errors: string[];
  /** Addresses outside the server that the page asked for. */
  external: string[];
  close(): Promise<void>;
}

export async function openPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  onTestFailed(async ({ task }) => {
    if (page.isClosed()) return;
    await page.screenshot({ path: join(screenshots, `failed ${task.name.replaceAll('/', ' ')}.png`), fullPage: true });
  });
  const errors: string[] = [];
  const external: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`.trim());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== baseURL) external.push(request.url());
  });
  return { page, errors, external, close: () => context.close() };
}

/** Signs in the way the local launcher does. */
export async function signInByLink(page: Page, key: string, path = '/sweeps'): Promise<void> {
  await page.goto(`${path}#key=${key}`);
  await page.getByRole('button', { name: 'Account' }).waitFor();
}

/** Waits for the page of a sweep, which goes on to one of its tabs. @returns the id of the sweep */
export async function untilSweep(page: Page): Promise<string> {
  const tab = /\/sweeps\/([0-9a-f-]{36})\/(?:curves|leaderboard)(?:\?|$)/;
  await page.waitForURL(tab);
  return tab.exec(page.url())![1]!;
}

/** Pixels by which the page is wider than its window. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Waits until nothing fades, folds or slides any more. */
export async function untilStill(page: Page): Promise<void> {
  const moves = () => page.evaluate('document.getAnimations().some((each) => each instanceof CSSTransition)');
  await expect.poll(moves).toBe(false);
}

/** A path, the name of its picture, and what is waited for and looked at. */
export type Looked = [path: string, name: string, ready: (page: Page) => Promise<unknown>];

/** Looks at a page in each look, none of them wider than its window or with an error. */
export async function lookAt(
  browser: Browser,
  { url, key }: { url: string; key: string },
  ...[path, name, ready]: Looked
): Promise<void> {
  for (const { colorScheme, width } of looks) {
    const { page, errors, close } = await openPage(browser, url, { colorScheme, viewport: { width, height: 900 } });
    await signInByLink(page, key, path);
    await ready(page);
    await keepPicture(page, `${name}-${colorScheme}-${width}`);
    expect([await horizontalOverflow(page), errors]).toEqual([0, []]);
    await close();
  }
}

/** The fault of an SVG that is no XML, which viewers refuse; undefined where there is none. */
export const faultOfSvg = (page: Page, svg: string) =>
  page.evaluate<string | undefined>(
    `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml').querySelector('parsererror')?.textContent`,
  );

/** The file that a click on a button saves. */
export async function savedBy(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const waiting = page.waitForEvent('download');
  await button.click();
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}
