/** @file What a device can still take: bytes and slots. */
import { type Capacity, decide, listens, type Waiting } from '@rankforge/placement';

/** Room on a device that one trial holds until it is released. */
export interface Reservation {
  readonly bytes: number;
  /** Gives back what is not needed. */
  shrink(bytes: number): void;
  /** Takes everything that is free, until `shrink` says what is needed of it. Nothing while others wait. */
  extend(): void;
  /** Safe to call twice. */
  release(): void;
}

/** How a request waits for room. */
export interface Wait {
  /** It asks for the device to itself: all of its bytes, however many there are then, and every slot. */
  whole?: boolean;
  /** Slots that it takes; at most all of them. Default 1. */
  slots?: number;
  /** Given up after this time. A request that the device drains for is not given up: its turn is certain. */
  timeoutMs: number;
  /** When a request like it was first turned away here (`performance.now()`); default: now. */
  sinceMs?: number;
  /** Ends the wait. */
  signal?: AbortSignal;
}

interface Request {
  bytes: number;
  whole: boolean;
  slots: number;
}

interface Waiter extends Request {
  sinceMs: number;
  end(reservation: Reservation | undefined): void;
}

/**
 * The one account of a device. States of a request: granted, or waiting in a line that is served as
 * `@rankforge/placement` decides (whoever fits, until one has waited for `patienceMs`), or given up.
 *
 * @example
 * const room = await ledger.reserve(64 * MIB, { timeoutMs: 1000 });
 * if (!room) return;
 * try { await train(); } finally { room.release(); }
 */
export class DeviceLedger {
  /** The most the device could ever hold. */
  readonly largestBytes: number;
  readonly slots: number;
  readonly patienceMs: number;
  private allowedBytes: number;
  private usedBytes = 0;
  private usedSlots = 0;
  private waiting: Waiter[] = [];
  private readonly listeners: (() => void)[] = [];

  constructor(capacity: { bytes: number; slots: number; patienceMs?: number; largestBytes?: number }) {
    this.allowedBytes = capacity.bytes;
    this.largestBytes = Math.max(capacity.bytes, capacity.largestBytes ?? 0);
    this.slots = capacity.slots;
    this.patienceMs = capacity.patienceMs ?? Number.POSITIVE_INFINITY;
  }

  /** What trials may hold together now: never below what they have reserved. */
  get capacityBytes(): number {
    return Math.max(this.allowedBytes, this.usedBytes);
  }

  get reservedBytes(): number {
    return this.usedBytes;
  }

  /** The most that a request could get now. */
  get freeBytes(): number {
    return Math.max(0, this.allowedBytes - this.usedBytes);
  }

  get running(): number {
    return this.usedSlots;
  }

  /** Whether a request of this size would be granted at once. */
  fits(bytes: number, slots = 1): boolean {
    const line = [...this.line(), { bytes, slots, waitedMs: 0 }];
    return decide(this.room, line, this.patienceMs).starts.includes(line.length - 1);
  }

  /** Whether the device takes a wake-up of this class; see `listens` of the placement. */
  listens(bytes: number, turnedAwaySinceMs: number | undefined): boolean {
    const now = performance.now();
    const waitedMs = turnedAwaySinceMs === undefined ? 0 : now - turnedAwaySinceMs;
    return listens(this.room, this.line(), { bytes, waitedMs }, this.patienceMs);
  }

  /** Called whenever room was taken or given back, or the capacity changed. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Follows what others use of the device. What is reserved stays reserved: a capacity below it is reached as trials end.
   * A request that waits and no longer can be held is given up, so that another worker takes it.
   */
  resize(bytes: number): void {
    if (bytes === this.allowedBytes) return;
    this.allowedBytes = bytes;
    for (const waiter of this.waiting.filter((each) => each.bytes > bytes)) this.giveUp(waiter);
    this.changed();
  }

  /**
   * @returns undefined when there was no room within the time
   * @throws RangeError when the device could never hold so much
   */
  async reserve(bytes: number, wait: Wait): Promise<Reservation | undefined> {
    if (bytes > this.largestBytes) {
      throw new RangeError(`a trial asks for ${bytes} bytes; the device holds ${this.largestBytes} at most`);
    }
    const slots = Math.min(wait.slots ?? 1, this.slots);
    const request: Request = { bytes, whole: wait.whole ?? false, slots };
    if (this.fits(this.asked(request), slots)) return this.take(request);
    if (bytes > this.allowedBytes || wait.signal?.aborted) return undefined;
    return new Promise((resolve) => {
      const stop = () => this.leave(waiter);
      const timer = setTimeout(() => {
        if (this.drainsFor !== waiter) this.leave(waiter);
      }, wait.timeoutMs);
      const waiter: Waiter = {
        ...request,
        sinceMs: wait.sinceMs ?? performance.now(),
        end: (reservation) => {
          clearTimeout(timer);
          wait.signal?.removeEventListener('abort', stop);
          resolve(reservation);
        },
      };
      wait.signal?.addEventListener('abort', stop);
      this.waiting = [...this.waiting, waiter].sort((a, b) => a.sinceMs - b.sinceMs);
      if (this.drainsFor === waiter) this.notify();
    });
  }

  private get room(): Capacity {
    return {
      capacityBytes: this.allowedBytes,
      freeBytes: this.allowedBytes - this.usedBytes,
      freeSlots: this.slots - this.usedSlots,
    };
  }

  private line(): Waiting[] {
    const now = performance.now();
    return this.waiting.map((waiter) => ({
      bytes: this.asked(waiter),
      slots: waiter.slots,
      waitedMs: now - waiter.sinceMs,
    }));
  }

  private asked({ bytes, whole }: Request): number {
    return whole ? Math.max(bytes, this.allowedBytes) : bytes;
  }

  private get drainsFor(): Waiter | undefined {
    const { drainsFor } = decide(this.room, this.line(), this.patienceMs);
    return drainsFor === undefined ? undefined : this.waiting[drainsFor];
  }

  private take(request: Request): Reservation {
    let held = this.asked(request);
    let released = false;
    const slots = request.whole ? this.slots : request.slots;
    this.usedBytes += held;
    this.usedSlots += slots;
    this.notify();
    const giveBack = (amount: number) => {
      held -= amount;
      this.usedBytes -= amount;
    };
    return {
      get bytes() {
        return held;
      },
      shrink: (to) => {
        if (released || to >= held) return;
        giveBack(held - Math.max(0, to));
        this.changed();
      },
      extend: () => {
        const free = this.waiting.length > 0 ? 0 : this.allowedBytes - this.usedBytes;
        if (released || free <= 0) return;
        held += free;
        this.usedBytes += free;
        this.notify();
      },
      release: () => {
        if (released) return;
        released = true;
        giveBack(held);
        this.usedSlots -= slots;
        this.changed();
      },
    };
  }

  private giveUp(waiter: Waiter): void {
    this.waiting = this.waiting.filter((each) => each !== waiter);
    waiter.end(undefined);
  }

  private leave(waiter: Waiter): void {
    this.giveUp(waiter);
    this.changed(); // whoever stood behind may begin
  }

  private changed(): void {
    const { starts } = decide(this.room, this.line(), this.patienceMs);
    const beginning = starts.map((index) => this.waiting[index] as Waiter);
    this.waiting = this.waiting.filter((waiter) => !beginning.includes(waiter));
    for (const waiter of beginning) waiter.end(this.take(waiter));
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
