/**
 * In-tree disks as the volumes of the CSI drivers that have them now (kubernetes `staging/src/k8s.io/csi-translation-lib/plugins`): of a
 * PersistentVolume, and straight in a pod.
 */
import { type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { CSI_NAMES } from './provisioner-names';

/** A volume of a pod, or what it is made of: `{name, gcePersistentDisk: …}`. */
export type VolumeSource = object;

/** The fields of any of them. */
interface Disk {
  volumeID?: string;
  pdName?: string;
  diskURI?: string;
  volumePath?: string;
  shareName?: string;
  secretName?: string;
  secretNamespace?: string | null;
  partition?: number;
  kind?: string;
  cachingMode?: string;
  readOnly?: boolean;
  fsType?: string;
}

/** Where it stands: the name of the volume, its namespace, its labels. */
interface Place {
  name: string;
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

interface Translation {
  plugin: keyof typeof CSI_NAMES;
  /** The label by which the driver tells the zones of nodes. */
  topology?: string;
  /** @throws Error in upstream's words for one that can't be translated. */
  handle(disk: Disk, place: Place): string;
  /** What the volume is called, from what makes it one of its own. */
  name(disk: Disk, handle: string): string;
  attributes(disk: Disk): Record<string, string>;
  mode?(disk: Disk): string;
}

const ONE_NODE = 'ReadWriteOnce';
const readers = ({ readOnly }: Disk) => (readOnly ? 'ReadOnlyMany' : ONE_NODE);
const plain = ({ volumeID = '' }: Disk) => volumeID;
const none = () => ({});

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  awsElasticBlockStore: {
    plugin: 'kubernetes.io/aws-ebs',
    topology: 'topology.ebs.csi.aws.com/zone',
    handle: ({ volumeID = '' }) => elasticBlockHandle(volumeID),
    name: (_, handle) => `ebs.csi.aws.com-${handle}`,
    attributes: ({ partition = 0 }) => ({ partition: String(partition) }),
  },
  azureDisk: {
    plugin: 'kubernetes.io/azure-disk',
    topology: 'topology.disk.csi.azure.com/zone',
    handle({ kind, diskURI = '' }) {
      if (kind !== undefined && kind.toLowerCase() !== 'managed')
        throw new Error(`kind(${kind}) is not supported in csi migration`);
      return diskURI;
    },
    name: (_, handle) => handle,
    attributes: ({ cachingMode, fsType }) => ({
      kind: 'Managed',
      ...(cachingMode ? { cachingmode: cachingMode } : {}),
      ...(fsType === undefined ? {} : { fstype: fsType }),
    }),
  },
  azureFile: {
    plugin: 'kubernetes.io/azure-file',
    handle({ secretName = '', shareName = '', secretNamespace }, { name, namespace }) {
      const account = /^azure-storage-account-(.+)-secret$/.exec(secretName)?.[1] ?? secretName;
      return `#${account}#${shareName}#${name}#${secretNamespace ?? (namespace || 'default')}`;
    },
    name: (_, handle) => handle,
    attributes: ({ shareName = '' }) => ({ sharename: shareName }),
    mode: () => 'ReadWriteMany',
  },
  cinder: {
    plugin: 'kubernetes.io/cinder',
    topology: 'topology.cinder.csi.openstack.org/zone',
    handle: plain,
    name: (_, handle) => `cinder.csi.openstack.org-${handle}`,
    attributes: none,
  },
  gcePersistentDisk: {
    plugin: 'kubernetes.io/gce-pd',
    topology: 'topology.gke.io/zone',
    handle({ pdName = '' }, { labels }) {
      const label = labels['failure-domain.beta.kubernetes.io/zone'] || labels['topology.kubernetes.io/zone'] || '';
      const zones = label.split('__');
      if (zones.length === 1) return `projects/UNSPECIFIED/zones/${zones[0] || 'UNSPECIFIED'}/disks/${pdName}`;
      return `projects/UNSPECIFIED/regions/${regionOf(zones)}/disks/${pdName}`;
    },
    name: ({ pdName }) => `pd.csi.storage.gke.io-${pdName}`,
    attributes: ({ partition }) => ({ partition: partition ? String(partition) : '' }),
    mode: readers,
  },
  portworxVolume: {
    plugin: 'kubernetes.io/portworx-volume',
    handle: plain,
    name: (_, handle) => `pxd.portworx.com-${handle}`,
    attributes: none,
    mode: readers,
  },
  vsphereVolume: {
    plugin: 'kubernetes.io/vsphere-volume',
    handle: ({ volumePath = '' }) => volumePath,
    name: (_, handle) => `csi.vsphere.vmware.com-${handle}`,
    attributes: none,
  },
};

/** KubernetesVolumeIDToEBSVolumeID: of `aws://zone/vol-1` the last part. */
function elasticBlockHandle(id: string): string {
  if (!id.startsWith('aws://')) return id;
  const path = id
    .slice('aws://'.length)
    .replace(/^[^/]*/, '')
    .replace(/^\/+|\/+$/g, '');
  if (!/^vol-[^/]*$/.test(path)) throw new Error(`Invalid format for AWS volume (${id})`);
  return path;
}

/** gceGetRegionFromZones: `europe-west1-b` is in europe-west1. */
function regionOf(zones: readonly string[]): string {
  const regions = new Set(zones.map((zone) => zone.split('-').slice(0, 2).join('-')));
  if (regions.size !== 1) throw new Error(`multiple or no regions gotten from zones, got: ${[...regions].join(', ')}`);
  return [...regions][0] as string;
}

/** The kind of in-tree disk that it is, if any (IsInlineMigratable, IsPVMigratable). */
export function migratedDisk(source: VolumeSource): string | undefined {
  for (const kind in source) if (Object.hasOwn(TRANSLATIONS, kind)) return kind;
  return undefined;
}

function csiSource(kind: string, disk: Disk, place: Place): { csi: JsonObject; name: string; mode: string } {
  const translation = TRANSLATIONS[kind] as Translation;
  const handle = translation.handle(disk, place);
  return {
    name: translation.name(disk, handle),
    mode: translation.mode?.(disk) ?? ONE_NODE,
    csi: {
      driver: CSI_NAMES[translation.plugin] as string,
      volumeHandle: handle,
      ...(disk.readOnly ? { readOnly: true } : {}),
      ...(disk.fsType ? { fsType: disk.fsType } : {}),
      volumeAttributes: translation.attributes(disk),
    },
  };
}

const translated = new WeakMap<KubeObject, KubeObject>();

/** The PersistentVolume as a CSI driver has it: itself, if it is not an in-tree disk, or one that can't be translated. */
export function asCSI(volume: KubeObject): KubeObject;
export function asCSI(volume: KubeObject | undefined): KubeObject | undefined;
export function asCSI(volume: KubeObject | undefined): KubeObject | undefined {
  const kind = volume && migratedDisk(volume['spec']);
  if (!volume || kind === undefined) return volume;
  let found = translated.get(volume);
  if (!found) {
    const { [kind]: disk, ...spec } = volume['spec'];
    const { name = '', labels = {} } = volume.metadata;
    try {
      const { csi } = csiSource(kind, disk, { name, labels, namespace: spec.claimRef?.namespace ?? '' });
      const { plugin, topology } = TRANSLATIONS[kind] as Translation;
      const accessModes = modesOf(plugin, spec.accessModes ?? []);
      found = { ...volume, spec: { ...spec, csi, accessModes, ...(topology ? csiAffinity(volume, topology) : {}) } };
    } catch {
      found = volume;
    }
    translated.set(volume, found);
  }
  return found;
}

/** The in-tree plugin whose volume this is, where its CSI driver tells the zones of nodes, and the label by which it does (isCSIMigrationOnForPlugin). */
export function zonedPlugin({ spec }: KubeObject): { plugin: string; topology: string } | undefined {
  const { plugin, topology } = TRANSLATIONS[migratedDisk(spec) ?? ''] ?? {};
  return plugin && topology ? { plugin, topology } : undefined;
}

/** The zones where the volume can be used, told by the driver's label: those of its affinity, or else of its labels (translateTopologyFromInTreeToCSI). */
function csiAffinity({ metadata: { labels = {} }, spec }: KubeObject, topology: string): { nodeAffinity?: JsonObject } {
  const { nodeAffinity } = spec as { nodeAffinity?: { required?: { nodeSelectorTerms?: Term[] } } };
  const terms = nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const isAsked = (key: string) => terms.some((term) => (term.matchExpressions ?? []).some((one) => one.key === key));
  const zone = [isAsked, (key: string) => Object.hasOwn(labels, key)].flatMap((has) => ZONES.filter(has))[0] ?? ZONE;
  const renamed = new Map([[zone, topology], ...(zone === ZONE ? [] : [[OLD_REGION, REGION] as const])]);
  let translated = terms.map((term) => ({
    ...term,
    ...(term.matchExpressions
      ? { matchExpressions: term.matchExpressions.map((one) => ({ ...one, key: renamed.get(one.key) ?? one.key })) }
      : {}),
  }));
  if (!isAsked(zone)) {
    const zones = (labels[zone] ?? '').split('__').map((one) => one.trim());
    const values = [...new Set(zones.filter((one) => one !== ''))].sort();
    if (values.length === 0) return nodeAffinity ? { nodeAffinity: nodeAffinity as JsonObject } : {};
    translated = (terms.length > 0 ? translated : [{}]).map((term: Term) => ({
      ...term,
      matchExpressions: [...(term.matchExpressions ?? []), { key: topology, operator: 'In', values }],
    }));
  }
  return { nodeAffinity: jsonOf({ ...nodeAffinity, required: { nodeSelectorTerms: translated } }) as JsonObject };
}

interface Term {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const ZONE = 'topology.kubernetes.io/zone';
const REGION = 'topology.kubernetes.io/region';
const OLD_REGION = 'failure-domain.beta.kubernetes.io/region';
const ZONES = [ZONE, 'failure-domain.beta.kubernetes.io/zone'];

/** Of a Google disk ReadWriteMany was taken, and never held (backwardCompatibleAccessModes). */
function modesOf(plugin: string, modes: readonly string[]): string[] {
  if (plugin !== 'kubernetes.io/gce-pd') return [...modes];
  return [...new Set(modes.map((mode) => (mode === 'ReadWriteMany' ? ONE_NODE : mode)))];
}

/** Pods that are alike share the very same; none of these hangs on where they are. */
const inline = new WeakMap<VolumeSource, KubeObject>();

/**
 * A disk straight in a pod as a volume without a PersistentVolume, which has no uid (TranslateInTreeInlineVolumeToCSI); undefined for
 * other volumes. @throws Error for one that can't be translated
 */
export function inlineDisk(volume: VolumeSource, namespace: string): KubeObject | undefined {
  const kind = migratedDisk(volume);
  if (kind === undefined) return undefined;
  let found = inline.get(volume);
  if (!found) {
    const { name: own = '', [kind]: disk } = volume as { name?: string } & Record<string, Disk>;
    const { csi, name, mode } = csiSource(kind, disk as Disk, {
      name: own as string,
      namespace,
      labels: {},
    });
    found = inlineVolume(name, {
      csi,
      accessModes: [mode],
      ...(kind === 'gcePersistentDisk' ? { volumeMode: 'Filesystem' } : {}),
    });
    if (kind !== 'azureFile') inline.set(volume, found);
  }
  return found;
}

/** The same, from what a VolumeAttachment says of it. */
export function inlineVolume(name: string, spec: JsonObject): KubeObject {
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec };
}

/** By what indices know it: `ebs.csi.aws.com^vol-1`, which no PersistentVolume is called. */
export function diskKey({ driver, volumeHandle }: { driver?: string; volumeHandle?: string }): string {
  return `${driver}^${volumeHandle}`;
}

export function isInline({ metadata }: KubeObject): boolean {
  return metadata.uid === undefined;
}
