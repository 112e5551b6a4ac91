/**
 * What ConfigMaps and Secrets held of a container's environment when it was started: that is its environment until it ends, whatever
 * becomes of them (kubernetes `pkg/kubelet/kubelet_pods.go` makeEnvironmentVariables). Upstream the process has it; here it lies in the
 * cluster's state beside the objects, for containers that take something from there.
 */
import { isObject, type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { begunPath } from '../../apiserver/begun-environments';
import type { Client } from '../../client/client';
import type { IndexedCache } from '../controller';
import { recalled } from '../controller-memory';
import { allStatuses, type Container, type ContainerStatus } from './container';
import { dataOf, type ObjectData, objectsOfEnvironment } from './program/environment';

/** A container that is started in this look. */
export interface Begun {
  container: Container;
  containerID: string;
}

/** Keeps what those begin with, beside what is kept of the runs that the pod still tells of. */
export async function keepBegun(
  pod: KubeObject,
  begun: readonly Begun[],
  cache: IndexedCache,
  client: Client,
): Promise<void> {
  const path = begunPath(pod);
  const kept: JsonObject = {};
  const before = await recalled(client, path);
  for (const id of allStatuses(pod).flatMap(runsOf)) if (before[id]) kept[id] = before[id];
  for (const { container, containerID } of begun) kept[containerID] = jsonOf(environmentData(pod, container, cache));
  await client.request({ method: 'PUT', path, body: kept });
}

/** What a run began with, of what is kept for its pod; undefined where nothing is. */
export function begunWith(kept: Json | undefined, containerID: string): ObjectData | undefined {
  const data = isObject(kept) ? kept[containerID] : undefined;
  return isObject(data) ? (data as unknown as ObjectData) : undefined;
}

/** Only what it takes of them. */
function environmentData(pod: KubeObject, container: Container, cache: IndexedCache): ObjectData {
  const { namespace = '' } = pod.metadata;
  const found: Record<string, Record<string, string>> = {};
  for (const { resource, name, key } of objectsOfEnvironment(container)) {
    const object = cache.get(resource, namespace, name);
    if (!object) continue;
    const data = dataOf(resource, object);
    found[`${resource}/${name}`] ??= {};
    const taken = found[`${resource}/${name}`] as Record<string, string>;
    if (key === undefined) Object.assign(taken, data);
    else if (data[key] !== undefined) taken[key] = data[key];
  }
  return found;
}

function runsOf({ containerID, state, lastState }: ContainerStatus): string[] {
  return [containerID, state.terminated?.containerID, lastState.terminated?.containerID].filter(
    (id) => id !== undefined,
  );
}
