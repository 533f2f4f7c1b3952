import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

const lookEveryMs = 10;

/**
 * Times what holds up the event loop: how long the processor computed between two looks at it, and nothing else was answered. A machine
 * that is busy otherwise lengthens the time between looks, and not this.
 */
export function timeLoop(fastify: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'rankforge_event_loop_busy_seconds',
    help: 'Processor time between two looks at the event loop, 10 ms apart or as far as it was held up',
    buckets: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  let last = performance.now();
  let used = computedMs();
  const timer = setInterval(() => {
    const [now, computed] = [performance.now(), computedMs()];
    seconds.observe(Math.max(0, Math.min(now - last, computed - used)) / 1000);
    [last, used] = [now, computed];
  }, lookEveryMs);
  timer.unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
}

/**
 * Time that the thread of the event loop has computed, where the system tells it of the first thread of a process; elsewhere that of all
 * threads, so that a look is also held to its time on the clock.
 */
function computedMs(): number {
  try {
    return Number.parseInt(readFileSync('/proc/self/schedstat', 'latin1'), 10) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
