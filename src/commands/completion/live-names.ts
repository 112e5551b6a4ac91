/** What the cluster has of names, for completions (kubectl pkg/util/completion/completion.go CompGet…). */
import { selectorFromLabels, selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import type { Invocation } from '../command';

/** The types that can be got, as they are completed: `pods`, `deployments.apps`. */
export async function servedTypes(invocation: Invocation): Promise<string[]> {
  try {
    const { namesOfServed } = await import('../api-resources');
    return namesOfServed(await invocation.mapper(), ['get']);
  } catch {
    return [];
  }
}

/** Names of the objects of a type, or of several with commas between. */
export async function namesOf(invocation: Invocation, types: string, namespace?: string): Promise<string[]> {
  return (await objects(invocation, [types], namespace)).map(({ metadata }) => metadata.name ?? '');
}

/** Containers that come first first. */
export async function containersOf(invocation: Invocation, pod: string): Promise<string[]> {
  const spec = await specOf(invocation, 'pod', pod);
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name = '' }) => name);
}

/** `8080:80`: what is typed before the colon, and each port behind it. */
export async function portsOf(invocation: Invocation, argument: string, typed: string): Promise<string[]> {
  const [type, name] = argument.includes('/') ? argument.split('/') : ['pod', argument];
  const isService = ['service', 'services', 'svc'].includes(type as string);
  const spec = isService
    ? await specOf(invocation, 'service', name ?? '')
    : await specOf(invocation, 'pod', await podNameOf(invocation, argument));
  const ports = isService
    ? (spec?.ports ?? []).map(({ port }) => port)
    : (spec?.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
  const local = typed.split(':')[0];
  return ports.map((port) => `${typed === '' ? port : local}:${port}`);
}

/** The pod that an argument means: of TYPE/NAME the liveliest (polymorphichelpers.AttachablePodForObjectFn). */
export async function podNameOf(invocation: Invocation, argument: string): Promise<string> {
  if (!argument.includes('/')) return argument;
  const [object] = await objects(invocation, [argument]);
  if (!object) return '';
  if (object.kind === 'Pod') return object.metadata.name ?? '';
  const selector = (object as Workload).spec?.selector;
  if (!selector) return '';
  const hasPlainSelector = object.kind === 'Service' || object.kind === 'ReplicationController';
  const labelSelector = (
    hasPlainSelector ? selectorFromLabels(selector as Record<string, string>) : selectorOf(selector)
  ).toString();
  try {
    const client = await invocation.client();
    const path = { group: '', version: 'v1', resource: 'pods' };
    const { items } = await client.list(path, object.metadata.namespace ?? '', { labelSelector });
    return items.sort((a, b) => liveliness(b) - liveliness(a))[0]?.metadata.name ?? '';
  } catch {
    return '';
  }
}

interface Workload extends KubeObject {
  spec?: { selector?: Record<string, never> };
}

interface PodLike extends KubeObject {
  spec?: { nodeName?: string };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** On a node, running, ready: in this order (podutils.ActivePods). */
function liveliness({ spec, status }: PodLike): number {
  const phases = ['Pending', 'Unknown', 'Running'];
  const isReady = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return (spec?.nodeName ? 10 : 0) + phases.indexOf(status?.phase ?? '') * 2 + (isReady ? 1 : 0);
}

interface SpecLike {
  initContainers?: { name?: string }[];
  containers?: { name?: string; ports?: { containerPort?: number }[] }[];
  ports?: { port?: number }[];
}

async function specOf(invocation: Invocation, type: string, name: string): Promise<SpecLike | undefined> {
  if (name === '') return undefined;
  const [object] = await objects(invocation, [type, name]);
  return (object as { spec?: SpecLike } | undefined)?.spec;
}

/** As `get` finds them; of what can't be got nothing. */
async function objects(invocation: Invocation, args: readonly string[], namespace?: string): Promise<KubeObject[]> {
  try {
    const result = await findResources(invocation, {
      args,
      namespace: namespace ?? (await invocation.namespace()).namespace,
      chunkSize: 500,
      allowEmptySelector: true,
      flatten: true,
    });
    const { infos } = await result.infos();
    return infos.flatMap(({ object }) => (object ? [object] : []));
  } catch {
    return [];
  }
}
