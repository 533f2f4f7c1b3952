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

  it('that are wrong are named, all of them, with what they are for and never with their value', () => {
    const read = () => readSettings({ DATABASE_URL: 'mysql://u:secret@h/d', PORT: '70000' });
    expect(read).toThrow(/DATABASE_URL.*PostgreSQL/s);
    expect(read).toThrow(/REDIS_URL/);
    expect(read).toThrow(/PORT/);
    expect(read).not.toThrow(/secret/);
  });
});
