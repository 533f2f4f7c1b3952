/** @file How programs reach the servers, so that the way can be cut: network namespaces, or proxies where there are none. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { execa } from 'execa';

/** The way from one program to one server. */
export interface Link {
  readonly host: string;
  readonly port: number;
  /** From now on nothing gets through, and nobody is told: packets are lost, connections stay open. */
  cut(): Promise<void>;
  /** What TCP kept is sent again. */
  heal(): Promise<void>;
}

export interface Network {
  /** For the report. */
  readonly how: string;
  link(program: string, server: ServerName): Link;
  /** Command words that start a program where its links are. */
  wrap(program: string, command: string[]): string[];
  /** Address at which the harness finds what the program listens on. */
  hostOf(program: string): string;
  close(): Promise<void>;
}

export const serverNames = ['redis', 'postgres'] as const;
export type ServerName = (typeof serverNames)[number];

/** First two numbers of the addresses in the namespaces. */
const subnet = '10.213';

/**
 * A network namespace a program, joined to this one by a pair of virtual devices for each server. A cut takes this end
 * down; the program's neighbour entry is permanent, so that its packets vanish instead of failing at once.
 *
 * This process must be root in a network namespace of its own: see scripts/chaos.mjs.
 */
export async function namespaces(programs: readonly string[], ports: Record<ServerName, number>): Promise<Network> {
  const links = new Map<string, Link>();
  for (const [index, program] of programs.entries()) {
    await ip('netns', 'add', program);
    await ip('-n', program, 'link', 'set', 'lo', 'up');
    for (const [offset, server] of serverNames.entries()) {
      const network = `${subnet}.${2 * index + offset}`;
      const device = `${server}${index}`;
      await ip('link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', server, 'netns', program);
      await ip('addr', 'add', `${network}.1/24`, 'dev', device);
      await ip('link', 'set', device, 'up');
      await ip('-n', program, 'addr', 'add', `${network}.2/24`, 'dev', server);
      await ip('-n', program, 'link', 'set', server, 'up');
      const [{ address }] = JSON.parse(await ip('-json', 'link', 'show', device)) as [{ address: string }];
      const entry = [`${network}.1`, 'lladdr', address, 'dev', server, 'nud', 'permanent'];
      await ip('-n', program, 'neigh', 'replace', ...entry);
      links.set(`${program} ${server}`, {
        host: `${network}.1`,
        port: ports[server],
        cut: async () => void (await ip('link', 'set', device, 'down')),
        heal: async () => void (await ip('link', 'set', device, 'up')),
      });
    }
  }
  return {
    how: 'network namespaces joined by veth pairs; a cut takes the pair down',
    link: (program, server) => links.get(`${program} ${server}`)!,
    wrap: (program, command) => ['ip', 'netns', 'exec', program, ...command],
    // The harness reaches the API by its way to Postgres.
    hostOf: (program) => `${subnet}.${2 * programs.indexOf(program) + serverNames.indexOf('postgres')}.2`,
    async close() {
      for (const [index, program] of programs.entries()) {
        await ip('netns', 'del', program);
        // Deleting a namespace is done in the background; its devices must be gone before their names are used again.
        for (const server of serverNames) await ip('link', 'del', `${server}${index}`).catch(() => undefined);
      }
    },
  };
}

async function ip(...args: string[]): Promise<string> {
  return (await execa('ip', args)).stdout;
}

/** A proxy a link, in this process. A cut one reads from neither side: what is sent waits, as it does for lost packets. */
export async function proxies(programs: readonly string[], ports: Record<ServerName, number>): Promise<Network> {
  const made = new Map<string, Proxy>();
  for (const program of programs) {
    for (const server of serverNames) made.set(`${program} ${server}`, await openProxy(ports[server]));
  }
  return {
    how: 'TCP proxies that stop forwarding (this machine allows no network namespaces)',
    link: (program, server) => made.get(`${program} ${server}`)!,
    wrap: (_, command) => command,
    hostOf: () => '127.0.0.1',
    async close() {
      await Promise.all([...made.values()].map((proxy) => proxy.close()));
    },
  };
}

interface Proxy extends Link {
  close(): Promise<void>;
}

async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let cut = false;
  const forward = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (data) => to.write(data));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (cut) from.pause();
  };
  const server: Server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    forward(client, upstream);
    forward(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    host: '127.0.0.1',
    port,
    async cut() {
      cut = true;
      for (const socket of sockets) socket.pause();
    },
    async heal() {
      cut = false;
      for (const socket of sockets) socket.resume();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
