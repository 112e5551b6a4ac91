/** The variables of a container's environment (kubernetes `pkg/kubelet/kubelet_pods.go` makeEnvironmentVariables). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceFieldSelector } from '../../../apimachinery/resource-field';
import { takesFromObjects } from '../../../apiserver/begun-environments';
import type { Instant } from '../../clock';
import type { Container } from '../container';
import { kernelNameOf } from '../host-name';
import { expandReferences } from './container-program';
import { withManagedFiles } from './managed-files';
import { mountedFiles, objectsMounted, type ReadData } from './mounted-files';
import type { PodNetwork, ProgramSurroundings, Value } from './program';
import { resourceField } from './resource-fields';
import { serviceVariables } from './service-variables';

/** What surrounds a run of a container, from its pod and from elsewhere. */
export async function surroundingsOfRun(
  pod: KubeObject,
  container: Container,
  { startedAt, containerID }: { startedAt: Instant; containerID: string },
  { read, begunWith, services }: Elsewhere,
): Promise<ProgramSurroundings> {
  const begun = takesFromObjects(container) ? await begunWith?.(containerID) : undefined;
  const now = [
    ...objectsMounted(pod, container).map(([resource, name]) => ({ resource, name })),
    ...nodeOf(pod, container),
  ];
  const readData = await referencedData(begun ? now : [...objectsOfEnvironment(container), ...now], read);
  const given: ReadData = begun
    ? (resource, name) => (resource === 'nodes' ? readData(resource, name) : begun[`${resource}/${name}`])
    : readData;
  return surroundingsOf(pod, container, startedAt, readData, await services?.(), given);
}

/** All that a program finds around it. `given`: what the objects of its environment held when it began. */
export function surroundingsOf(
  pod: KubeObject,
  container: Container,
  startedAt: Instant,
  readData?: ReadData,
  services: readonly KubeObject[] = [],
  given = readData,
): ProgramSurroundings {
  return {
    environment: environmentOf(pod, container, given, serviceVariables(pod, services, startedAt)),
    unlisted: ((container as { envFrom?: EnvFrom[] }).envFrom ?? []).length > 0,
    hostname: kernelNameOf(pod),
    image: container.image,
    files: withManagedFiles(pod, mountedFiles(pod, container, fieldOf, readData)),
    startedAt,
  };
}

type ObjectResource = 'configmaps' | 'secrets';

/** What is there beside a pod for its containers. */
export interface Elsewhere {
  /** Reads a ConfigMap or Secret of the pod's namespace, or a node. */
  read: (resource: ObjectResource | 'nodes', name: string) => Promise<KubeObject | undefined>;
  /** What the objects of its environment held when a run began; undefined where nobody has kept it: then what they hold now. */
  begunWith?: (containerID: string) => Promise<ObjectData | undefined>;
  /** The services of the pod's namespace, and the API's. */
  services?: () => Promise<readonly KubeObject[]>;
  network?: () => Promise<PodNetwork>;
}

/** By `configmaps/NAME` and `secrets/NAME` what they hold, as texts. */
export type ObjectData = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface ObjectReference {
  resource: ObjectResource;
  name: string;
  /** Undefined for all of it. */
  key?: string;
}

/** What a container's environment takes from ConfigMaps and Secrets. */
export function objectsOfEnvironment(container: Container): ObjectReference[] {
  const { envFrom = [], env = [] } = container as { envFrom?: EnvFrom[]; env?: EnvVar[] };
  const found: ObjectReference[] = [];
  for (const { configMapRef, secretRef } of envFrom) {
    if (configMapRef?.name) found.push({ resource: 'configmaps', name: configMapRef.name });
    if (secretRef?.name) found.push({ resource: 'secrets', name: secretRef.name });
  }
  for (const { valueFrom } of env) {
    const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
    if (configMapKeyRef?.name)
      found.push({ resource: 'configmaps', name: configMapKeyRef.name, key: configMapKeyRef.key });
    if (secretKeyRef?.name) found.push({ resource: 'secrets', name: secretKeyRef.name, key: secretKeyRef.key });
  }
  return found;
}

/** Its node, if it shows limits: without some of its own a container may use what the node has. */
function nodeOf(pod: KubeObject, { env }: Container & { env?: EnvVar[] }): { resource: 'nodes'; name: string }[] {
  const { nodeName = '', volumes } = pod['spec'];
  return JSON.stringify([env, volumes]).includes('"resource":"limits.') ? [{ resource: 'nodes', name: nodeName }] : [];
}

