/** @file Code of pages, fetched when it is needed first. */
import { type ComponentType, createElement, type FunctionComponent, use } from 'react';
import { currentConnection } from '../lib/connection.js';

type Load = () => Promise<void>;

const pages: Load[] = [];

/** Code that could not be fetched; not a defect of the page. */
export class PageCodeError extends Error {
  override readonly name = 'PageCodeError';
}

/**
 * A page, or a dialog, whose code is a file of its own. Unlike the router's own, it never loads the window again while the server is away:
 * that would end in the browser's error page.
 */
export function lazyPage<Name extends string, Props extends object>(
  importer: () => Promise<Record<Name, ComponentType<Props>>>,
  name: Name,
): FunctionComponent<Props> & { preload: Load } {
  let component: ComponentType<Props> | undefined;
  let failed: PageCodeError | undefined;
  let loading: Promise<void> | undefined;

  const load: Load = () => {
    loading ??= importer()
      .then((module) => {
        component = module[name];
      })
      .catch((cause: unknown) => {
        // For good: the browser asks for a module that failed no more until the window is loaded again.
        failed = new PageCodeError('The code of this page could not be fetched.', { cause });
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  const Page = (props: Props) => {
    if (component) return createElement(component, props);
    if (failed) throw failed;
    use(load());
    return null;
  };
  pages.push(load);
  return Object.assign(Page, { preload: load });
}

/** Fetches the code of all pages while nothing else is to be done, so that an outage finds it here. */
export async function warmPages(): Promise<void> {
  for (const load of pages) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!currentConnection().isAway) await load();
  }
}
