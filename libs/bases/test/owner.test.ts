/** @file Who may download a model into a folder that several processes, machines and containers share. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gpt2Files } from '../../../test/support/gpt2-files.js';
import { type HubServer, hubModel, startHub } from '../../../test/support/hub-server.js';
import { AddBaseError, addFromHub } from '../src/add.js';
import { here } from '../src/owner.js';

describe('a model of a hub', () => {
  const threeMinutesAgo = () => new Date(Date.now() - 180_000);
  let modelsDir = '';
  let owner = '';
  let hub: HubServer;
  beforeEach(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'owner-'));
    owner = join(modelsDir, '.incoming', 'some-model.owner');
    await mkdir(join(modelsDir, '.incoming'));
    hub = await startHub(Object.fromEntries(gpt2Files('sharded')));
  });
  afterEach(async () => {
    await hub.close();
    await rm(modelsDir, { recursive: true });
  });
  const add = () => addFromHub(hubModel, { modelsDir, settings: { url: hub.url, token: undefined } });

  test('refuses while another process downloads it, and takes over from one that is gone', async () => {
    await writeFile(owner, `${hostname()} ${process.ppid} ${here}`);
    await expect(add()).rejects.toThrow(AddBaseError);
    await expect(add()).rejects.toThrow(`process ${process.ppid} (heard 0 s ago) downloads the same model`);
    await expect(add()).rejects.toThrow(`wait for its end; if there is no such process, remove ${owner}`);
    await writeFile(owner, `${hostname()} ${2 ** 22 + 1} ${here}`);
    await add();
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  test('takes over from a process whose number another has by now, as after the machine was started again', async () => {
    await writeFile(owner, `${hostname()} ${process.ppid} ${here}`);
    await utimes(owner, threeMinutesAgo(), threeMinutesAgo());
    await add();
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  test('refuses while a process of a container that shares the name of this machine downloads it', async () => {
    // Its number is that of no process here, and then that of this one.
    for (const pid of [2 ** 22 + 1, process.pid]) {
      await writeFile(owner, `${hostname()} ${pid} 000000000000`);
      await expect(add()).rejects.toThrow(`a process of another machine or container (${hostname()} ${pid}, heard 0 s`);
    }
  });

  test('refuses while a process of another machine downloads it, and takes over where that was not heard for minutes', async () => {
    // Its number is that of a process here.
    await writeFile(owner, `elsewhere ${process.ppid}`);
    await expect(add()).rejects.toThrow(
      /a process of another machine or container \(elsewhere \d+, heard 0 s ago\) downloads/,
    );
    await utimes(owner, threeMinutesAgo(), threeMinutesAgo());
    await add();
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  test('takes over from an earlier process that had the same number, as processes of containers have', async () => {
    await writeFile(owner, `${hostname()} ${process.pid} ${here}`);
    await add();
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });
});
