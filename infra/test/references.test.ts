import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  infraDirectory,
  type Json,
  kubectl,
  type Manifest,
  named,
  overlays,
  type PodTemplate,
  podTemplates,
  render,
  selects,
} from './support/render.js';

/** Secrets, as `name/key`, that the README tells how to create; `first`: before anything is applied. */
async function documentedSecrets(when?: 'first'): Promise<Set<string>> {
  const whole = (await readFile(join(infraDirectory, 'README.md'), 'utf8')).replaceAll('\\\n', ' ');
  const readme = when ? whole.slice(0, whole.indexOf('kubectl apply')) : whole;
  const generic = [...readme.matchAll(/create secret generic (\S+)(.*)/g)].flatMap(([, name, rest]) =>
    [...(rest as string).matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => `${name}/${key}`),
  );
  const tls = [...readme.matchAll(/create secret tls (\S+)/g)].map(([, name]) => `${name}/tls.crt`);
  return new Set([...generic, ...tls]);
}

/** Every object without which a pod does not start, as `Kind/name` or, for keys of a Secret, `Secret/name/key`. */
function references({ spec }: PodTemplate): string[] {
  const volumes = (spec.volumes ?? []).flatMap((volume: Json) => [
    volume.configMap && `ConfigMap/${volume.configMap.name}`,
    volume.secret && !volume.secret.optional && `Secret/${volume.secret.secretName}`,
    volume.persistentVolumeClaim && `PersistentVolumeClaim/${volume.persistentVolumeClaim.claimName}`,
  ]);
  const environment = containersOf(spec).flatMap((container) => [
    ...(container.envFrom ?? []).map((source: Json) => `ConfigMap/${source.configMapRef.name}`),
    ...(container.env ?? [])
      .map((variable: Json) => variable.valueFrom?.secretKeyRef)
      .filter((reference: Json) => reference && !reference.optional)
      .map((reference: Json) => `Secret/${reference.name}/${reference.key}`),
  ]);
  const account = spec.serviceAccountName ? [`ServiceAccount/${spec.serviceAccountName}`] : [];
  return [...volumes, ...environment, ...account].filter(Boolean);
}

const containersOf = (spec: Json): Json[] => [...spec.containers, ...(spec.initContainers ?? [])];

function portNames({ spec }: PodTemplate): Set<string> {
  return new Set(spec.containers.flatMap((c: Json) => (c.ports ?? []).map((port: Json) => port.name)));
}

function portNumber({ spec }: PodTemplate, port: string | number): number | undefined {
  const ports: { name: string; containerPort: number }[] = spec.containers.flatMap((c: Json) => c.ports ?? []);
  return ports.find(({ name, containerPort }) => name === port || containerPort === port)?.containerPort;
}

/** Names of environment variables a container is started with. */
function variables(container: Json, configMaps: Map<string, Manifest>): string[] {
  const fromMaps = (container.envFrom ?? []).flatMap((source: Json) =>
    Object.keys(configMaps.get(source.configMapRef.name)?.data ?? {}),
  );
  return [...fromMaps, ...(container.env ?? []).map((variable: Json) => variable.name)];
}

