/** @file What the tests share with the scripts that start them, which are JavaScript. */

export interface ServerAddresses {
  /** The database server's address, without a database name at its end. */
  postgres: string;
  redis: string;
  /** A migrated database to clone. */
  template: string;
}

interface Scripts {
  'lib/stale': { isBuilt(): boolean };
  'lib/tests/servers': {
    serversVariable: string;
    throwAwaySettings: Record<string, string>;
    startTestServers(): Promise<{ addresses: ServerAddresses; stop(): Promise<void> }>;
  };
}

/** Loads a script when it is wanted: what it imports is there only once programs are built. */
export const loadScript = <Name extends keyof Scripts>(name: Name): Promise<Scripts[Name]> =>
  import(new URL(`../../scripts/${name}.mjs`, import.meta.url).href);
