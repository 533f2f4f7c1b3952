import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { ensureProgram, output } from './programs.js';

export const infraDirectory = fileURLToPath(new URL('../..', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: manifests are walked by path; their shape is what schema.ts checks
export type Json = any;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    namespace?: string;
  };
  [key: string]: Json;
}

export const overlays = ['dev', 'prod'] as const;

/** `kubectl kustomize` works offline and takes the same files as `kustomize build`. */
export const kubectl = await ensureProgram('kubectl', { apt: 'kubernetes-client', brew: 'kubernetes-cli' });

/** What an overlay applies. @throws Error with kustomize's own message, also for an unknown key in a kustomization. */
export async function render(overlay: string): Promise<Manifest[]> {
  const text = await output(kubectl.path as string, ['kustomize', join(infraDirectory, 'k8s/overlays', overlay)]);
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

export function named(manifests: readonly Manifest[], kind: string): Map<string, Manifest> {
  return new Map(manifests.filter((m) => m.kind === kind).map((m) => [m.metadata.name, m]));
}

export interface PodTemplate {
  owner: string;
  labels: Record<string, string>;
  spec: Json;
}

/** Pod templates of everything that makes pods. */
export function podTemplates(manifests: readonly Manifest[]): PodTemplate[] {
  return manifests
    .filter((manifest) => manifest.spec?.template?.spec?.containers)
    .map((manifest) => ({
      owner: `${manifest.kind}/${manifest.metadata.name}`,
      labels: manifest.spec.template.metadata.labels,
      spec: manifest.spec.template.spec,
    }));
}

export function selects(matchLabels: Record<string, string> | undefined, labels: Record<string, string>): boolean {
  return Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}
