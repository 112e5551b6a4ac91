/** Defaults once applied change nothing more, on whatever they are applied to. */
import fc from 'fast-check';
import { clone } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import { definitionOf } from './judged';

fc.configureGlobal({ baseSize: 'xsmall' });

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
/** Without what is undefined, as JSON has it. */
const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, maybe(value)])))
    .map((value) => JSON.parse(JSON.stringify(value)));

const amount = fc.constantFrom('1', '100m', '0.5', '1Gi', '1.5Gi', '1e3', 2, '1n', 'nonsense');
const amounts = fc.dictionary(fc.constantFrom('cpu', 'memory', 'ephemeral-storage', 'a.b/c'), amount);
const probe = record({
  httpGet: record({ path: fc.constantFrom('', '/x'), port: fc.constantFrom(80, 'http'), scheme: fc.constant('HTTPS') }),
  grpc: record({ port: fc.nat(), service: fc.constant('s') }),
  exec: fc.constant({ command: ['x'] }),
  periodSeconds: fc.nat(20),
  timeoutSeconds: fc.nat(20),
});
const container = record({
  name: fc.constantFrom('a', 'b'),
  image: fc.constantFrom('i', 'i:latest', 'i:1', 'r/i@sha256:0'),
  imagePullPolicy: fc.constantFrom('', 'Never'),
  ports: fc.array(record({ containerPort: fc.nat(100), protocol: fc.constantFrom('', 'UDP'), hostPort: fc.nat(2) })),
  resources: record({ requests: amounts, limits: amounts }),
  env: fc.array(
    record({
      name: fc.constant('A'),
      value: fc.string(),
      valueFrom: record({
        fieldRef: record({ fieldPath: fc.constant('metadata.name') }),
        resourceFieldRef: record({ resource: fc.constant('limits.cpu') }),
      }),
    }),
  ),
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: record({ preStop: probe }),
  stdin: fc.boolean(),
});
const volume = record({
  name: fc.constant('v'),
  emptyDir: record({ sizeLimit: amount }),
  secret: record({ secretName: fc.constant('s'), defaultMode: fc.nat(511) }),
  hostPath: record({ path: fc.constant('/x') }),
  configMap: record({ name: fc.constant('c') }),
  projected: record({ sources: fc.array(record({ serviceAccountToken: record({ path: fc.constant('p') }) })) }),
  iscsi: record({}),
  rbd: record({}),
  scaleIO: record({}),
  azureDisk: record({}),
  ephemeral: record({ volumeClaimTemplate: record({ spec: record({ resources: record({ requests: amounts }) }) }) }),
});
const podSpec = record({
  containers: fc.array(container, { maxLength: 3 }),
  initContainers: fc.array(container, { maxLength: 2 }),
  volumes: fc.array(volume, { maxLength: 3 }),
  restartPolicy: fc.constantFrom('', 'Never'),
  serviceAccount: fc.constant('old'),
  serviceAccountName: fc.constant('new'),
  hostNetwork: fc.boolean(),
  overhead: amounts,
  resources: record({ limits: amounts }),
  terminationGracePeriodSeconds: fc.nat(60),
});
const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'));
const template = record({ metadata: record({ labels }), spec: podSpec });
const rolling = record({ maxUnavailable: fc.constantFrom(0, 1, '10%'), maxSurge: fc.constantFrom(0, 1, '10%') });
const selector = record({ matchLabels: labels });
const replicas = fc.nat(5);
const port = record({
  port: fc.nat(100),
  targetPort: fc.constantFrom(80, 'http', ''),
  nodePort: fc.nat(2),
  protocol: fc.constant('UDP'),
});

