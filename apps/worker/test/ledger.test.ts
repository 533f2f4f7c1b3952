import { expect, it } from 'vitest';
import { DeviceLedger } from '../src/device/ledger.js';

const long = { timeoutMs: 60_000 };

it('grants while bytes and slots last, and serves those who wait in their order', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 2 });
  const first = await ledger.reserve(60, long);
  const order: string[] = [];
  const large = ledger.reserve(90, long).then((room) => {
    order.push('large');
    return room;
  });
  const small = ledger.reserve(10, long).then((room) => {
    order.push('small');
    return room;
  });
  expect(ledger.fits(10)).toBe(false); // would overtake
  expect(ledger.reservedBytes).toBe(60);
  first?.release();
  const rooms = await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
  expect([ledger.reservedBytes, ledger.running]).toEqual([100, 2]);
  for (const room of rooms) room?.release();
  expect([ledger.reservedBytes, ledger.running]).toEqual([0, 0]);
});

it('counts slots apart from bytes', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 1 });
  const room = await ledger.reserve(1, long);
  expect(ledger.fits(1)).toBe(false);
  room?.release();
  expect(ledger.fits(1)).toBe(true);
});

it('gives up after its time and lets those behind pass', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3 });
  await ledger.reserve(60, long);
  const impatient = ledger.reserve(90, { timeoutMs: 5 });
  const behind = ledger.reserve(40, long);
  expect(await impatient).toBeUndefined();
  expect((await behind)?.bytes).toBe(40);
});

it('gives back what shrinks, once, and never grows', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3 });
  const room = await ledger.reserve(80, long);
  const waiting = ledger.reserve(50, long);
  room?.shrink(200);
  expect(ledger.reservedBytes).toBe(80);
  room?.shrink(30);
  const other = await waiting;
  expect([room?.bytes, other?.bytes, ledger.reservedBytes]).toEqual([30, 50, 80]);
  room?.release();
  room?.release();
  room?.shrink(0);
  expect([ledger.reservedBytes, ledger.running]).toEqual([50, 1]);
});

it('refuses what the device could never hold', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 1 });
  await expect(ledger.reserve(101, long)).rejects.toThrow('asks for 101 bytes; the device holds 100');
});

it('tells listeners of every change', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 1 });
  const seen: number[] = [];
  ledger.onChange(() => seen.push(ledger.reservedBytes));
  const room = await ledger.reserve(10, long);
  room?.release();
  expect(seen).toEqual([10, 0]);
});
