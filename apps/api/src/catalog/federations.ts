/** @file Facts that follow from the shapes of a federation: its clients, the bytes it sends, its privacy, and why it cannot run. */
import type { Federation, FederationPartition, PlannedFederation } from '@rankforge/contracts';
import { type FederationRefusal, type PlanFederationInput, planFederation, type Strategy } from '@rankforge/federated';
import type { Task } from '@rankforge/tasks';

/** How many clients a partition makes of a task; undefined where its examples have no such field. */
export function clientsOf(partition: FederationPartition, { origins = {} }: Pick<Task, 'origins'>): number | undefined {
  if (partition.by === 'field')
    return Object.hasOwn(origins, partition.field) ? origins[partition.field]!.length : undefined;
  return partition.by === 'size' ? partition.shares.length : partition.clients;
}

/** Names of the clients that a partition makes of a task, by their places. */
export function clientNames(partition: FederationPartition, task: Pick<Task, 'origins'>): string[] {
  if (partition.by === 'field') return [...(task.origins?.[partition.field] ?? [])];
  return Array.from({ length: clientsOf(partition, task) ?? 0 }, (_, client) => `client-${client}`);
}

/** A trial's strategy with its scenario. */
export interface Federated {
  strategy: Strategy;
  /** Parsed by the strategy's schema. */
  strategyConfig: Record<string, unknown>;
  federation: Federation;
  /** Clients take their turns as trials. */
  apart?: boolean;
}

/** @throws PlanError where the method cannot be planned */
export function plannedFederation(
  { strategy, strategyConfig, federation, apart = false }: Federated,
  trial: Pick<PlanFederationInput, 'model' | 'method' | 'config' | 'targets' | 'steps'>,
  task: Task,
): PlannedFederation | FederationRefusal {
  const { partition, ranks, ...scenario } = federation;
  return planFederation({
    ...trial,
    ...(task.outputs === undefined ? {} : { classes: task.outputs }),
    objective: task.objective,
    strategy,
    strategyConfig,
    federation: scenario,
    clients: clientsOf(partition, task) ?? 0,
    ...(ranks && { clientRanks: { of: ranks, names: clientNames(partition, task) } }),
    apart,
    held: task.sites !== undefined,
    keyed: task.siteKeys !== undefined,
  });
}
