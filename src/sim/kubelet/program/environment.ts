/** The variables of a container's environment (kubernetes `pkg/kubelet/kubelet_pods.go` makeEnvironmentVariables). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Instant } from '../../clock';
import type { Container } from '../container';
import { kernelNameOf } from '../host-name';
import { expandReferences } from './container-program';
import { withManagedFiles } from './managed-files';
import { mountedFiles, objectsMounted, type ReadData } from './mounted-files';
import type { ProgramSurroundings, Value } from './program';
import { serviceVariables } from './service-variables';

/** All that a program finds around it. */
export function surroundingsOf(
  pod: KubeObject,
  container: Container,
  startedAt: Instant,
  readData?: ReadData,
  services: readonly KubeObject[] = [],
): ProgramSurroundings {
  return {
    environment: environmentOf(pod, container, readData, serviceVariables(pod, services, startedAt)),
    unlisted: ((container as { envFrom?: EnvFrom[] }).envFrom ?? []).length > 0,
    hostname: kernelNameOf(pod),
    image: container.image,
    files: withManagedFiles(pod, mountedFiles(pod, container, fieldOf, readData)),
    startedAt,
  };
}

/** Reads a ConfigMap or Secret of the pod's namespace. */
export type ReadObject = (resource: 'configmaps' | 'secrets', name: string) => Promise<KubeObject | undefined>;

/** The services of the pod's namespace, and the API's. */
export type ListServices = () => Promise<readonly KubeObject[]>;

/** All that a container's environment and files take from elsewhere. */
export async function referencedData(pod: KubeObject, container: Container, read: ReadObject): Promise<ReadData> {
  const found = new Map<string, Record<string, string>>();
  const fetch = async (resource: 'configmaps' | 'secrets', name = '') => {
    const key = `${resource}/${name}`;
    if (name === '' || found.has(key)) return;
    const object = await read(resource, name);
    if (object) found.set(key, resource === 'secrets' ? decoded(object['data']) : (object['data'] ?? {}));
  };
  const { envFrom = [], env = [] } = container as { envFrom?: EnvFrom[]; env?: EnvVar[] };
  for (const { configMapRef, secretRef } of envFrom) {
    await fetch('configmaps', configMapRef?.name);
    await fetch('secrets', secretRef?.name);
  }
  for (const { valueFrom } of env) {
    await fetch('configmaps', valueFrom?.configMapKeyRef?.name);
    await fetch('secrets', valueFrom?.secretKeyRef?.name);
  }
  for (const [resource, name] of objectsMounted(pod, container)) await fetch(resource, name);
  return (resource, name) => found.get(`${resource}/${name}`);
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
    resourceFieldRef?: unknown;
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
  for (const variable of env) environment.set(variable.name, variableOf(variable, pod, known, readData));
  for (const [name, text] of services) if (!environment.has(name)) environment.set(name, { text, foreign: true });
  return environment;
}

function variableOf(
  { value, valueFrom }: EnvVar,
  pod: KubeObject,
  environment: Pick<ReadonlyMap<string, Value>, 'get'>,
  readData: ReadData | undefined,
): Value {
  if (!valueFrom) return expandReferences(value ?? '', environment);
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) {
    const text = fieldOf(pod, fieldRef.fieldPath);
    return text === undefined ? { text: '', foreign: true } : { text, foreign: false };
  }
  const from = configMapKeyRef ?? secretKeyRef;
  if (!from) return { text: '', foreign: true };
  const data = readData?.(configMapKeyRef ? 'configmaps' : 'secrets', from.name ?? '');
  return { text: data?.[from.key] ?? '', foreign: true };
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
