/** Small clusters for tables: nodes and pods in a few words, and what one plugin says of them. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ClusterEvent } from '../../../src/sim/scheduler/cluster-events';
import { ClusterView, type Objects } from '../../../src/sim/scheduler/cluster-view';
import { profilesOf, type WrittenConfiguration } from '../../../src/sim/scheduler/configuration/configuration';
import { NodeRow } from '../../../src/sim/scheduler/node-row';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import { createProfile, type Profile } from '../../../src/sim/scheduler/profile';
import { Judge } from '../../../src/sim/scheduler/schedule-pod';
import { prepareScorers, scoresOf } from '../../../src/sim/scheduler/scoring';

type Labels = Record<string, string>;

export interface NodeWords {
  labels?: Labels;
  cpu?: string;
  memory?: string;
  pods?: string;
  /** More resources: `{'example.com/gpu': '2'}`. */
  more?: Labels;
  /** `key=value:Effect` */
  taints?: string[];
  cordoned?: boolean;
  /** Image → megabytes. */
  images?: Record<string, number>;
}

/** Nodes have 4 CPUs and 8Gi unless told, and their name as hostname. */
export function node(name: string, words: NodeWords = {}): KubeObject {
  const { labels = {}, cpu = '4', memory = '8Gi', pods = '110', more = {}, taints = [], cordoned, images = {} } = words;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `node-${name}`, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { ...(cordoned ? { unschedulable: true } : {}), ...(taints.length > 0 ? { taints: taints.map(taint) } : {}) },
    status: {
      allocatable: { cpu, memory, pods, ...more },
      images: Object.entries(images).map(([image, megabytes]) => ({
        names: [image],
        sizeBytes: megabytes * 1024 * 1024,
      })),
    },
  };
}

function taint(text: string) {
  const [, key = '', , value, effect = ''] = /^([^=:]+)(=([^:]*))?:(.*)$/.exec(text) ?? [];
  const given = /=([^:]*):/.exec(text)?.[1];
  return { key, ...(given ? { value: given } : {}), effect: effect || value || '' };
}

export interface PodWords {
  labels?: Labels;
  namespace?: string;
  /** Where it is. */
  on?: string;
  requests?: Labels;
  priority?: number;
  /** Of its spec, whatever there is. */
  spec?: object;
  metadata?: object;
  status?: object;
}

export function pod(name: string, words: PodWords = {}): KubeObject {
  const { labels = {}, namespace = 'default', on, requests, priority, spec = {}, metadata = {}, status = {} } = words;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `pod-${namespace}-${name}`, labels, ...metadata },
    spec: {
      containers: [{ name: 'c', image: 'example/app:1', ...(requests ? { resources: { requests } } : {}) }],
      ...(on ? { nodeName: on } : {}),
      ...(priority === undefined ? {} : { priority }),
      ...spec,
    },
    status,
  };
}

/** Objects by their resource, as the cache would give them. */
export function objectsOf(objects: Record<string, KubeObject[]> = {}): Objects {
  const all = (resource: string, namespace?: string) =>
    (objects[resource] ?? []).filter((one) => !namespace || one.metadata.namespace === namespace);
  return {
    list: all,
    get: (resource, namespace, name) => all(resource, namespace).find((one) => one.metadata.name === name),
    index: (resource, index, value) => {
      if (resource === 'volumeattachments.storage.k8s.io' && index === 'node')
        return all(resource).filter((attachment) => attachment['spec'].nodeName === value);
      if (resource !== 'services' || index !== 'selector') return [];
      return all(resource).filter((service) => {
        const selector: Labels = service['spec'].selector ?? {};
        const [key] = Object.keys(selector);
        return key !== undefined && value === `${service.metadata.namespace}/${key}=${selector[key]}`;
      });
    },
  };
}

export interface Cluster {
  nodes: readonly KubeObject[];
  pods?: readonly KubeObject[];
  objects?: Record<string, KubeObject[]>;
  configuration?: WrittenConfiguration;
}

export function viewOfCluster({ nodes, pods = [], objects }: Cluster): ClusterView {
  const view = new ClusterView(objectsOf(objects));
  for (const one of nodes) view.setNode(one);
  for (const one of pods) view.place(new PodInfo(one), one['spec'].nodeName);
  return view;
}

export function profileFor(view: ClusterView, configuration?: WrittenConfiguration): Profile {
  return createProfile(profilesOf(configuration)[0] as ReturnType<typeof profilesOf>[number], view);
}

/** What one plugin's filter says of each node: `ok`, or its reasons, with `!` where evicting pods would not help. */
export function filtered(plugin: string, cluster: Cluster, incoming: KubeObject): Record<string, string> {
  const view = viewOfCluster(cluster);
  const profile = profileFor(view, cluster.configuration);
  const info = new PodInfo(incoming);
  const filter = profile.plugins.get(plugin)?.filterFor?.(info);
  const told: Record<string, string> = {};
  const say = (rejection: { reasons: readonly string[]; unresolvable: boolean } | undefined) =>
    rejection ? rejection.reasons.join(' & ') + (rejection.unresolvable ? ' !' : '') : 'ok';
  if (filter?.rejection) return { '*': say(filter.rejection) };
  const found = { plugin: { name: plugin }, filter: filter ?? {} };
  const judge = new Judge(info, { filters: [found], narrowedBy: [] }, view);
  view.ordered.forEach((one, place) => {
    const verdict = judge.verdict(one);
    told[one.name] = say(verdict);
    // The columns must tell the same, or nothing.
    expect(say(judge.verdictAt(one.slot, one))).toBe(told[one.name]);
    if (verdict) expect(judge.clearUntil(view.slots, place, place + 1)).toBe(place);
  });
  return told;
}

/** What one plugin scores each node, normalised; empty where it has nothing to say. */
export function scored(plugin: string, cluster: Cluster, incoming: KubeObject): Record<string, number> {
  const view = viewOfCluster(cluster);
  const profile = profileFor(view, cluster.configuration);
  const nodes = view.ordered;
  const row = NodeRow.of(nodes, view.columns);
  const one = prepareScorers(new PodInfo(incoming), profile, row).find((scorer) => scorer.plugin === plugin);
  if (!one) return {};
  const { raw, scores } = scoresOf(one, row);
  const { scoreAt, same } = one.scorer;
  nodes.forEach(({ slot }, i) => {
    if (scoreAt) expect(scoreAt(slot, view.columns)).toBe(raw[i]);
    if (same !== undefined) expect(same).toBe(scores[i]);
  });
  return Object.fromEntries(nodes.map(({ name }, i) => [name, scores[i] as number]));
}

/** Would any of these events have a pod tried again that this plugin rejected? */
export function woken(plugin: string, rejected: KubeObject, events: readonly ClusterEvent[]): boolean {
  const { plugins } = profileFor(viewOfCluster({ nodes: [] }));
  const info = new PodInfo(rejected);
  return events.some((event) =>
    (plugins.get(plugin)?.events ?? []).some(
      ({ resource, actions, helps }) =>
        resource === event.resource && actions.includes(event.action) && (!helps || helps(info, event)),
    ),
  );
}

/** Arguments for a plugin, as a configuration of one profile. */
export function withArgs(name: string, args: object): WrittenConfiguration {
  return { profiles: [{ pluginConfig: [{ name, args }] }] };
}
