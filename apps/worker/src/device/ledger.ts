/** @file What a device can still take: bytes and slots. */

/** Room on a device that one trial holds until it is released. */
export interface Reservation {
  readonly bytes: number;
  /** Gives back what is not needed; a reservation never grows. */
  shrink(bytes: number): void;
  /** Safe to call twice. */
  release(): void;
}

interface Waiter {
  bytes: number;
  grant(reservation: Reservation): void;
}

/**
 * The one account of a device. States of a request: granted, or waiting in a line that is served strictly in order (a
 * large request is not overtaken for ever by small ones), or given up when its time is over.
 *
 * @example
 * const room = await ledger.reserve(64 * MIB, { timeoutMs: 1000 });
 * if (!room) return;
 * try { await train(); } finally { room.release(); }
 */
export class DeviceLedger {
  readonly capacityBytes: number;
  readonly slots: number;
  private usedBytes = 0;
  private usedSlots = 0;
  private readonly waiting: Waiter[] = [];
  private readonly listeners: (() => void)[] = [];

  constructor(capacity: { bytes: number; slots: number }) {
    this.capacityBytes = capacity.bytes;
    this.slots = capacity.slots;
  }

  get reservedBytes(): number {
    return this.usedBytes;
  }

  get running(): number {
    return this.usedSlots;
  }

  /** Whether a request of this size would be granted at once. */
  fits(bytes: number): boolean {
    return this.waiting.length === 0 && this.hasRoom(bytes);
  }

  /** Called whenever room was taken or given back. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * @returns undefined when there was no room within the time
   * @throws RangeError when the device could never hold so much
   */
  async reserve(bytes: number, options: { timeoutMs: number }): Promise<Reservation | undefined> {
    if (bytes > this.capacityBytes) {
      throw new RangeError(`a trial asks for ${bytes} bytes; the device holds ${this.capacityBytes} at most`);
    }
    if (this.fits(bytes)) return this.take(bytes);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        resolve(undefined);
        this.changed(); // whoever stood behind may fit
      }, options.timeoutMs);
      const waiter: Waiter = {
        bytes,
        grant: (reservation) => {
          clearTimeout(timer);
          resolve(reservation);
        },
      };
      this.waiting.push(waiter);
    });
  }

  private hasRoom(bytes: number): boolean {
    return this.usedSlots < this.slots && this.usedBytes + bytes <= this.capacityBytes;
  }

  private take(bytes: number): Reservation {
    let held = bytes;
    let released = false;
    this.usedBytes += bytes;
    this.usedSlots += 1;
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
      release: () => {
        if (released) return;
        released = true;
        giveBack(held);
        this.usedSlots -= 1;
        this.changed();
      },
    };
  }

  private changed(): void {
    while (this.waiting[0] && this.hasRoom(this.waiting[0].bytes)) {
      const next = this.waiting.shift() as Waiter;
      next.grant(this.take(next.bytes));
    }
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
