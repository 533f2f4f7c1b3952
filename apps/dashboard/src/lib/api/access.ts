/** @file Projects, keys, webhooks and the audit trail. */
import {
  AuditPage,
  type CreateKey,
  type CreateWebhook,
  DeliveryPage,
  DeliveryView,
  KeyList,
  KeyView,
  KeyWithSecret,
  Me,
  ProjectList,
  ProjectView,
  type QuotaChange,
  RetriedDeliveries,
  type RotateKey,
  StorageReport,
  WebhookList,
  WebhookWithSecret,
} from '@rankforge/contracts';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { actIn, inProject } from '../acting-project.js';
import { command, request } from './client.js';

/** What is used changes without an event, so it is read again. */
export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: async ({ signal }) => (await request(ProjectList, '/projects', { signal })).projects,
  refetchInterval: 5000,
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async ({ signal }) => (await request(KeyList, '/keys', { signal })).keys,
});

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async ({ signal }) => (await request(WebhookList, '/webhooks', { signal })).webhooks,
  refetchInterval: 5000,
});

export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', id, 'deliveries'],
    queryFn: async ({ signal }) => (await request(DeliveryPage, `/webhooks/${id}/deliveries`, { signal })).items,
    refetchInterval: 5000,
  });

export const storageQuery = queryOptions({
  queryKey: ['storage'],
  queryFn: ({ signal }) => request(StorageReport, '/storage', { signal }),
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ signal, pageParam }) => request(AuditPage, '/audit', { query: { cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ nextCursor }) => nextCursor,
});

/** The session, and this window, act in another project. Other windows stay where they are. */
export async function chooseProject(name: string): Promise<Me> {
  const me = await request(Me, '/session/project', { method: 'PUT', body: { name } });
  actIn(name);
  return me;
}

export const createProject = (name: string) => request(ProjectView, '/projects', { method: 'POST', body: { name } });

export const setQuotas = (id: string, quotas: QuotaChange) =>
  request(ProjectView, `/projects/${id}`, { method: 'PATCH', body: { quotas } });

export const createKey = (body: Pick<CreateKey, 'name' | 'role'>) =>
  request(KeyWithSecret, '/keys', { method: 'POST', body });

type OneKey = Pick<KeyView, 'id' | 'project'>;

/** An admin of the installation sees keys of all projects, and each is changed in its own. */
const inItsProject = ({ project }: OneKey) => (project ? inProject(project.name) : {});

export const changeKey = (key: OneKey, quotas: QuotaChange) =>
  request(KeyView, `/keys/${key.id}`, { method: 'PATCH', body: { quotas }, headers: inItsProject(key) });

export const rotateKey = (key: OneKey, body: Pick<RotateKey, 'overlapHours'>) =>
  request(KeyWithSecret, `/keys/${key.id}/rotate`, { method: 'POST', body, headers: inItsProject(key) });

export const revokeKey = (key: OneKey) =>
  request(KeyView, `/keys/${key.id}`, { method: 'DELETE', headers: inItsProject(key) });

export const createWebhook = (body: CreateWebhook) => request(WebhookWithSecret, '/webhooks', { method: 'POST', body });

export const testWebhook = (id: string) => request(DeliveryView, `/webhooks/${id}/test`, { method: 'POST' });

export const retryDead = (id: string) => request(RetriedDeliveries, `/webhooks/${id}/retry-dead`, { method: 'POST' });

export const deleteWebhook = (id: string) => command(`/webhooks/${id}`, { method: 'DELETE' });
