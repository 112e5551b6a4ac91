/** What of a node's storage a pod may not take more of than it said (kubernetes `pkg/kubelet/eviction/eviction_manager.go` localStorageEviction). */
import type { KubeObject } from '../../../apimachinery/meta';
import { quantityOf, toQuantity, wholeValue } from '../../../apimachinery/quantity';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { podCondition } from '../../controllers/pod-state';
import { Agenda } from '../agenda';
import { allContainers, declaredFor, runsToCompletion } from '../container';
import { declarationOf, instantOf, SILENT } from '../declared';

interface EmptyDir {
  medium?: string;
  sizeLimit?: string;
}

/** Why the pod has to go, if what was declared of it is more than it may take; only then is anything worked out. */
export function excessOf(pod: KubeObject, begin: Instant, agenda: Agenda): string | undefined {
  if (declarationOf(pod) === SILENT) return undefined;
  const used = volumeUsage(pod, begin, agenda);
  return emptyDirExcess(pod, used) ?? podExcess(pod, used) ?? containerExcess(pod);
}

/** How full its volumes are by now. */
function volumeUsage(pod: KubeObject, begin: Instant, agenda: Agenda): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const one of declarationOf(pod).of('', true).volumeUsage) {
    const at = instantOf(one.from, begin);
    agenda.wakeAt(at);
    if (at <= agenda.now) used.set(one.volume, one.used);
  }
  return used;
}

/** What of that is on the node's disk (podDiskUsage). */
export function volumesOnDisk(pod: KubeObject, now: Instant): number {
  if (declarationOf(pod) === SILENT) return 0;
  const begin = podCondition(pod, 'PodReadyToStartContainers')?.lastTransitionTime;
  const used = volumeUsage(pod, parseTime(begin ?? '') ?? now, new Agenda(now));
  return diskDirs(pod).reduce((sum, { name }) => sum + (used.get(name) ?? 0), 0);
}

function diskDirs(pod: KubeObject): { name: string }[] {
  return emptyDirs(pod).filter(({ emptyDir }) => emptyDir.medium !== 'Memory');
}

function emptyDirs(pod: KubeObject): { name: string; emptyDir: EmptyDir }[] {
  const volumes: { name: string; emptyDir?: EmptyDir }[] = pod['spec'].volumes ?? [];
  return volumes.filter((volume) => volume.emptyDir) as { name: string; emptyDir: EmptyDir }[];
}

/** emptyDirLimitEviction */
function emptyDirExcess(pod: KubeObject, used: ReadonlyMap<string, number>): string | undefined {
  for (const { name, emptyDir } of emptyDirs(pod)) {
    const limit = wholeValue(emptyDir.sizeLimit ?? '0');
    if (limit > 0 && (used.get(name) ?? 0) > limit)
      return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit "${toQuantity(emptyDir.sizeLimit)}". `;
  }
  return undefined;
}

interface Filled {
  name: string;
  used: number;
  limit: number;
}

function containersOf(pod: KubeObject): Filled[] {
  return allContainers(pod)
    .filter((placed) => placed.list !== 'ephemeralContainers' && !runsToCompletion(placed))
    .map((placed) => ({
      name: placed.container.name,
      used: declaredFor(pod, placed).diskUsage ?? 0,
      limit: wholeValue(placed.container.resources?.limits?.['ephemeral-storage'] ?? '0'),
    }));
}

/** podEphemeralStorageLimitEviction: its containers together, and its volumes on disk. */
function podExcess(pod: KubeObject, used: ReadonlyMap<string, number>): string | undefined {
  const containers = containersOf(pod);
  const limit = containers.reduce((sum, container) => sum + container.limit, 0);
  if (limit === 0) return undefined;
  const volumes = diskDirs(pod).reduce((sum, { name }) => sum + (used.get(name) ?? 0), 0);
  const total = containers.reduce((sum, container) => sum + container.used, volumes);
  if (total <= limit) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytes(limit)}. `;
}

/** containerEphemeralStorageLimitEviction */
function containerExcess(pod: KubeObject): string | undefined {
  for (const { name, used, limit } of containersOf(pod))
    if (limit > 0 && used > limit)
      return `Container ${name} exceeded its local ephemeral storage limit "${bytes(limit)}". `;
  return undefined;
}

function bytes(amount: number): string {
  return quantityOf(amount, 'BinarySI').toString();
}
