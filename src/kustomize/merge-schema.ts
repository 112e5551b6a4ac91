/**
 * Which lists a strategic merge patch joins, and by what keys: kustomize's own table, of Kubernetes 1.21.2, whatever the
 * cluster is. Lists of kinds and fields that it does not have are replaced (kyaml/openapi/kubernetesapi/v1_21_2).
 */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';

/** What is known of a field: a list that is merged has `keys` (none: its items are scalars), what it leads to `type`. */
interface FieldFacts {
  readonly keys?: readonly string[];
  readonly type?: string;
}
type TypeFacts = Readonly<Record<string, FieldFacts>>;

export interface MergeSchema {
  /** Merged by these keys; undefined: replaced. */
  readonly keys: readonly string[] | undefined;
  field(name: string): MergeSchema | undefined;
  /** Of a list's items. */
  items(): MergeSchema | undefined;
}

const conditions = { conditions: { keys: ['type'] } };
const metadata = { metadata: { type: 'ObjectMeta' } };
const template = { template: { type: 'PodTemplateSpec' } };

const TYPES: Readonly<Record<string, TypeFacts>> = {
  ObjectMeta: { finalizers: { keys: [] }, ownerReferences: { keys: ['uid'] } },
  Object: metadata,
  WithConditions: { ...metadata, status: { type: 'Conditions' } },
  Conditions: conditions,
  Workload: { ...metadata, spec: { type: 'WorkloadSpec' }, status: { type: 'Conditions' } },
  WorkloadSpec: template,
  StatefulSet: { ...metadata, spec: { type: 'StatefulSetSpec' }, status: { type: 'Conditions' } },
  StatefulSetSpec: { ...template, volumeClaimTemplates: { type: 'WithConditions' } },
  CronJob: { ...metadata, spec: { type: 'CronJobSpec' } },
  CronJobSpec: { jobTemplate: { type: 'JobTemplateSpec' } },
  JobTemplateSpec: { ...metadata, spec: { type: 'WorkloadSpec' } },
  PodTemplate: { ...metadata, ...template },
  PodTemplateSpec: { ...metadata, spec: { type: 'PodSpec' } },
  Pod: { ...metadata, spec: { type: 'PodSpec' }, status: { type: 'PodStatus' } },
  PodStatus: { ...conditions, podIPs: { keys: ['ip'] } },
  PodSpec: {
    containers: { keys: ['name'], type: 'Container' },
    initContainers: { keys: ['name'], type: 'Container' },
    ephemeralContainers: { keys: ['name'], type: 'EphemeralContainer' },
    hostAliases: { keys: ['ip'] },
    imagePullSecrets: { keys: ['name'] },
    topologySpreadConstraints: { keys: ['topologyKey', 'whenUnsatisfiable'] },
    volumes: { keys: ['name'], type: 'Volume' },
  },
  EphemeralContainer: {
    env: { keys: ['name'] },
    volumeDevices: { keys: ['devicePath'] },
    volumeMounts: { keys: ['mountPath'] },
  },
  Container: {
    env: { keys: ['name'] },
    ports: { keys: ['containerPort', 'protocol'] },
    volumeDevices: { keys: ['devicePath'] },
    volumeMounts: { keys: ['mountPath'] },
  },
  Volume: { ephemeral: { type: 'EphemeralVolumeSource' } },
  EphemeralVolumeSource: { volumeClaimTemplate: { type: 'Object' } },
  Service: { ...metadata, spec: { type: 'ServiceSpec' }, status: { type: 'Conditions' } },
  ServiceSpec: { ports: { keys: ['port', 'protocol'] } },
  ServiceAccount: { ...metadata, secrets: { keys: ['name'] } },
  ComponentStatus: { ...metadata, ...conditions },
  Node: { ...metadata, spec: { type: 'NodeSpec' }, status: { type: 'NodeStatus' } },
  NodeSpec: { podCIDRs: { keys: [] } },
  NodeStatus: { ...conditions, addresses: { keys: ['type'] } },
  CSINode: { ...metadata, spec: { type: 'CSINodeSpec' } },
  CSINodeSpec: { drivers: { keys: ['name'] } },
  WebhookConfiguration: { ...metadata, webhooks: { keys: ['name'] } },
};

