/** What is wrong with objects of the other kinds. */
import { created, manifest } from './judged';

const NOT_NEGATIVE = 'must be greater than or equal to 0';
const SUBDOMAIN = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
const LABEL = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;
const RBAC = 'rbac.authorization.k8s.io';
const CRD =
  'spec: {group: a.b, scope: Namespaced, names: {plural: foos, kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}';

test.each([
  ['v1 Namespace', '', 'A.b', [`metadata.name: Invalid value: "A.b": ${LABEL}`]],
  ['v1 ConfigMap', '', 'A_b', [`metadata.name: Invalid value: "A_b": ${SUBDOMAIN}`]],
  [
    'v1 ConfigMap',
    'data: {"a b": c}',
    'x',
    [
      `data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    ],
  ],
  [
    'v1 ConfigMap',
    'data: {a: b}, binaryData: {a: Yg==}',
    'x',
    ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ],
  ['v1 Secret', 'type: kubernetes.io/tls', 'x', ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
  [
    'v1 Secret',
    'type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: "{"}',
    'x',
    [expect.stringMatching(/^data\[\.dockerconfigjson\]: Invalid value: "<secret contents redacted>": /)],
  ],
  [
    'v1 PersistentVolumeClaim',
    'spec: {accessModes: [Often]}',
    'x',
    [
      'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.resources[storage]: Required value',
    ],
  ],
  [
    'v1 PersistentVolume',
    'spec: {accessModes: [ReadWriteOnce], capacity: {cpu: 1}, local: {path: /x}}',
    'x',
    [
      'spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"',
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
  ],
  [
    'v1 PersistentVolume',
    'spec: {}',
    'x',
    [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: {}: supported values: "storage"',
      'spec: Required value: must specify a volume type',
    ],
  ],
  [
    'v1 LimitRange',
    'spec: {limits: [{type: Pod, max: {cpu: 1}, min: {cpu: 2}, default: {cpu: 1}}, {type: Pod}, {type: Odd}]}',
    'x',
    [
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[1].type: Duplicate value: "Pod"',
      'spec.limits[2].type: Invalid value: "Odd": must be a standard limit type or fully qualified',
    ],
  ],
  [
    'v1 ResourceQuota',
    'spec: {hard: {pods: -1, things: 1, cpu: 1}, scopes: [BestEffort, NotBestEffort]}',
    'x',
    [
      `spec.hard[pods]: Invalid value: "-1": ${NOT_NEGATIVE}`,
      'spec.hard[things]: Invalid value: "things": must be a standard resource type or fully qualified',
      'spec.hard[things]: Invalid value: "things": must be a standard resource for quota',
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
  ],
  [
    'networking.k8s.io/v1 Ingress',
    '',
    'x',
    ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'networking.k8s.io/v1 Ingress',
    'spec: {rules: [{host: 1.2.3.4, http: {paths: [{path: a, pathType: Prefix, backend: {service: {name: s, port: {}}}}, {path: /}]}}]}',
    'x',
    [
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
      'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
      'spec.rules[0].http.paths[1].pathType: Required value: pathType must be specified',
    ],
  ],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    'spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}, {}], ports: [{port: 9, endPort: 8}]}]}',
    'x',
    [
      'spec.ingress[0].ports[0].endPort: Invalid value: 9: must be greater than or equal to `port`',
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.ingress[0].from[1]: Required value: must specify a peer',
    ],
  ],
  [
    'networking.k8s.io/v1 IngressClass',
    'spec: {controller: c}',
    'x',
    ['spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'policy/v1 PodDisruptionBudget',
    'spec: {minAvailable: 1, maxUnavailable: "150%"}',
    'x',
    [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"150%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      'spec.maxUnavailable: Invalid value: "150%": must not be greater than 100%',
    ],
  ],
  [
    'autoscaling/v2 HorizontalPodAutoscaler',
    'spec: {minReplicas: 5, maxReplicas: 3, scaleTargetRef: {kind: Deployment}, metrics: [{type: Pods}, {type: Odd}]}',
    'x',
    [
      'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.name: Required value',
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
      'spec.metrics[1].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      'spec.metrics[1].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
  ],
  [
    `${RBAC}/v1 Role`,
    'rules: [{nonResourceURLs: [/x], verbs: [get]}, {}]',
    'Any:Name',
    [
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
      'rules[1].verbs: Required value: verbs must contain at least one value',
      'rules[1].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[1].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
  [
    `${RBAC}/v1 ClusterRoleBinding`,
    'roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: s}, {kind: Robot, name: r}]',
    'x',
    [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
      'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
  ],
  [
    'scheduling.k8s.io/v1 PriorityClass',
    'value: 1000000001',
    'x',
    ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ],
  [
    'scheduling.k8s.io/v1 PriorityClass',
    'value: 1',
    'system-mine',
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    ],
  ],
  [
    'storage.k8s.io/v1 StorageClass',
    'reclaimPolicy: Recycle',
    'x',
    [
      'provisioner: Required value',
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
    ],
  ],
  ['node.k8s.io/v1 RuntimeClass', '', 'x', ['handler: Required value']],
  [
    'coordination.k8s.io/v1 Lease',
    'spec: {leaseDurationSeconds: 0}',
    'x',
    ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
  ],
  [
    'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration',
    'webhooks: [{name: short, clientConfig: {}, rules: [{operations: ["*", CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]}]',
    'x',
    [
      'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots',
      `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
  ],
  [
    'apiextensions.k8s.io/v1 CustomResourceDefinition',
    CRD.replace('storage: true', 'storage: false'),
    'foos.b.a',
    [
      'metadata.name: Invalid value: "foos.b.a": must be spec.names.plural+"."+spec.group',
      expect.stringMatching(
        /^spec\.versions: Invalid value: \[.*\]: must have exactly one version marked as storage version$/,
      ),
      'status.storedVersions: Invalid value: []: must have at least one stored version',
    ],
  ],
  [
    'apiregistration.k8s.io/v1 APIService',
    'spec: {group: a.b, version: v1, groupPriorityMinimum: 0, versionPriority: 1}',
    'x',
    [
      'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.b"',
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
    ],
  ],
])('complaints about %s with %s', async (kind, rest, name, expected) => {
  const { errors } = await created(manifest(kind, rest, name));
  expect(errors).toEqual(expected);
});
