/** What the buffers of a namespace ask for (autoscaler `capacitybuffer/translators`, `capacitybuffer/fakepods`). */
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import { parseLabelSelector } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { withRequests } from '../../../apimachinery/pod-requests';
import { milliValue } from '../../../apimachinery/quantity';
import { notFound } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import { resourcePath } from '../../../client/client';
import {
  ACTIVE,
  BUFFER_RESOURCE,
  BUFFERS,
  type BufferStatus,
  type CapacityBuffer,
  missingTemplate,
  withCondition,
} from '../../cluster-autoscaler/capacity-buffers';
import type { Context } from '../../controller';
import { podsSelected, resourceOf, type Scale } from '../horizontalpodautoscaler/target';
import { messageOf } from '../pod-control';
import { allocate } from './quotas';
import { type Container, type Named, type PodTemplateSpec, requestsOf, type Translated } from './translated';

const TEMPLATES = { group: '', version: 'v1', resource: 'podtemplates' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
/** A name has so many letters at most. */
const LONGEST = 253 - 'capacitybuffer--pod-template'.length;

/** All of a namespace together: one may take from a quota what another would need. */
export async function translate(namespace: string, dryRun: boolean, context: Context): Promise<void> {
  const { cache, client, clock } = context;
  const buffers = (cache.list(BUFFER_RESOURCE, namespace) as readonly CapacityBuffer[])
    .filter(({ spec }) => [undefined, '', ACTIVE].includes(spec.provisioningStrategy))
    .sort((a, b) => madeAt(a) - madeAt(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const translated: Translated[] = [];
  for (const buffer of buffers) translated.push(await translateOne(buffer, dryRun, context));
  allocate(translated, cache.list('resourcequotas', namespace), clock.now());
  for (const { buffer, status } of translated)
    if (!deepEqual(jsonOf(status), jsonOf(buffer.status ?? {})))
      await client.updateStatus(BUFFERS, { ...buffer, status });
}

function madeAt({ metadata }: KubeObject): number {
  return parseTime(metadata.creationTimestamp ?? '') ?? 0;
}

async function translateOne(buffer: CapacityBuffer, dryRun: boolean, context: Context): Promise<Translated> {
  const { spec } = buffer;
  const { conditions = [] } = buffer.status ?? {};
  const now = context.clock.now();
  const base: BufferStatus = { provisioningStrategy: spec.provisioningStrategy || ACTIVE, conditions };
  const refuse = (status: BufferStatus, why: string): Translated => {
    const message = `Buffer not ready for provisioning: ${why}`;
    const condition = { type: 'ReadyForProvisioning', status: 'False', reason: 'error', message };
    return { buffer, status: withCondition(status, condition, now) };
  };
  let managed: KubeObject;
  let scale: number | undefined;
  try {
    const found = spec.podTemplateRef
      ? { template: await byTemplate(buffer, dryRun, context) }
      : await byScalable(buffer, dryRun, context);
    scale = 'replicas' in found ? found.replicas : undefined;
    managed = await ensureTemplate(buffer, found.template, context);
  } catch (error) {
    return refuse(base, messageOf(error));
  }
  const { name = '', generation = 1 } = managed.metadata;
  const known: BufferStatus = { ...base, podTemplateRef: { name }, podTemplateGeneration: generation };
  const template = managed['template'] as PodTemplateSpec;
  const replicas = replicasOf(buffer, template, scale);
  if (typeof replicas === 'string') return refuse(known, `couldn't get number of replicas for buffer: ${replicas}`);
  const ready = {
    type: 'ReadyForProvisioning',
    status: 'True',
    reason: 'AttributesSetSuccessfully',
    message: 'ready',
  };
  return { buffer, status: withCondition({ ...known, replicas }, ready, now), template };
}

/** getBufferNumberOfPods; or why there is none. */
function replicasOf({ spec }: CapacityBuffer, template: PodTemplateSpec, scale: number | undefined): number | string {
  const bounds: number[] = [];
  if (spec.replicas !== undefined) bounds.push(Math.max(0, spec.replicas));
  if (spec.percentage !== undefined && scale !== undefined)
    bounds.push(Math.max(0, Math.trunc((spec.percentage * scale) / 100)));
  if (spec.limits !== undefined) {
    const fitting = withinLimits(template, spec.limits);
    if (fitting === undefined) return 'resources in configured limits not found in the pod template';
    bounds.push(fitting);
  }
  return bounds.length === 0 ? 'replicas, percentage and limits are not defined' : Math.min(...bounds);
}

function withinLimits(template: PodTemplateSpec, limits: Record<string, string | number>): number | undefined {
  const fitting: number[] = [];
  for (const [name, requested] of requestsOf(template))
    if (limits[name] !== undefined) fitting.push(Math.trunc(milliValue(limits[name]) / requested));
  return fitting.length === 0 ? undefined : Math.min(...fitting);
}

/** podTemplateBufferTranslator */
async function byTemplate(
  { spec, metadata }: CapacityBuffer,
  dryRun: boolean,
  context: Context,
): Promise<PodTemplateSpec> {
  const { namespace = '' } = metadata;
  const name = spec.podTemplateRef?.name ?? '';
  const source = context.cache.get('podtemplates', namespace, name);
  if (!source) throw new Error(missingTemplate(name));
  try {
    return await resolve(namespace, source['template'], dryRun, context);
  } catch (error) {
    throw new Error(`failed to create fake pod: ${messageOf(error)}`);
  }
}

interface Scaled {
  template: PodTemplateSpec;
  replicas: number | undefined;
}

/** ScalableObjectsTranslator: the youngest of its pods, and where it has none, its own template. */
async function byScalable(buffer: CapacityBuffer, dryRun: boolean, context: Context): Promise<Scaled> {
  const { namespace = '' } = buffer.metadata;
  let live: Partial<Scaled> = {};
  let problem: string | undefined;
  try {
    live = await byLivePod(buffer, context);
  } catch (error) {
    problem = messageOf(error);
  }
  if (live.template) return { template: live.template, replicas: live.replicas };
  const own = byObject(buffer, context);
  if (typeof own === 'string') {
    const first = problem === undefined ? '' : `failed to resolve live pod: ${problem}, `;
    throw new Error(`${first}failed to resolve scalable object: ${own}`);
  }
  try {
    return { ...own, template: await resolve(namespace, own.template, dryRun, context) };
  } catch (error) {
    throw new Error(`failed to resolve pod spec: ${messageOf(error)}`);
  }
}

async function byLivePod({ spec, metadata }: CapacityBuffer, { cache, client }: Context): Promise<Partial<Scaled>> {
  const { namespace = '' } = metadata;
  const { apiGroup = '', kind = '', name = '' } = spec.scalableRef ?? {};
  let scale: Scale;
  try {
    const path = resourceOf({ apiVersion: apiGroup === '' ? 'v1' : `${apiGroup}/v1`, kind }, cache);
    try {
      scale = await client.request<Scale>({ method: 'GET', path: resourcePath(path, namespace, name, 'scale') });
    } catch (error) {
      throw new Error(`failed to get scale sub resource: ${messageOf(error)}`);
    }
  } catch (error) {
    throw new Error(`failed to get scale object: ${messageOf(error)}`);
  }
  const { selector = '', replicas = 0 } = scale.status ?? {};
  const pods = podsSelected(namespace, parseLabelSelector(selector), cache);
  if (pods.length === 0) return { replicas };
  const youngest = pods.reduce((found, pod) => (madeAt(pod) > madeAt(found) ? pod : found));
  return { template: templateOf(youngest), replicas };
}

const SCALABLE: Readonly<Record<string, string>> = {
  'apps-Deployment': 'deployments.apps',
  'apps-ReplicaSet': 'replicasets.apps',
  'apps-StatefulSet': 'statefulsets.apps',
  'core-ReplicationController': 'replicationcontrollers',
  'batch-Job': 'jobs.batch',
};

/** Its template and how many it shall have; or why there are none. */
function byObject({ spec, metadata }: CapacityBuffer, { cache }: Context): Scaled | string {
  const { apiGroup = '', kind = '', name = '' } = spec.scalableRef ?? {};
  const resource = SCALABLE[`${apiGroup}-${kind}`];
  if (!resource) return `kind ${apiGroup}/${kind} is not supported to use pod template`;
  const object = cache.get(resource, metadata.namespace ?? '', name);
  if (!object) {
    const group = apiGroup === 'core' ? '' : apiGroup;
    const { message } = notFound({ group, resource: kind.toLowerCase() }, name);
    return `failed to get Deployment: failed to get ${kind}: ${message}`;
  }
  const { template, replicas, parallelism } = object['spec'];
  return { template, replicas: kind === 'Job' ? parallelism : replicas };
}

/** DryRunResolver, DefaultingResolver: what a pod of the template would be like. */
async function resolve(
  namespace: string,
  { metadata, spec }: PodTemplateSpec,
  dryRun: boolean,
  { client }: Context,
): Promise<PodTemplateSpec> {
  const { labels, annotations } = metadata ?? {};
  const told = { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  if (!dryRun) return { metadata: told, spec: withRequests(spec) };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...told, generateName: 'fake-pod-' }, spec };
  const made = await client.create(PODS, namespace, pod as KubeObject, { dryRun: 'All' });
  return withoutToken(templateOf(made));
}

function templateOf({ metadata, ...pod }: KubeObject): PodTemplateSpec {
  const { labels, annotations } = metadata;
  const { nodeName: _, ...spec } = (pod as KubeObject)['spec'];
  return { metadata: { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) }, spec };
}

/** cleanUpServiceAccountVolume: the next pod gets another one. */
function withoutToken({ metadata, spec }: PodTemplateSpec): PodTemplateSpec {
  const others = (list: Named[] = []) => list.filter(({ name }) => !name.startsWith('kube-api-access-'));
  const clean = (container: Container): Container => ({ ...container, volumeMounts: others(container.volumeMounts) });
  const { containers, initContainers, volumes } = spec;
  return {
    ...(metadata ? { metadata } : {}),
    spec: {
      ...spec,
      volumes: others(volumes),
      containers: containers.map(clean),
      ...(initContainers ? { initContainers: initContainers.map(clean) } : {}),
    },
  };
}

/** EnsurePodTemplate */
async function ensureTemplate(
  { apiVersion, kind, metadata }: CapacityBuffer,
  template: PodTemplateSpec,
  { cache, client }: Context,
): Promise<KubeObject> {
  const { namespace = '', name: buffer = '', uid = '' } = metadata;
  const name = `capacitybuffer-${buffer.slice(0, LONGEST)}-pod-template`;
  const ownerReferences = [{ apiVersion, kind, name: buffer, uid, controller: true }];
  const present = cache.get('podtemplates', namespace, name);
  const written = JSON.parse(JSON.stringify(template)) as object;
  if (present && deepEqual(jsonOf(present['template']), jsonOf(written))) return present;
  if (!present)
    return client.create(TEMPLATES, namespace, {
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: { name, namespace, ownerReferences },
      template: written,
    } as KubeObject);
  return client.update(TEMPLATES, {
    ...present,
    metadata: { ...present.metadata, ownerReferences },
    template: written,
  } as KubeObject);
}
