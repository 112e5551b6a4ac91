/**
 * What a container finds in volumes that are made of objects: ConfigMaps, Secrets, and fields of its pod (kubernetes
 * `pkg/volume/projected/projected.go` collectData, `pkg/fieldpath/fieldpath.go`).
 */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceFieldSelector } from '../../../apimachinery/resource-field';
import type { Container } from '../container';
import type { Value } from './program';
import { resourceField } from './resource-fields';

/** The data of a ConfigMap or Secret, as texts, or what a node has to give; undefined where it is not there. */
export type ReadData = (kind: 'configmaps' | 'secrets' | 'nodes', name: string) => Record<string, string> | undefined;

export interface MountedFiles {
  /** What a file holds; undefined where nobody knows of it. */
  read(path: string): Value | undefined;
  /** The names in a folder, one a line. */
  list(path: string): Value | undefined;
  /** Is it known what is at this place, and be it nothing? */
  isKnown(path: string): boolean;
}

interface Source {
  name?: string;
  secretName?: string;
  items?: { key: string; path: string }[];
}
interface FieldFile {
  path: string;
  fieldRef?: { fieldPath: string };
  resourceFieldRef?: ResourceFieldSelector;
}
interface Sources {
  configMap?: Source;
  secret?: Source;
  downwardAPI?: { items?: FieldFile[] };
  serviceAccountToken?: { path: string };
}
interface Volume extends Sources {
  name: string;
  projected?: { sources?: Sources[] };
}
interface Mount {
  name: string;
  mountPath: string;
  subPath?: string;
}

/** Of objects that it names, in the order of its volumes. */
export function objectsMounted(
  pod: KubeObject,
  { volumeMounts = [] }: Container,
): ['configmaps' | 'secrets', string][] {
  return sourcesMounted(pod, volumeMounts).flatMap(({ sources }) =>
    sources.flatMap(({ configMap, secret }): ['configmaps' | 'secrets', string][] => [
      ...(configMap ? [['configmaps', configMap.name ?? ''] as ['configmaps', string]] : []),
      ...(secret ? [['secrets', nameOf(secret)] as ['secrets', string]] : []),
    ]),
  );
}

/** Without `readData` what is from elsewhere is there, and foreign, and empty. */
export function mountedFiles(
  pod: KubeObject,
  { volumeMounts = [] }: Container,
  fieldOf: (pod: KubeObject, path: string) => string | undefined,
  readData?: ReadData,
): MountedFiles {
  const files = new Map<string, Value>();
  const roots: string[] = [];
  const open: string[] = [];
  for (const { mount, sources } of sourcesMounted(pod, volumeMounts)) {
    const add = (path: string, value: Value) => {
      const at = placeOf(mount, path);
      if (at !== undefined) files.set(at, value);
    };
    if (sources.some(isMade)) roots.push(mount.mountPath);
    for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources) {
      const source = configMap ?? secret;
      if (source) {
        const data = readData?.(configMap ? 'configmaps' : 'secrets', nameOf(source));
        if (!readData && !source.items) open.push(mount.mountPath);
        const keys = source.items ?? Object.keys(data ?? {}).map((key) => ({ key, path: key }));
        for (const { key, path } of keys)
          if (!readData || data?.[key] !== undefined) add(path, { text: data?.[key] ?? '', foreign: true });
      }
      for (const { path, fieldRef, resourceFieldRef } of downwardAPI?.items ?? []) {
        if (resourceFieldRef) {
          add(path, resourceField(pod, undefined, resourceFieldRef, readData));
          continue;
        }
        const text = fieldRef && fieldText(pod, fieldRef.fieldPath, fieldOf);
        add(path, text === undefined ? UNTOLD : { text, foreign: false });
      }
      if (serviceAccountToken) add(serviceAccountToken.path, UNTOLD);
    }
  }
  const isUnder = (list: readonly string[], path: string) =>
    list.some((root) => `${path}/`.startsWith(`${trimmed(root)}/`));
  return {
    isKnown: (path) => isUnder(roots, path) && !isUnder(open, path),
    read: (path) => files.get(path) ?? (isUnder(open, path) ? UNTOLD : undefined),
    list(path) {
      const folder = `${trimmed(path)}/`;
      // What else is in the folders above nobody knows.
      if (isUnder(open, path)) return UNTOLD;
      if (!isUnder(roots, trimmed(path))) return undefined;
      const names = [...files.keys()].filter((file) => file.startsWith(folder));
      if (names.length === 0) return undefined;
      const heads = [...new Set(names.map((file) => file.slice(folder.length).split('/')[0] as string))].sort();
      return { text: heads.map((name) => `${name}\n`).join(''), foreign: true };
    },
  };
}

/** Of objects and fields; what other volumes hold nobody knows. */
function isMade({ configMap, secret, downwardAPI, serviceAccountToken }: Sources): boolean {
  return Boolean(configMap ?? secret ?? downwardAPI ?? serviceAccountToken);
}

/** Nobody knows what it holds. */
const UNTOLD: Value = Object.freeze({ text: '', foreign: true });

function sourcesMounted(pod: KubeObject, mounts: readonly Mount[]): { mount: Mount; sources: Sources[] }[] {
  const volumes: Volume[] = pod['spec']?.volumes ?? [];
  return mounts.flatMap((mount) => {
    const volume = volumes.find(({ name }) => name === mount.name);
    return volume ? [{ mount, sources: volume.projected?.sources ?? [volume] }] : [];
  });
}

function nameOf({ name, secretName }: Source): string {
  return name ?? secretName ?? '';
}

/** Where a file of a volume is found; undefined where another part of the volume is mounted. */
function placeOf({ mountPath, subPath = '' }: Mount, path: string): string | undefined {
  const root = trimmed(mountPath);
  const part = trimmed(subPath);
  if (part === '') return `${root}/${path}`;
  if (path === part) return root;
  return path.startsWith(`${part}/`) ? `${root}/${path.slice(part.length + 1)}` : undefined;
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '');
}

/** Labels and annotations stand in a file as `name="value"`, one a line (fieldpath.FormatMap). */
function fieldText(
  pod: KubeObject,
  path: string,
  fieldOf: (pod: KubeObject, path: string) => string | undefined,
): string | undefined {
  const whole = /^metadata\.(labels|annotations)$/.exec(path)?.[1];
  if (whole === undefined) return fieldOf(pod, path);
  const entries = Object.entries(pod.metadata[whole as 'labels' | 'annotations'] ?? {});
  return entries
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort()
    .join('\n');
}
