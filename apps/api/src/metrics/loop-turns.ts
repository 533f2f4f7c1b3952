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
  let used = process.cpuUsage();
  const timer = setInterval(() => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(used);
    // Other threads of the process compute too: the loop was held up no longer than the look was late.
    seconds.observe(Math.min(now - last, (user + system) / 1000) / 1000);
    last = now;
    used = process.cpuUsage();
  }, lookEveryMs);
  timer.unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
}
