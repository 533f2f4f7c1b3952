/** @file A discrete-event simulation of workers that share queues, one queue a memory class, by the decisions of workers. */
import { type Capacity, decide, heldBytes, listens, type Waiting } from './decide.js';

export interface SimulatedTrial {
  arrivesMs: number;
  /** Upper bound of its memory, by which it is queued. */
  classBytes: number;
  predictedBytes: number;
  durationMs: number;
}

export interface Outcome {
  makespanMs: number;
  /** Share of the bytes × time of all devices, up to the end of the last trial, that trials held. */
  utilization: number;
  /** No schedule ends before: Σ bytes × time / bytes of all devices (and not before the last arrival). */
  boundMs: number;
  /** From arrival to start, the longest of all trials. */
  longestWaitMs: number;
  meanWaitMs: number;
  /** The longest time a trial was first of its queue. */
  longestHeadWaitMs: number;
  /** Largest share of a device that was ever held; above 1 would be a fault. */
  peakShare: number;
}

interface Queued {
  trial: SimulatedTrial;
  headSinceMs: number;
}

interface Queue {
  bytes: number;
  waiting: SimulatedTrial[];
  next: number;
  headSinceMs: number;
}

interface Device {
  running: { endsMs: number; bytes: number }[];
  heldBytes: number;
  /** The one that was taken from its queue and is drained for. */
  drained: (Queued & { queue: Queue }) | undefined;
  /** When the head of a queue was first turned away. */
  turnedAway: Map<Queue, number>;
}

/**
 * Runs trials in simulated time. Trials of one class begin in the order in which they came.
 *
 * @param on.patienceMs see `decide`; Infinity is first fit without end
 * @throws RangeError for a trial that no device could hold
 * @example simulate(mixedTrials({ count: 100, seed: 1, meanSeconds: 60, arrivals: 0 }), { devices: 1, capacityBytes: 2 ** 36, slots: 8, patienceMs: 60_000 })
 */
export function simulate(
  trials: readonly SimulatedTrial[],
  on: { devices: number; capacityBytes: number; slots: number; patienceMs: number },
): Outcome {
  const tooLarge = trials.find(({ classBytes }) => classBytes > on.capacityBytes);
  if (tooLarge) throw new RangeError(`a trial of ${tooLarge.classBytes} bytes, and devices of ${on.capacityBytes}`);
  const queues = new Map<number, Queue>();
  const devices = Array.from(
    { length: on.devices },
    (): Device => ({ running: [], heldBytes: 0, drained: undefined, turnedAway: new Map() }),
  );
  const waits: number[] = [];
  const total = { held: 0, longestHeadWaitMs: 0, peakShare: 0 };
  let arrived = 0;
  let now = 0;

  const begin = (device: Device, queue: Queue, { trial, headSinceMs }: Queued) => {
    const bytes = heldBytes(trial.predictedBytes, trial.classBytes);
    device.running.push({ endsMs: now + trial.durationMs, bytes });
    device.heldBytes += bytes;
    device.turnedAway.delete(queue);
    waits.push(now - trial.arrivesMs);
    total.held += bytes * trial.durationMs;
    total.longestHeadWaitMs = Math.max(total.longestHeadWaitMs, now - headSinceMs);
    total.peakShare = Math.max(total.peakShare, device.heldBytes / on.capacityBytes);
  };

  /** One decision of a device; false when it has nothing to do. */
  const act = (device: Device): boolean => {
    const room = roomOf(device, on);
    const drained = device.drained;
    const line = drained ? [waiting(device, drained.queue, now)] : [];
    if (drained && decide(room, line, on.patienceMs).starts.length > 0) {
      begin(device, drained.queue, drained);
      device.drained = undefined;
      return true;
    }
    const head = [...queues.values()]
      .filter(({ waiting: { length }, next }) => next < length)
      .map((queue) => ({ queue, asks: waiting(device, queue, now) }))
      .filter(({ asks }) => listens(room, line, asks, on.patienceMs))
      .sort((a, b) => b.asks.waitedMs - a.asks.waitedMs || first(a.queue).arrivesMs - first(b.queue).arrivesMs)[0];
    if (!head) return false;
    const taken = take(head.queue, now);
    if (decide(room, [head.asks], on.patienceMs).starts.length > 0) begin(device, head.queue, taken);
    else device.drained = { ...taken, queue: head.queue };
    return true;
  };

  while (arrived < trials.length || devices.some(busy)) {
    now = nextEvent({ now, devices, patienceMs: on.patienceMs, arrival: trials[arrived]?.arrivesMs });
    for (const device of devices) endTrials(device, now);
    for (; arrived < trials.length && trials[arrived]!.arrivesMs <= now; arrived++) enqueue(queues, trials[arrived]!);
    for (let acted = true; acted; ) acted = devices.map(act).some(Boolean);
    for (const device of devices) noteTurnedAway(device, queues, now);
  }
  const bytes = on.devices * on.capacityBytes;
  return {
    makespanMs: now,
    utilization: total.held / (bytes * now),
    boundMs: Math.max(total.held / bytes, trials.at(-1)?.arrivesMs ?? 0),
    longestWaitMs: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
    meanWaitMs: waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length),
    longestHeadWaitMs: total.longestHeadWaitMs,
    peakShare: total.peakShare,
  };
}

