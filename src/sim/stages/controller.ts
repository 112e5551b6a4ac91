/**
 * Has Stages decide what becomes of Pods and Nodes, as kwok does (kwok `pkg/kwok/controllers`, `pkg/utils/lifecycle`). A Stage's
 * delay runs from the last write of the object, and what chance decides is drawn anew with each of its versions: both are the
 * same for a new process.
 */
import { isObject, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Context, Controller, IndexedCache, Result } from '../controller';
import { PodAddresses } from '../kubelet/addresses';
import { createRandom } from '../random';
import { splitKey } from '../resource-names';
import { STAGES, stagesOf } from './known-stages';
import { choose, readStage, type Stage, type StageEvent, type StagePatch } from './stage';

const PATHS = {
  Pod: { group: '', version: 'v1', resource: 'pods' },
  Node: { group: '', version: 'v1', resource: 'nodes' },
} as const;
type Kind = keyof typeof PATHS;

/** So many Stages follow one another at once, at most. */
const MOST_AT_ONCE = 20;

class StageController implements Controller {
  readonly name = 'stage-controller';
  readonly user = 'system:node';
  readonly fieldManager = 'kwok';
  readonly eventSource = { component: 'kwok' };
  readonly watches = [
    { resource: 'pods', when: anyStages, keys: (pod: KubeObject, cache: IndexedCache) => keyed('Pod', pod, cache) },
    { resource: 'nodes', when: anyStages, keys: (node: KubeObject, cache: IndexedCache) => keyed('Node', node, cache) },
    { resource: STAGES, keys: everybody },
  ];
  private readonly addresses = new PodAddresses();

  async reconcile(key: string, context: Context): Promise<Result | undefined> {
    const [kind = '', rest = ''] = key.split(/:(.*)/s);
    if (kind === 'Stage') return judge(rest, context);
    const { namespace, name } = splitKey(rest);
    const object = context.cache.get(PATHS[kind as Kind].resource, namespace, name);
    return object && this.play(kind as Kind, object, context);
  }

  private async play(kind: Kind, start: KubeObject, context: Context): Promise<Result | undefined> {
    const stages = stagesOf(context.cache).filter((stage) => stage.kind === kind);
    let object: KubeObject | undefined = start;
    for (let played = 0; object && played < MOST_AT_ONCE; played++) {
      const now = context.clock.now();
      const current: KubeObject = object;
      const random = createRandom(`${current.metadata.uid} ${current.metadata.resourceVersion}`);
      const stage = choose(
        stages.filter((one) => one.matches(current)),
        current,
        random,
      );
      if (!stage) return undefined;
      const since = played === 0 ? lastWrite(current, now) : now;
      const due = since + Math.max(0, stage.delay(current, since, random) ?? 0);
      if (due > now) return { requeueAfter: due - now };
      const after: KubeObject | undefined = await this.perform(stage, kind, current, since, context);
      const changed = after && after.metadata.resourceVersion !== current.metadata.resourceVersion;
      object = stage.immediateNextStage && changed ? after : undefined;
    }
    return undefined;
  }

  /** Does what the Stage says; the object as it is then, if it is still there. */
  private async perform(
    stage: Stage,
    kind: Kind,
    start: KubeObject,
    since: Instant,
    context: Context,
  ): Promise<KubeObject | undefined> {
    const { client } = context;
    const path = PATHS[kind];
    const { namespace = '', name = '', uid = '' } = start.metadata;
    let object: KubeObject = start;
    try {
      for (const step of stage.steps) {
        if (step.event) say(object, step.event, since, context);
        if (step.finalizers) {
          const finalizers = changedFinalizers(object.metadata.finalizers ?? [], step.finalizers);
          if (finalizers)
            object = await client.patch(path, namespace, name, 'merge', { metadata: { uid, finalizers } });
        }
        if (step.delete) {
          const options = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } };
          await client.delete(path, namespace, name, options);
          return undefined;
        }
        if (step.patch) object = await this.patch(kind, object, step.patch, context);
      }
    } catch (error) {
      // Gone, or another of that name.
      if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return undefined;
      throw error;
    }
    return object;
  }

  private async patch(kind: Kind, object: KubeObject, patch: StagePatch, context: Context): Promise<KubeObject> {
    const { client, cache, clock } = context;
    const { namespace = '', name = '' } = object.metadata;
    const typed = { ...object, apiVersion: object.apiVersion ?? 'v1', kind };
    const node = (nodeName: string) => cache.get('nodes', '', nodeName);
    // Most clusters have no Stages, and need no templates.
    const { renderTemplate } = await import('./template');
    const rendered = renderTemplate(patch.template ?? '', typed, {
      now: clock.now(),
      startTime: clock.now(),
      node,
      podIP: () => {
        const host = node(object['spec']?.nodeName ?? '');
        return host && this.addresses.assign(object, host, cache);
      },
    });
    const type = patch.type ?? 'strategic';
    const body = rooted(rendered, patch.root, type);
    return client.patch(PATHS[kind], namespace, name, type, body, undefined, patch.subresource);
  }
}