describe.skipIf(!kubectl.path).each(overlays)('overlay %s', (overlay) => {
  let manifests: Manifest[];
  let pods: PodTemplate[];
  beforeAll(async () => {
    manifests = await render(overlay);
    pods = podTemplates(manifests);
  });

  const policies = () => [...named(manifests, 'NetworkPolicy').values()];

  test('everything a pod refers to is applied with it, or is a Secret that the README creates', async () => {
    const secrets = await documentedSecrets();
    const present = new Set([
      ...manifests.map((manifest) => `${manifest.kind}/${manifest.metadata.name}`),
      ...[...secrets].flatMap((secret) => [`Secret/${secret}`, `Secret/${secret.split('/')[0]}`]),
    ]);
    const dangling = pods.flatMap((pod) =>
      references(pod)
        .filter((r) => !present.has(r))
        .map((r) => `${pod.owner} -> ${r}`),
    );
    expect(dangling).toEqual([]);
    const tls = [...named(manifests, 'Ingress').values()].flatMap((i) => i.spec.tls.map((t: Json) => t.secretName));
    expect(tls.filter((name) => !secrets.has(`${name}/tls.crt`))).toEqual([]);
  });

  test('no pod waits for a Secret that is made once another pod runs', async () => {
    const first = await documentedSecrets('first');
    expect(first.size).toBeGreaterThan(0);
    const known = new Set([...first].flatMap((secret) => [`Secret/${secret}`, `Secret/${secret.split('/')[0]}`]));
    const waiting = pods.flatMap((pod) =>
      references(pod)
        .filter((reference) => reference.startsWith('Secret/') && !known.has(reference))
        .map((reference) => `${pod.owner} -> ${reference}`),
    );
    expect(waiting).toEqual([]);
  });

  test('a base model that the API adds is one that every worker reads', () => {
    const { RANKFORGE_MODELS_DIR: folder } = [...named(manifests, 'ConfigMap').values()].find(({ metadata }) =>
      metadata.name.startsWith('rankforge-config'),
    )!.data;
    const mounts = pods
      .filter(({ owner }) => /^Deployment\/rankforge-/.test(owner))
      .map(({ owner, spec }) => {
        const { name, readOnly = false } = spec.containers[0].volumeMounts.find((m: Json) => m.mountPath === folder);
        const { persistentVolumeClaim } = spec.volumes.find((volume: Json) => volume.name === name);
        return { owner, readOnly, claim: persistentVolumeClaim.claimName };
      });
    expect(mounts).toEqual([
      { owner: 'Deployment/rankforge-api', readOnly: false, claim: 'rankforge-models' },
      { owner: 'Deployment/rankforge-worker-cpu', readOnly: true, claim: 'rankforge-models' },
      { owner: 'Deployment/rankforge-worker-gpu', readOnly: true, claim: 'rankforge-models' },
    ]);
    const { accessModes } = named(manifests, 'PersistentVolumeClaim').get('rankforge-models')!.spec;
    expect(accessModes).toEqual([overlay === 'dev' ? 'ReadWriteOnce' : 'ReadWriteMany']);
  });

  test('only the API reaches the internet, over HTTPS and HTTP, and no private address by that', () => {
    const rules = ({ labels }: PodTemplate): Json[] =>
      policies()
        .filter(({ spec }) => selects(spec.podSelector.matchLabels, labels))
        .flatMap(({ spec }) => spec.egress ?? [])
        .filter((rule: Json) => rule.to.some((to: Json) => ['0.0.0.0/0', '::/0'].includes(to.ipBlock?.cidr)));
    const reaching = pods.filter((pod) => rules(pod).length > 0);
    expect(reaching.map(({ owner }) => owner)).toEqual(['Deployment/rankforge-api']);
    const [rule, ...others] = rules(reaching[0]!);
    expect(others).toEqual([]);
    expect(rule.ports.map(({ port }: Json) => port)).toEqual([443, 80]);
    const closed = new BlockList();
    for (const { ipBlock } of rule.to) {
      for (const range of ipBlock.except) {
        const [address, bits] = range.split('/');
        closed.addSubnet(address, Number(bits), range.includes(':') ? 'ipv6' : 'ipv4');
      }
    }
    const addresses = ['10.1.2.3', '127.0.0.1', '169.254.169.254', '172.20.0.1', '192.168.1.1', '8.8.8.8', '1.1.1.1'];
    expect(addresses.filter((address) => !closed.check(address))).toEqual(['8.8.8.8', '1.1.1.1']);
    const sixes = ['fd00::1', 'fe80::1', '2606:4700::1111'];
    expect(sixes.filter((address) => !closed.check(address, 'ipv6'))).toEqual(['2606:4700::1111']);
  });

  test('every volume mount has its volume, every named probe port its container port', () => {
    for (const pod of pods) {
      const claims =
        manifests.find((m) => `${m.kind}/${m.metadata.name}` === pod.owner)?.spec.volumeClaimTemplates ?? [];
      const volumes = [
        ...(pod.spec.volumes ?? []).map((v: Json) => v.name),
        ...claims.map((c: Json) => c.metadata.name),
      ];
      for (const container of containersOf(pod.spec)) {
        for (const mount of container.volumeMounts ?? []) expect(volumes, pod.owner).toContain(mount.name);
        const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
        for (const probe of probes.filter((p) => p?.httpGet)) {
          expect([...portNames(pod)], pod.owner).toContain(probe.httpGet.port);
        }
      }
    }
  });

  test('every Service, PodDisruptionBudget and NetworkPolicy selects a pod, at a port that the pod has', () => {
    for (const service of named(manifests, 'Service').values()) {
      const selected = pods.filter(({ labels }) => selects(service.spec.selector, labels));
      expect(selected.length, `Service/${service.metadata.name}`).toBe(1);
      for (const { targetPort } of service.spec.ports) expect([...portNames(selected[0]!)]).toContain(targetPort);
    }
    for (const budget of named(manifests, 'PodDisruptionBudget').values()) {
      const selected = pods.filter(({ labels }) => selects(budget.spec.selector.matchLabels, labels));
      expect(selected.length, `PodDisruptionBudget/${budget.metadata.name}`).toBe(1);
    }
    for (const policy of policies()) {
      const selected = pods.filter(({ labels }) => selects(policy.spec.podSelector.matchLabels, labels));
      expect(selected.length, `NetworkPolicy/${policy.metadata.name}`).toBeGreaterThan(0);
      const ports = (policy.spec.ingress ?? []).flatMap((rule: Json) => rule.ports.map((p: Json) => p.port));
      for (const port of ports) {
        for (const pod of selected) expect([...portNames(pod)], policy.metadata.name).toContain(port);
      }
    }
  });

  test('everything is refused that no policy allows', () => {
    const deny = policies().filter(({ spec }) => Object.keys(spec.podSelector).length === 0);
    expect(deny.map(({ spec }) => spec)).toEqual([{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }]);
  });

  test.each([
    ['DATABASE_URL', 5432],
    ['REDIS_URL', 6379],
  ])('pods that are given %s, and only they, may reach port %i', (variable, port) => {
    const configMaps = named(manifests, 'ConfigMap');
    const given = pods.filter(({ spec }) =>
      containersOf(spec).some((container) => variables(container, configMaps).includes(variable)),
    );
    const allowed = pods.filter(({ labels }) =>
      policies().some(
        ({ spec }) =>
          selects(spec.podSelector.matchLabels, labels) &&
          (spec.egress ?? []).some((rule: Json) => rule.ports.some((p: Json) => p.port === port)),
      ),
    );
    expect(given.length).toBeGreaterThan(0);
    expect(allowed.map(({ owner }) => owner)).toEqual(given.map(({ owner }) => owner));
  });

  test('autoscalers and ingresses name what exists', () => {
    const deployments = named(manifests, 'Deployment');
    for (const { spec } of named(manifests, 'HorizontalPodAutoscaler').values()) {
      expect([...deployments.keys()]).toContain(spec.scaleTargetRef.name);
    }
    const services = named(manifests, 'Service');
    const backends = [...named(manifests, 'Ingress').values()].flatMap(({ spec }) =>
      spec.rules.flatMap((rule: Json) => rule.http.paths.map((path: Json) => path.backend.service)),
    );
    for (const { name, port } of backends) {
      expect(services.get(name)?.spec.ports.map((p: Json) => p.name)).toContain(port.name);
    }
  });

  test('an upload passes the ingress as it comes, whatever its size', () => {
    for (const { metadata } of named(manifests, 'Ingress').values()) {
      expect((metadata as Json).annotations).toMatchObject({
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
      });
    }
  });

  test('images without a registry are never pulled, and others are', () => {
    const containers = pods.flatMap(({ spec }) => containersOf(spec));
    const local = containers.filter(({ image }) => /^rankforge-[a-z-]+:/.test(image));
    expect(local.length).toBe(overlay === 'dev' ? 5 : 0);
    expect(local.filter(({ imagePullPolicy }) => imagePullPolicy !== 'Never')).toEqual([]);
    expect(containers.filter((each) => !local.includes(each) && each.imagePullPolicy === 'Never')).toEqual([]);
  });

  test('Prometheus looks for addresses and ports that Services have', async () => {
    const config = parse(await readFile(join(infraDirectory, 'prometheus/prometheus.yml'), 'utf8'));
    const services = named(manifests, 'Service');
    for (const { names, port } of config.scrape_configs.flatMap((job: Json) => job.dns_sd_configs)) {
      for (const name of names) {
        const service = services.get(name);
        expect(service?.spec.clusterIP, name).toBe('None');
        const pod = pods.find(({ labels }) => selects(service?.spec.selector, labels))!;
        expect(service?.spec.ports.map((p: Json) => portNumber(pod, p.targetPort))).toContain(port);
      }
    }
  });

  test('every RANKFORGE_ variable is one that the program reads', async () => {
    const programs: Record<string, string> = {
      api: 'apps/api/src/platform/env.ts',
      worker: 'apps/worker/src/env.ts',
    };
    const configMaps = named(manifests, 'ConfigMap');
    const shared = new Set(
      Object.keys([...configMaps.values()].find((m) => m.metadata.name.startsWith('rankforge-config'))!.data),
    );
    const texts = new Map<string, string>();
    for (const [program, source] of Object.entries(programs)) {
      texts.set(program, await readFile(join(infraDirectory, '..', source), 'utf8'));
    }
    const reads = (text: string | undefined, name: string) => new RegExp(`\\b${name}\\b`).test(text ?? '');
    // Node reads its own.
    const own = [...shared].filter((name) => name !== 'NODE_ENV');
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((name) => ![...texts.values()].some((text) => reads(text, name)))).toEqual([]);
    const strays = pods.flatMap(({ owner, spec }) =>
      containersOf(spec).flatMap((container) =>
        variables(container, configMaps)
          .filter((name) => name.startsWith('RANKFORGE_') && !shared.has(name))
          .filter((name) => !reads(texts.get(container.name), name))
          .map((name) => `${owner} sets ${name}, which ${container.name} does not read`),
      ),
    );
    expect(strays).toEqual([]);
  });
});
