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
  WebhookList,
  WebhookWithSecret,
} from '@rankforge/contracts';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { actIn } from '../acting-project.js';
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

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ signal, pageParam }) => request(AuditPage, '/audit', { query: { cursor: pageParam }, signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ nextCursor }) => nextCursor,
});

/** The project that the page of an admin of the installation looks at. */
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

export const changeKey = (id: string, quotas: QuotaChange) =>
  request(KeyView, `/keys/${id}`, { method: 'PATCH', body: { quotas } });

export const rotateKey = (id: string, body: Pick<RotateKey, 'overlapHours'>) =>
  request(KeyWithSecret, `/keys/${id}/rotate`, { method: 'POST', body });

export const revokeKey = (id: string) => request(KeyView, `/keys/${id}`, { method: 'DELETE' });

export const createWebhook = (body: CreateWebhook) => request(WebhookWithSecret, '/webhooks', { method: 'POST', body });

export const testWebhook = (id: string) => request(DeliveryView, `/webhooks/${id}/test`, { method: 'POST' });

export const retryDead = (id: string) => request(RetriedDeliveries, `/webhooks/${id}/retry-dead`, { method: 'POST' });

export const deleteWebhook = (id: string) => command(`/webhooks/${id}`, { method: 'DELETE' });
