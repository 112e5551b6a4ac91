/**
 * The revisions of a workload: ReplicaSets of a Deployment, ControllerRevisions of the others (kubectl
 * pkg/polymorphichelpers/{history,rollback}.go).
 */
import { deepEqual, type JsonObject } from '../../apimachinery/json';
import { selectorOf } from '../../apimachinery/labels';
import { asJson, asObject, controllerOf, type KubeObject } from '../../apimachinery/meta';
import type { Client } from '../../client/client';
import { kindSchema } from '../../schema/catalog';
import { CommandError } from '../command';
import { isWorkload } from './find';

const REVISION = 'deployment.kubernetes.io/revision';
const TEMPLATE_HASH = 'pod-template-hash';

export interface Revision {
  number: number;
  /** The ReplicaSet; or the workload as it was at this revision. */
  object: KubeObject;
  /** Where the change-cause annotation stands. */
  annotations: Readonly<Record<string, string>>;
  template: KubeObject;
  /** The ControllerRevision, where it is one. */
  record?: KubeObject;
}

/** In the order of their numbers. @throws CommandError for kinds without a history */
export async function revisionsOf(object: KubeObject, client: Client): Promise<Revision[]> {
  const found = isWorkload(object, 'Deployment')
    ? await replicaSetRevisions(object, client)
    : isWorkload(object, 'DaemonSet', 'StatefulSet')
      ? await controllerRevisions(object, client)
      : undefined;
  if (!found) {
    const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : '';
    throw new CommandError(`no history viewer has been implemented for "${object.kind}${group}"`);
  }
  return found.sort((a, b) => a.number - b.number);
}

async function owned(object: KubeObject, client: Client, resource: string): Promise<KubeObject[]> {
  const { namespace = '', uid } = object.metadata;
  const labelSelector = selectorOf(object['spec'].selector).toString();
  const { items } = await client.list({ group: 'apps', version: 'v1', resource }, namespace, { labelSelector });
  return items.filter((item) => controllerOf(item)?.uid === uid);
}

async function replicaSetRevisions(deployment: KubeObject, client: Client): Promise<Revision[]> {
  const replicaSets = await owned(deployment, client, 'replicasets');
  return replicaSets.flatMap((replicaSet) => {
    const annotations = replicaSet.metadata.annotations ?? {};
    const number = Number(annotations[REVISION] ?? Number.NaN);
    if (!Number.isInteger(number)) return [];
    return [{ number, object: replicaSet, annotations, template: replicaSet['spec'].template }];
  });
}

async function controllerRevisions(workload: KubeObject, client: Client): Promise<Revision[]> {
  const records = await owned(workload, client, 'controllerrevisions');
  const { applyStrategicPatch } = await import('../../merge/strategic-patch');
  const { useCompiledSchema } = await import('../../host/schema-files');
  await useCompiledSchema();
  const schema = kindSchema('apps', 'v1', workload.kind);
  return records.map((record) => {
    const patch = (record['data'] ?? {}) as JsonObject;
    const then = schema ? asObject(applyStrategicPatch(asJson(workload), patch, schema)) : workload;
    return {
      number: Number(record['revision'] ?? 0),
      object: then,
      annotations: record.metadata.annotations ?? {},
      template: then['spec'].template,
      record,
    };
  });
}

/**
 * The revision to roll back to: the one asked for, or (0) the one before the latest.
 * @throws CommandError where there is none
 */
export function revisionToUndo(object: KubeObject, revisions: readonly Revision[], wanted: number): Revision {
  if (wanted > 0) {
    const found = revisions.find(({ number }) => number === wanted);
    if (!found) throw new CommandError(`unable to find specified revision ${wanted} in history`);
    return found;
  }
  const previous = revisions[revisions.length - 2];
  if (previous) return previous;
  if (isWorkload(object, 'Deployment'))
    throw new CommandError(`no rollout history found for deployment "${object.metadata.name}"`);
  throw new CommandError('no last revision to roll back to');
}

/** Are two pod templates the same but for the hash label that the controller adds? */
export function sameTemplate(a: KubeObject, b: KubeObject): boolean {
  return deepEqual(asJson(withoutHash(a)), asJson(withoutHash(b)));
}

/** A pod template without the hash label. */
export function withoutHash(template: KubeObject): KubeObject {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
