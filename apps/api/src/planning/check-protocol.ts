import {
  budgetCount,
  type CreateSweep,
  defaultSearch,
  type FieldError,
  mostTuningTrials,
  type Protocol,
  partsOf,
} from '@rankforge/contracts';
import { gridSize } from '../strategies/points.js';
import type { SearchMethod } from '../strategies/strategy.js';

/** Refuses what a fair protocol cannot go with; `errors` say what to do instead. */
export function checkProtocol(request: CreateSweep, methods: readonly SearchMethod[], errors: FieldError[]): void {
  const { protocol, search, scheduler, memoryBudgetMiB } = request;
  if (!protocol) return;
  const says = `a ${protocol.kind} protocol says itself what is tried`;
  if (search.kind !== defaultSearch.kind)
    errors.push({ path: '/search', message: `${says}: leave it out, got "${search.kind}"` });
  if (scheduler) errors.push({ path: '/scheduler', message: `${says}, for the same steps: leave it out` });
  const budgets = budgetCount(request);
  if (budgets > 1) {
    const message = `a ${protocol.kind} protocol compares under one budget, got ${budgets}: make a sweep of each`;
    errors.push({ path: memoryBudgetMiB.length > 1 ? '/memoryBudgetMiB' : '/limits', message });
  }
  const first = new Map<string, number>();
  methods.forEach((method, index) => {
    const path = `/methods/${index}`;
    const name = Object.values(partsOf(method)).join(' with ');
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else
      errors.push({ path, message: `${name} is /methods/${earlier} already: tuned twice, it would get twice as much` });
    const range = method.axes.find((axis) => axis.range);
    if (range) errors.push({ path, message: `a ${protocol.kind} protocol draws from lists; ${range.name} is a range` });
    const size = gridSize({ methods: [method] });
    if (protocol.tuningTrials === undefined || size >= BigInt(protocol.tuningTrials)) return;
    const message = `${name} has ${size} configurations, and tuningTrials is ${protocol.tuningTrials}: give it more values (learningRate, rank, config), or lower tuningTrials`;
    errors.push({ path, message });
  });
}

/**
 * The protocol of a request with every field said: where `tuningTrials` is not, it is what the method with the fewest
 * configurations has, and `mostTuningTrials` at most.
 */
export function decidedProtocol(
  { protocol }: CreateSweep,
  methods: readonly SearchMethod[],
): Required<Protocol> | undefined {
  if (!protocol) return undefined;
  const sizes = methods.map((method) => Number(gridSize({ methods: [method] })));
  return { ...protocol, tuningTrials: protocol.tuningTrials ?? Math.min(mostTuningTrials, ...sizes) };
}