const busy = ({ running, drained }: Device) => running.length > 0 || drained !== undefined;

const first = ({ waiting: trials, next }: Queue) => trials[next]!;

function roomOf(
  { running, heldBytes: held }: Device,
  { capacityBytes, slots }: { capacityBytes: number; slots: number },
): Capacity {
  return { capacityBytes, freeBytes: capacityBytes - held, freeSlots: slots - running.length };
}

function waiting({ turnedAway }: Device, queue: Queue, now: number): Waiting {
  return { bytes: queue.bytes, waitedMs: now - (turnedAway.get(queue) ?? now) };
}

function enqueue(queues: Map<number, Queue>, trial: SimulatedTrial): void {
  const queue = queues.get(trial.classBytes) ?? { bytes: trial.classBytes, waiting: [], next: 0, headSinceMs: 0 };
  queues.set(trial.classBytes, queue);
  if (queue.next === queue.waiting.length) queue.headSinceMs = trial.arrivesMs;
  queue.waiting.push(trial);
}

function take(queue: Queue, now: number): Queued {
  const taken = { trial: first(queue), headSinceMs: queue.headSinceMs };
  queue.next += 1;
  queue.headSinceMs = now;
  return taken;
}

function endTrials(device: Device, now: number): void {
  for (const { bytes } of device.running.filter(({ endsMs }) => endsMs <= now)) device.heldBytes -= bytes;
  device.running = device.running.filter(({ endsMs }) => endsMs > now);
}

function noteTurnedAway({ turnedAway, drained }: Device, queues: ReadonlyMap<number, Queue>, now: number): void {
  for (const queue of queues.values()) {
    if (queue.next < queue.waiting.length || drained?.queue === queue) {
      if (!turnedAway.has(queue)) turnedAway.set(queue, now);
    } else turnedAway.delete(queue);
  }
}

/** When something next changes: a trial ends or comes, or one that was turned away has waited long enough. */
function nextEvent(at: {
  now: number;
  devices: readonly Device[];
  patienceMs: number;
  arrival: number | undefined;
}): number {
  const ends = at.devices.flatMap(({ running }) => running.map(({ endsMs }) => endsMs));
  const due = at.devices
    .flatMap(({ turnedAway }) => [...turnedAway.values()].map((since) => since + at.patienceMs))
    .filter((ms) => ms > at.now);
  return Math.min(at.arrival ?? Number.POSITIVE_INFINITY, ...ends, ...due);
}
