import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { infraDirectory, kubectl, type Manifest, named, overlays, podTemplates, render } from './support/render.js';
import { schemaErrors } from './support/schema.js';

describe.skipIf(!kubectl.path).each(overlays)('overlay %s', (overlay) => {
  let manifests: Manifest[];
  beforeAll(async () => {
    manifests = await render(overlay);
  });

  test('every manifest satisfies the schema of its kind, and has no key that the schema does not know', async () => {
    expect(await schemaErrors(manifests)).toEqual([]);
  });

  test('runs what the platform consists of', () => {
    expect([...named(manifests, 'Deployment').keys()]).toEqual(
      expect.arrayContaining(['rankforge-api', 'rankforge-worker-cpu', 'rankforge-worker-gpu']),
    );
    expect([...named(manifests, 'Job').keys()]).toEqual(['rankforge-migrate']);
  });

  test('every object is in the namespace of the overlay', () => {
    const [namespace] = named(manifests, 'Namespace').keys();
    const strays = manifests.filter((m) => m.kind !== 'Namespace' && m.metadata.namespace !== namespace);
    expect(strays.map((m) => `${m.kind}/${m.metadata.name}`)).toEqual([]);
  });

  test('pods run without root, without privileges, on a read-only file system, and without a cluster token', () => {
    for (const { owner, spec } of podTemplates(manifests)) {
      expect({ owner, ...spec.securityContext }).toMatchObject({
        owner,
        runAsNonRoot: true,
        runAsUser: expect.any(Number),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect({ owner, token: spec.automountServiceAccountToken }).toEqual({ owner, token: false });
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect({ owner, ...container.securityContext }).toEqual({
          owner,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  test('every container states its requests, a memory limit, and a pinned image', () => {
    for (const { owner, spec } of podTemplates(manifests)) {
      for (const { image, resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect({ owner, resources }).toMatchObject({
          owner,
          resources: {
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { memory: expect.anything() },
          },
        });
        expect(image, owner).toMatch(/:(?!latest$)[\w.-]+$/);
      }
    }
  });

  test('only GPU workers ask for a GPU, and only they are sent to GPU nodes', () => {
    const withGpu = podTemplates(manifests).filter(({ spec }) =>
      spec.containers.some(
        (c: { resources: { limits: Record<string, string> } }) => c.resources.limits['nvidia.com/gpu'],
      ),
    );
    expect(withGpu.map(({ owner }) => owner)).toEqual(['Deployment/rankforge-worker-gpu']);
    expect(withGpu[0]?.spec).toMatchObject({
      nodeSelector: { 'nvidia.com/gpu.present': 'true' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    });
  });

  test('a Secret that pods read when they start rolls them, and one that is read at each connection is mounted', () => {
    const read = (owner: string) =>
      podTemplates(manifests)
        .find((template) => template.owner === owner)!
        .spec.containers.flatMap(({ env }: { env: { valueFrom?: { secretKeyRef?: { name: string } } }[] }) =>
          env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
        );
    for (const [name, { metadata }] of named(manifests, 'Deployment')) {
      if (!name.startsWith('rankforge-')) continue;
      const reloaded = metadata.annotations?.['secret.reloader.stakater.com/reload']?.split(',');
      expect({ name, reloaded }).toEqual({ name, reloaded: [...new Set(read(`Deployment/${name}`))].toSorted() });
    }
    const connected = podTemplates(manifests).filter(({ labels }) => labels['rankforge.dev/uses-database'] === 'true');
    expect(connected).toHaveLength(4);
    for (const { owner, spec } of connected) {
      expect({ owner, volumes: spec.volumes, mounts: spec.containers[0].volumeMounts }).toEqual({
        owner,
        volumes: expect.arrayContaining([
          { name: 'credentials', secret: { secretName: 'rankforge-credentials', optional: true } },
        ]),
        mounts: expect.arrayContaining([{ name: 'credentials', mountPath: '/etc/rankforge', readOnly: true }]),
      });
    }
  });

  test('no Secret is applied and no environment variable holds a credential', () => {
    expect(named(manifests, 'Secret').size).toBe(0);
    const literals = podTemplates(manifests).flatMap(({ owner, spec }) =>
      spec.containers.flatMap((container: { env?: { name: string; value?: string }[] }) =>
        (container.env ?? [])
          .filter(({ name, value }) => value !== undefined && /URL|PASSWORD|TOKEN|SECRET|KEY/.test(name))
          .map(({ name }) => `${owner} ${name}`),
      ),
    );
    expect(literals).toEqual([]);
  });
});

describe.skipIf(!kubectl.path)('images of the prod overlay', () => {
  test('carry the version of the repository', async () => {
    const { version } = JSON.parse(await readFile(join(infraDirectory, '../package.json'), 'utf8')) as {
      version: string;
    };
    const images = podTemplates(await render('prod')).flatMap(({ spec }) =>
      spec.containers.map(({ image }: { image: string }) => image),
    );
    expect(new Set(images.map((image) => image.split(':').at(-1)))).toEqual(new Set([version]));
  });
});

describe('the schema check', () => {
  const good: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'planted' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'planted' } },
      template: {
        metadata: { labels: { app: 'planted' } },
        spec: { containers: [{ name: 'main', image: 'main:1', resources: { limits: { memory: '1Gi' } } }] },
      },
    },
  };

  test('accepts a good manifest', async () => {
    expect(await schemaErrors([good])).toEqual([]);
  });

  test.each([
    ['imagee', (m: Manifest) => (m.spec.template.spec.containers[0].imagee = 'main:1')],
    ['limitz', (m: Manifest) => (m.spec.template.spec.containers[0].resources.limitz = { memory: '1Gi' })],
    ['replica', (m: Manifest) => (m.spec.replica = 2)],
    ['lables', (m: Manifest) => ((m.metadata as Record<string, unknown>).lables = {})],
  ])('refuses the unknown key %s and names it', async (key, plant) => {
    const planted = structuredClone(good);
    plant(planted);
    const errors = await schemaErrors([good, planted]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`'"${key}"' does not exist in type`);
  });

  test('refuses a value of the wrong type', async () => {
    const planted = structuredClone(good);
    planted.spec.replicas = 'two';
    expect((await schemaErrors([planted])).join('\n')).toContain('/spec/replicas must be integer');
  });
});