const SPECS: Record<string, fc.Arbitrary<unknown>> = {
  'v1 Pod': podSpec,
  'v1 ReplicationController': record({ replicas, selector: labels, template }),
  'v1 Service': record({
    type: fc.constantFrom('', 'NodePort', 'LoadBalancer', 'ExternalName'),
    ports: fc.array(port, { maxLength: 3 }),
    clusterIP: fc.constantFrom('', 'None', '10.96.0.1'),
    externalTrafficPolicy: fc.constant('Local'),
    sessionAffinity: fc.constantFrom('', 'ClientIP'),
    selector: labels,
  }),
  'v1 PersistentVolumeClaim': record({ resources: record({ requests: amounts }), volumeMode: fc.constant('Block') }),
  'v1 PersistentVolume': record({ capacity: amounts, hostPath: record({}), rbd: record({}), claimRef: record({}) }),
  'v1 LimitRange': record({
    limits: fc.array(
      record({
        type: fc.constantFrom('Container', 'Pod'),
        max: amounts,
        min: amounts,
        default: amounts,
        defaultRequest: amounts,
      }),
    ),
  }),
  'v1 ResourceQuota': record({ hard: amounts }),
  'apps/v1 Deployment': record({
    replicas,
    selector,
    template,
    strategy: record({ type: fc.constantFrom('', 'Recreate', 'RollingUpdate'), rollingUpdate: rolling }),
  }),
  'apps/v1 ReplicaSet': record({ replicas, selector, template }),
  'apps/v1 StatefulSet': record({
    replicas,
    selector,
    template,
    updateStrategy: record({
      type: fc.constantFrom('OnDelete', 'RollingUpdate'),
      rollingUpdate: record({ partition: replicas }),
    }),
    volumeClaimTemplates: fc.array(record({ spec: record({ resources: record({ requests: amounts }) }) }), {
      maxLength: 2,
    }),
    persistentVolumeClaimRetentionPolicy: record({ whenDeleted: fc.constant('Delete') }),
  }),
  'apps/v1 DaemonSet': record({
    selector,
    template,
    updateStrategy: record({ type: fc.constantFrom('OnDelete', 'RollingUpdate'), rollingUpdate: rolling }),
  }),
  'batch/v1 Job': record({
    completions: replicas,
    parallelism: replicas,
    backoffLimitPerIndex: replicas,
    template,
    selector,
    podFailurePolicy: record({
      rules: fc.array(record({ onPodConditions: fc.array(record({ type: fc.constant('T') })) })),
    }),
  }),
  'batch/v1 CronJob': record({ schedule: fc.constant('@daily'), jobTemplate: record({ spec: record({ template }) }) }),
  'autoscaling/v2 HorizontalPodAutoscaler': record({
    minReplicas: replicas,
    behavior: record({
      scaleUp: record({ selectPolicy: fc.constant('Min') }),
      scaleDown: record({ policies: fc.constant([]) }),
    }),
    metrics: fc.array(
      record({ type: fc.constant('Pods'), pods: record({ target: record({ averageValue: amount }) }) }),
    ),
  }),
  'networking.k8s.io/v1 NetworkPolicy': record({
    podSelector: selector,
    ingress: fc.array(record({ ports: fc.array(record({ port: fc.nat(9) })) })),
    egress: fc.array(record({ ports: fc.array(record({ protocol: fc.constant('UDP') })) })),
    policyTypes: fc.constantFrom([], ['Egress']),
  }),
  'storage.k8s.io/v1 CSIDriver': record({
    attachRequired: fc.boolean(),
    volumeLifecycleModes: fc.constantFrom([], ['Ephemeral']),
  }),
  'flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration': record({
    limited: record({ limitResponse: record({ queuing: record({ queues: replicas }) }) }),
    exempt: record({ lendablePercent: replicas }),
  }),
  'apiextensions.k8s.io/v1 CustomResourceDefinition': record({
    names: record({ kind: fc.constantFrom('', 'Foo'), singular: fc.constant('f') }),
    conversion: record({ webhook: record({ clientConfig: record({ service: record({}) }) }) }),
  }),
};

test.each(Object.keys(SPECS))('%s', async (name) => {
  const [apiVersion = '', kind = ''] = name.split(' ');
  const definition = await definitionOf({ apiVersion, kind });
  fc.assert(
    fc.property(SPECS[name] as fc.Arbitrary<object>, labels, (spec, metaLabels) => {
      const object: KubeObject = {
        apiVersion,
        kind,
        metadata: { name: 'x', labels: metaLabels },
        spec: clone(spec as never),
      };
      definition.defaults?.(object);
      const once = clone(object as never) as KubeObject;
      definition.defaults?.(object);
      expect(object).toEqual(once);
      // Whatever it is, it can be judged and shown.
      expect(Array.isArray(definition.validate?.(object) ?? [])).toBe(true);
      expect(definition.cells?.(object, 0) ?? []).toHaveLength(definition.columns?.length ?? 0);
    }),
    { numRuns: 50, seed: 7 },
  );
});
