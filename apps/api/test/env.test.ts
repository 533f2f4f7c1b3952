import { describe, expect, it } from 'vitest';
import { readSettings } from '../src/platform/env.js';

const least = { DATABASE_URL: 'postgresql://u@h:5432/d', REDIS_URL: 'redis://h:6379' };

describe('settings', () => {
  it('have real types and defaults', () => {
    const settings = readSettings({
      ...least,
      PORT: '0',
      RANKFORGE_SECURE_COOKIE: 'false',
      RANKFORGE_DATA_DIR: '/data',
    });
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 0,
      portFile: undefined,
      dataDir: '/data',
      artifactDir: '/data/artifacts',
      uploadDir: '/data/uploads',
      uploadBytes: 256 * 1024 * 1024,
      queuePrefix: 'rankforge',
      secureCookie: false,
      trustProxy: false,
      logLevel: 'info',
    });
    expect(settings.modelsDir).toMatch(/\/models$/);
  });

  it.each(['', ' '])('take an empty variable (%j) for one that is not set, and never for 0 days', (empty) => {
    const settings = readSettings({
      ...least,
      PORT: empty,
      RANKFORGE_CANCELLED_SWEEP_DAYS: empty,
      RANKFORGE_METRIC_DAYS: empty,
    });
    expect(settings).toMatchObject({ port: 8080, cancelledSweepDays: undefined, metricDays: undefined });
    expect(readSettings({ ...least, RANKFORGE_CANCELLED_SWEEP_DAYS: '0' }).cancelledSweepDays).toBe(0);
  });

  it.each<[string | undefined, number | string[] | false]>([
    [undefined, false],
    ['0', false],
    ['false', false],
    ['2', 2],
    ['10.0.0.0/8, loopback,::1', ['10.0.0.0/8', 'loopback', '::1']],
  ])('take trusted proxies by number or address: %s', (text, trusted) => {
    expect(readSettings({ ...least, RANKFORGE_TRUST_PROXY: text }).trustProxy).toEqual(trusted);
  });

  it.each(['true', '10.0.0.0/33', 'nginx', '-1', '1.2.3', '10.0.0.1,'])('refuse to trust %s', (text) => {
    expect(() => readSettings({ ...least, RANKFORGE_TRUST_PROXY: text })).toThrow(/RANKFORGE_TRUST_PROXY/);
  });

  it.each([
    [{}, false],
    [{ RANKFORGE_PUBLIC_URL: 'https://r.example' }, true],
    [{ RANKFORGE_PUBLIC_URL: 'http://r.example' }, false],
    [{ RANKFORGE_PUBLIC_URL: 'https://r.example', RANKFORGE_SECURE_COOKIE: 'false' }, false],
  ])('keep cookies for HTTPS where the page is: %o', (given, secure) => {
    expect(readSettings({ ...least, ...given }).secureCookie).toBe(secure);
  });

  it('names every wrong setting and its purpose, never its value', () => {
    const read = () => readSettings({ DATABASE_URL: 'mysql://u:secret@h/d', PORT: '70000' });
    expect(read).toThrow(/DATABASE_URL.*PostgreSQL/s);
    expect(read).toThrow(/REDIS_URL/);
    expect(read).toThrow(/PORT/);
    expect(read).not.toThrow(/secret/);
  });
});