export default (): Controller => new StageController();

function rooted(patch: Json, root: string | undefined, type: string): Json {
  if (!root) return patch;
  if (type !== 'json') return { [root]: patch };
  const operations = Array.isArray(patch) ? patch : [];
  return operations.map((one) => (isObject(one) ? { ...one, path: `/${root}${one['path'] ?? ''}` } : one));
}

function anyStages(cache: IndexedCache): boolean {
  return cache.count(STAGES) > 0;
}

function keyed(kind: Kind, object: KubeObject, cache: IndexedCache): readonly string[] {
  if (!stagesOf(cache).some((stage) => stage.kind === kind)) return [];
  return [`${kind}:${object.metadata.namespace ?? ''}/${object.metadata.name}`];
}

/** A Stage that changes concerns everybody of its kind. */
function everybody(stage: KubeObject, cache: IndexedCache): readonly string[] {
  const kind = stage['spec']?.resourceRef?.kind;
  const objects = kind === 'Pod' ? cache.list('pods') : kind === 'Node' ? cache.list('nodes') : [];
  return [`Stage:${stage.metadata.name}`, ...objects.flatMap((object) => keyed(kind, object, cache))];
}

/** Says what is wrong with a Stage that can't be read. */
function judge(name: string, { cache, events }: Context): undefined {
  const stage = cache.get(STAGES, '', name);
  if (!stage) return undefined;
  try {
    readStage(stage);
    if (!Object.hasOwn(PATHS, stage['spec']?.resourceRef?.kind ?? ''))
      throw new Error('only Stages of Pods and Nodes are played');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const said = cache.index('events', 'about', stage.metadata.uid ?? '');
    if (!said.some((event) => event['message'] === message)) events.event(stage, 'Warning', 'InvalidStage', message);
  }
  return undefined;
}

/** When somebody last changed it. */
function lastWrite(object: KubeObject, now: Instant): Instant {
  const { creationTimestamp, managedFields = [] } = object.metadata;
  const times = [creationTimestamp, ...managedFields.map(({ time }) => time)];
  return Math.min(now, Math.max(...times.map((time) => parseTime(time ?? '') ?? 0)));
}

function say(
  object: KubeObject,
  { type, reason = '', message = '' }: StageEvent,
  since: Instant,
  context: Context,
): void {
  const said = context.cache.index('events', 'about', object.metadata.uid ?? '');
  const wasSaid = said.some(
    (event) =>
      event['reason'] === reason &&
      event['message'] === message &&
      (parseTime(event['lastTimestamp'] ?? '') ?? 0) > since,
  );
  if (!wasSaid) context.events.event(object, type === 'Warning' ? 'Warning' : 'Normal', reason, message);
}

/** finalizersModify; undefined where nothing changes. */
function changedFinalizers(
  present: readonly string[],
  { add = [], remove = [], empty }: NonNullable<Stage['steps'][number]['finalizers']>,
): string[] | undefined {
  const gone = new Set(remove.map(({ value }) => value));
  const kept = empty ? [] : present.filter((one) => !gone.has(one));
  for (const { value } of add) if (!kept.includes(value)) kept.push(value);
  return kept.length === present.length && kept.every((one, i) => one === present[i]) ? undefined : kept;
}
