/** @file Addresses of modules that are put into one file. */
import { dirname, relative } from 'node:path';

/**
 * A plugin of the bundler: lets a module find what lies beside it by its own address, which the file that it is put into does not have.
 *
 * @param file where the one file lies
 */
export const ownAddresses = (file) => ({
  name: 'own-addresses',
  transform(code, id) {
    if (!/\bimport\.meta\.(url|dirname|filename)\b/.test(code)) return undefined;
    const own = relative(dirname(file), id).replaceAll('\\', '/');
    const beside = (path) => `(import.meta.dirname + ${JSON.stringify(`/${path}`)})`;
    const addresses = {
      url: `new URL(${JSON.stringify(own)}, import.meta.url).href`,
      dirname: beside(dirname(own)),
      filename: beside(own),
    };
    return {
      code: code.replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, name) => addresses[name]),
      map: null,
    };
  },
});
