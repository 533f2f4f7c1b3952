import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** Vouches for the other two. */
  ca: string;
  /** Of a server whose only name is `name`. */
  serverCert: string;
  serverKey: string;
  clientCert: string;
  clientKey: string;
}

/**
 * Makes an authority in `dir`, and certificates of a server and of a client, by openssl; returns their paths.
 *
 * @param client common name of the client; default `rankforge`
 */
export function makeCertificates(dir: string, name: string, client = 'rankforge'): Certificates {
  const path = (file: string) => join(dir, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const keyArgs = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    ...['req', '-x509', ...keyArgs, '-keyout', path('ca.key'), '-out', path('ca.crt'), '-days', '2'],
    ...['-subj', '/CN=test authority'],
  );
  const signed = (file: string, commonName: string, altName: string) => {
    openssl(
      'req',
      ...keyArgs,
      '-keyout',
      path(`${file}.key`),
      '-out',
      path(`${file}.csr`),
      '-subj',
      `/CN=${commonName}`,
    );
    writeFileSync(path(`${file}.ext`), `subjectAltName=${altName}\n`);
    openssl(
      ...['x509', '-req', '-in', path(`${file}.csr`), '-CA', path('ca.crt'), '-CAkey', path('ca.key')],
      ...['-CAcreateserial', '-days', '2', '-extfile', path(`${file}.ext`), '-out', path(`${file}.crt`)],
    );
  };
  signed('server', name, `DNS:${name}`);
  signed('client', client, `DNS:${client}`);
  return {
    ca: path('ca.crt'),
    serverCert: path('server.crt'),
    serverKey: path('server.key'),
    clientCert: path('client.crt'),
    clientKey: path('client.key'),
  };
}