/** What these objects hold now. */
async function referencedData(
  objects: readonly { resource: ObjectResource | 'nodes'; name: string }[],
  read: Elsewhere['read'],
): Promise<ReadData> {
  const found = new Map<string, Record<string, string>>();
  for (const { resource, name } of objects) {
    if (name === '' || found.has(`${resource}/${name}`)) continue;
    const object = await read(resource, name);
    if (!object) continue;
    const data = resource === 'nodes' ? (object['status']?.allocatable ?? {}) : dataOf(resource, object);
    found.set(`${resource}/${name}`, data);
  }
  return (resource, name) => found.get(`${resource}/${name}`);
}

/** What an object holds, as texts. */
export function dataOf(resource: ObjectResource, { data }: KubeObject): Record<string, string> {
  return resource === 'secrets' ? decoded(data) : (data ?? {});
}

function decoded(data: Record<string, string> = {}): Record<string, string> {
  const text = (value: string) => new TextDecoder().decode(Uint8Array.from(atob(value), (c) => c.charCodeAt(0)));
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, text(value)]));
}

interface KeyRef {
  name?: string;
  key: string;
}

interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    configMapKeyRef?: KeyRef;
    secretKeyRef?: KeyRef;
    resourceFieldRef?: ResourceFieldSelector;
    fileKeyRef?: unknown;
  };
}

interface EnvFrom {
  prefix?: string;
  configMapRef?: { name?: string };
  secretRef?: { name?: string };
}

/** Without `readData` what is from elsewhere is there, and foreign, and empty. */
function environmentOf(
  pod: KubeObject,
  container: Container,
  readData: ReadData | undefined,
  services: ReadonlyMap<string, string>,
): Map<string, Value> {
  const environment = new Map<string, Value>();
  // What is declared may refer to them, and goes before them.
  const known = {
    get: (name: string) => {
      const service = services.get(name);
      return environment.get(name) ?? (service === undefined ? undefined : { text: service, foreign: true });
    },
  };
  environment.set('HOSTNAME', { text: kernelNameOf(pod), foreign: false });
  const { envFrom = [], env = [] } = container as { envFrom?: EnvFrom[]; env?: EnvVar[] };
  for (const { prefix = '', configMapRef, secretRef } of envFrom) {
    const data = configMapRef
      ? readData?.('configmaps', configMapRef.name ?? '')
      : readData?.('secrets', secretRef?.name ?? '');
    for (const [key, text] of Object.entries(data ?? {})) environment.set(prefix + key, { text, foreign: true });
  }
  for (const variable of env) {
    const value = variableOf(variable, pod, container, known, readData);
    if (value) environment.set(variable.name, value);
  }
  for (const [name, text] of services) if (!environment.has(name)) environment.set(name, { text, foreign: true });
  return environment;
}

/** Undefined for one that is optional, and not there. */
function variableOf(
  { value, valueFrom }: EnvVar,
  pod: KubeObject,
  container: Container,
  environment: Pick<ReadonlyMap<string, Value>, 'get'>,
  readData: ReadData | undefined,
): Value | undefined {
  if (!valueFrom) return expandReferences(value ?? '', environment);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (resourceFieldRef) return resourceField(pod, container, resourceFieldRef, readData);
  if (fieldRef) {
    const text = fieldOf(pod, fieldRef.fieldPath);
    return text === undefined ? { text: '', foreign: true } : { text, foreign: false };
  }
  const from = configMapKeyRef ?? secretKeyRef;
  if (!from) return { text: '', foreign: true };
  if (!readData) return { text: '', foreign: true };
  const text = readData(configMapKeyRef ? 'configmaps' : 'secrets', from.name ?? '')?.[from.key];
  return text === undefined ? undefined : { text, foreign: true };
}

/** The fields that environment variables may show (fieldpath.ExtractFieldPathAsString, podFieldSelectorRuntimeValue). */
function fieldOf(pod: KubeObject, path: string): string | undefined {
  const { metadata } = pod;
  const entry = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (entry) return metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] as string] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'spec.nodeName':
      return pod['spec'].nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod['spec'].serviceAccountName ?? '';
    case 'status.podIP':
      return pod['status']?.podIP ?? '';
    case 'status.podIPs':
      return (pod['status']?.podIPs ?? []).map(({ ip }: { ip: string }) => ip).join(',');
    case 'status.hostIP':
      return pod['status']?.hostIP ?? '';
    case 'status.hostIPs':
      return (pod['status']?.hostIPs ?? []).map(({ ip }: { ip: string }) => ip).join(',');
    default:
      return undefined;
  }
}
