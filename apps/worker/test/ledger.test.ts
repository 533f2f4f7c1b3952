import { expect, it } from 'vitest';
import { DeviceLedger } from '../src/device/ledger.js';

const long = { timeoutMs: 60_000 };

it('lets small ones pass a large one, until it has waited long enough; then the device drains for it', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 4, patienceMs: 1000 });
  const first = await ledger.reserve(60, long);
  const order: string[] = [];
  const sinceMs = performance.now() - 500;
  const large = ledger.reserve(90, { ...long, sinceMs }).then((room) => {
    order.push('large');
    return room;
  });
  const passing = await ledger.reserve(10, long);
  expect(ledger.fits(10)).toBe(true);
  const due = ledger.reserve(95, { ...long, sinceMs: sinceMs - 1000 }).then((room) => {
    order.push('due');
    return room;
  });
  expect([ledger.fits(10), ledger.listens(10, undefined)]).toEqual([false, false]);
  const small = ledger.reserve(10, long).then((room) => {
    order.push('small');
    return room;
  });
  passing?.release();
  first?.release();
  (await due)?.release();
  (await large)?.release();
  (await small)?.release();
  expect(order).toEqual(['due', 'large', 'small']);
  expect([ledger.reservedBytes, ledger.running]).toEqual([0, 0]);
});

it('does not give up the one it drains for', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 0 });
  const room = await ledger.reserve(60, long);
  const due = ledger.reserve(90, { timeoutMs: 5 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  room?.release();
  expect((await due)?.bytes).toBe(90);
});

it('listens to a class that was turned away for long enough', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 1000 });
  await ledger.reserve(60, long);
  expect(ledger.listens(90, undefined)).toBe(false);
  expect(ledger.listens(90, performance.now() - 500)).toBe(false);
  expect(ledger.listens(90, performance.now() - 1000)).toBe(true);
});

it('lets a request go when it is told to', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 0 });
  await ledger.reserve(60, long);
  const stop = new AbortController();
  const waiting = ledger.reserve(90, { ...long, signal: stop.signal });
  stop.abort();
  expect(await waiting).toBeUndefined();
  expect(ledger.fits(40)).toBe(true);
});

it('follows its capacity, keeps what is reserved, and gives up what cannot be held any more', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 0 });
  const room = await ledger.reserve(60, long);
  const waiting = ledger.reserve(90, long);
  ledger.resize(50);
  expect(await waiting).toBeUndefined();
  expect([ledger.capacityBytes, ledger.reservedBytes, ledger.fits(1)]).toEqual([60, 60, false]);
  room?.release();
  expect([ledger.capacityBytes, ledger.fits(50), ledger.fits(51)]).toEqual([50, true, false]);
  expect(await ledger.reserve(90, long)).toBeUndefined();
  ledger.resize(100);
  expect((await ledger.reserve(90, long))?.bytes).toBe(90);
});

it('counts slots apart from bytes', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 1 });
  const room = await ledger.reserve(1, long);
  expect(ledger.fits(1)).toBe(false);
  room?.release();
  expect(ledger.fits(1)).toBe(true);
});

it('gives up after its time', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 1000 });
  await ledger.reserve(60, long);
  const impatient = ledger.reserve(90, { timeoutMs: 5 });
  const full = await ledger.reserve(40, long);
  const behind = ledger.reserve(40, long);
  expect(await impatient).toBeUndefined();
  full?.release();
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

it('lends everything that is free while a pack is claimed, and nothing that others wait for', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 4, patienceMs: 1000 });
  const room = await ledger.reserve(20, long);
  const other = await ledger.reserve(30, long);
  room?.extend();
  expect([room?.bytes, ledger.reservedBytes, ledger.fits(1)]).toEqual([70, 100, false]);
  room?.shrink(45);
  expect([room?.bytes, ledger.reservedBytes, ledger.fits(25)]).toEqual([45, 75, true]);
  const waiting = ledger.reserve(90, long);
  room?.extend();
  expect(room?.bytes).toBe(45);
  room?.release();
  other?.release();
  (await waiting)?.release();
  room?.extend();
  expect(ledger.reservedBytes).toBe(0);
});

it('gives the whole device when nothing else runs on it, and nothing beside it', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 0 });
  const room = await ledger.reserve(10, long);
  const whole = ledger.reserve(20, { ...long, whole: true });
  const after = ledger.reserve(1, long);
  ledger.resize(80);
  expect([ledger.fits(1), ledger.running]).toEqual([false, 1]);
  room?.release();
  const all = await whole;
  expect([all?.bytes, ledger.running, ledger.reservedBytes]).toEqual([80, 3, 80]);
  // Bytes that others give back meanwhile are nobody's yet.
  ledger.resize(100);
  expect([ledger.fits(1), ledger.listens(1, undefined)]).toEqual([false, false]);
  all?.release();
  (await after)?.release();
  expect([ledger.reservedBytes, ledger.running, ledger.fits(100)]).toEqual([0, 0, true]);
  expect(await ledger.reserve(101, { ...long, whole: true }).catch((error: Error) => error.name)).toBe('RangeError');
});

it('lets others begin until who asks for the whole device has waited long enough', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3, patienceMs: 60_000 });
  await ledger.reserve(10, long);
  const whole = ledger.reserve(20, { timeoutMs: 5, whole: true });
  expect(ledger.fits(10)).toBe(true);
  expect(await whole).toBeUndefined();
});

it('gives all slots that are asked for or none, and at most those that there are', async () => {
  const ledger = new DeviceLedger({ bytes: 100, slots: 3 });
  const one = await ledger.reserve(10, long);
  const three = ledger.reserve(30, { ...long, slots: 3 });
  expect(ledger.running).toBe(1);
  one?.release();
  expect((await three)?.bytes).toBe(30);
  expect([ledger.running, ledger.reservedBytes, ledger.fits(10)]).toEqual([3, 30, false]);
  (await three)?.release();
  const more = await ledger.reserve(10, { ...long, slots: 8 });
  expect(ledger.running).toBe(3);
  more?.release();
  expect(ledger.running).toBe(0);
});