/** By apiVersion: `Kind`, or `Kind=Type` where it is more than an object with metadata. */
const KINDS: Readonly<Record<string, string>> = {
  v1: 'Binding ComponentStatus=ComponentStatus ConfigMap Endpoints Event LimitRange Namespace=WithConditions Node=Node PersistentVolume PersistentVolumeClaim=WithConditions Pod=Pod PodTemplate=PodTemplate ReplicationController=Workload ResourceQuota Secret Service=Service ServiceAccount=ServiceAccount',
  'admissionregistration.k8s.io/v1':
    'MutatingWebhookConfiguration=WebhookConfiguration ValidatingWebhookConfiguration=WebhookConfiguration',
  'admissionregistration.k8s.io/v1beta1':
    'MutatingWebhookConfiguration=WebhookConfiguration ValidatingWebhookConfiguration=WebhookConfiguration',
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition',
  'apiextensions.k8s.io/v1beta1': 'CustomResourceDefinition',
  'apiregistration.k8s.io/v1': 'APIService=WithConditions',
  'apiregistration.k8s.io/v1beta1': 'APIService=WithConditions',
  'apps/v1': 'ControllerRevision DaemonSet=Workload Deployment=Workload ReplicaSet=Workload StatefulSet=StatefulSet',
  'authentication.k8s.io/v1': 'TokenRequest TokenReview',
  'authentication.k8s.io/v1beta1': 'TokenReview',
  'authorization.k8s.io/v1':
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  'authorization.k8s.io/v1beta1':
    'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  'autoscaling/v1': 'HorizontalPodAutoscaler Scale',
  'autoscaling/v2beta1': 'HorizontalPodAutoscaler',
  'autoscaling/v2beta2': 'HorizontalPodAutoscaler',
  'batch/v1': 'CronJob=CronJob Job=Workload',
  'batch/v1beta1': 'CronJob=CronJob',
  'certificates.k8s.io/v1': 'CertificateSigningRequest',
  'certificates.k8s.io/v1beta1': 'CertificateSigningRequest',
  'coordination.k8s.io/v1': 'Lease',
  'coordination.k8s.io/v1beta1': 'Lease',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'discovery.k8s.io/v1beta1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event',
  'events.k8s.io/v1beta1': 'Event',
  'extensions/v1beta1': 'Ingress',
  'flowcontrol.apiserver.k8s.io/v1beta1': 'FlowSchema PriorityLevelConfiguration',
  'networking.k8s.io/v1': 'Ingress IngressClass NetworkPolicy',
  'networking.k8s.io/v1beta1': 'Ingress IngressClass',
  'node.k8s.io/v1': 'RuntimeClass',
  'node.k8s.io/v1beta1': 'RuntimeClass',
  'policy/v1': 'PodDisruptionBudget=WithConditions',
  'policy/v1beta1': 'Eviction PodDisruptionBudget=WithConditions PodSecurityPolicy',
  'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'rbac.authorization.k8s.io/v1beta1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'scheduling.k8s.io/v1': 'PriorityClass',
  'scheduling.k8s.io/v1beta1': 'PriorityClass',
  'storage.k8s.io/v1': 'CSIDriver CSINode=CSINode StorageClass VolumeAttachment',
  'storage.k8s.io/v1beta1': 'CSIDriver CSINode=CSINode CSIStorageCapacity StorageClass VolumeAttachment',
};

/** The schemas that patches are merged by: a function from a kind to its schema, undefined where there is none. */
export type MergeSchemas = (apiVersion: string, kind: string) => MergeSchema | undefined;

export const builtinSchemas: MergeSchemas = (apiVersion, kind) => {
  const kinds = Object.hasOwn(KINDS, apiVersion) ? (KINDS[apiVersion] as string).split(' ') : [];
  for (const entry of kinds) {
    const [name, type = 'Object'] = entry.split('=');
    if (name === kind) return typeSchema(type);
  }
  return undefined;
};

function typeSchema(type: string, keys?: readonly string[]): MergeSchema {
  const facts = TYPES[type];
  return {
    keys,
    field: (name) => {
      const field = facts && Object.hasOwn(facts, name) ? facts[name] : undefined;
      return field && typeSchema(field.type ?? '', field.keys);
    },
    items: () => typeSchema(type),
  };
}

/** Schemas from an OpenAPI document (`openapi: {path: …}`), in place of the built-in ones. */
export function customSchemas(document: Json): MergeSchemas {
  const definitions = isObject(document) && isObject(document.definitions) ? document.definitions : {};
  const byKind = new Map<string, JsonObject>();
  for (const definition of Object.values(definitions)) {
    if (!isObject(definition)) continue;
    const kinds = definition['x-kubernetes-group-version-kind'];
    if (!Array.isArray(kinds)) continue;
    for (const each of kinds) {
      if (!isObject(each)) continue;
      const apiVersion = each.group ? `${each.group}/${each.version}` : `${each.version}`;
      byKind.set(`${apiVersion} ${each.kind}`, definition);
    }
  }
  return (apiVersion, kind) => {
    const definition = byKind.get(`${apiVersion} ${kind}`);
    return definition && openApiSchema(definition, definitions);
  };
}

function openApiSchema(schema: JsonObject, definitions: JsonObject): MergeSchema {
  const resolve = (reference: Json | undefined): MergeSchema | undefined => {
    let found = reference;
    for (let depth = 0; isObject(found) && typeof found.$ref === 'string' && depth < 100; depth++) {
      found = definitions[found.$ref.replace(/^#\/definitions\//, '')];
    }
    return isObject(found) ? openApiSchema(found, definitions) : undefined;
  };
  return {
    keys: mergeKeysOf(schema),
    field: (name) => {
      const { properties, additionalProperties } = schema;
      if (isObject(properties) && Object.hasOwn(properties, name)) return resolve(properties[name]);
      return resolve(additionalProperties);
    },
    items: () => (schema.type === 'array' ? resolve(schema.items) : undefined),
  };
}

function mergeKeysOf(schema: JsonObject): string[] | undefined {
  const strategy = schema['x-kubernetes-patch-strategy'];
  if (typeof strategy !== 'string' || !strategy.split(',').includes('merge')) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'];
  if (Array.isArray(keys)) return keys.map(String);
  const key = schema['x-kubernetes-patch-merge-key'];
  return typeof key === 'string' ? [key] : [];
}
