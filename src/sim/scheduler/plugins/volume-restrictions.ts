/** Disks that only one node may have, and claims that only one pod may use (`plugins/volumerestrictions/volume_restrictions.go`). */
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { type Plugin, resolvable, unresolvable } from '../plugin';
import { PodInfo, type PodVolume } from '../pod-info';
import { claimNamed, claimNotFound, namesClaim } from './volume-claims';

const DISK_CONFLICT = resolvable('node(s) had no available disk');
const ONE_POD = resolvable(
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
);

export function volumeRestrictions(view: ClusterView): Plugin {
  return {
    name: 'VolumeRestrictions',
    events: [
      {
        resource: 'AssignedPod',
        actions: ['Delete'],
        helps: (pod, { before }) => {
          if (!before || before.metadata.namespace !== pod.namespace) return false;
          const gone = new PodInfo(before);
          const claims = new Set(gone.volumes.map(({ persistentVolumeClaim: claim }) => claim?.claimName));
          const shared = pod.volumes.some(({ persistentVolumeClaim: claim }) => claim && claims.has(claim.claimName));
          return shared || disksOf(pod).some((disk) => gone.volumes.some((other) => inConflict(disk, other)));
        },
      },
      { resource: 'Node', actions: ['Add'] },
      {
        resource: 'PersistentVolumeClaim',
        actions: ['Add'],
        helps: (pod, { after }) => namesClaim(pod, after),
      },
    ],
    filterFor(pod) {
      if (pod.volumes.length === 0) return undefined;
      const disks = disksOf(pod);
      const exclusive: string[] = [];
      for (const { persistentVolumeClaim } of pod.volumes) {
        if (!persistentVolumeClaim) continue;
        const name = persistentVolumeClaim.claimName;
        const claim = claimNamed(view.objects, pod.namespace, name);
        if (!claim) return { rejection: unresolvable(claimNotFound(name)) };
        if (claim['spec'].accessModes?.includes('ReadWriteOncePod')) exclusive.push(`${pod.namespace}/${name}`);
      }
      const inUse = () => exclusive.some((claim) => (view.claimUsers.get(claim) ?? 0) > 0);
      if (disks.length === 0 && !inUse()) return undefined;
      return {
        filter: (node) => {
          if (disks.length > 0 && conflictOn(node, disks)) return DISK_CONFLICT;
          return inUse() ? ONE_POD : undefined;
        },
        explain: (node) => {
          const holder = conflictOn(node, disks);
          if (holder)
            return [
              {
                text: `pod ${nameOf(holder)} has the same disk`,
                values: { pod: nameOf(holder) },
              },
            ];
          return exclusive
            .filter((claim) => (view.claimUsers.get(claim) ?? 0) > 0)
            .map((claim) => {
              const pods = usersOf(view, [claim]).map(nameOf);
              return { text: `claim ${claim} is in use by pod ${pods.join(', ')}`, values: { claim, pods } };
            });
        },
        remedies: (node) => {
          const holder = conflictOn(node, disks);
          const culprits = holder ? [holder] : usersOf(view, exclusive);
          return culprits.length === 0
            ? []
            : [
                {
                  text: `without pod ${culprits.map(nameOf).join(', ')}`,
                  without: culprits.map(({ uid }) => uid),
                },
              ];
        },
      };
    },
  };
}

function nameOf({ namespace, name }: PodInfo): string {
  return `${namespace}/${name}`;
}

/** The pods on nodes that use any of these claims. */
function usersOf({ ordered }: ClusterView, claims: readonly string[]): PodInfo[] {
  return ordered.flatMap(({ pods }) =>
    [...pods.values()].filter(({ namespace, volumes }) =>
      volumes.some(({ persistentVolumeClaim: used }) => used && claims.includes(`${namespace}/${used.claimName}`)),
    ),
  );
}

function disksOf({ volumes }: PodInfo): PodVolume[] {
  return volumes.filter(
    ({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }) =>
      gcePersistentDisk || awsElasticBlockStore || rbd || iscsi,
  );
}

function conflictOn(node: NodeInfo, disks: readonly PodVolume[]): PodInfo | undefined {
  for (const pod of node.pods.values())
    for (const other of pod.volumes) for (const disk of disks) if (inConflict(disk, other)) return pod;
  return undefined;
}

/** Do two pods with these volumes get in each other's way (isVolumeConflict)? */
function inConflict(a: PodVolume, b: PodVolume): boolean {
  const both = (one: { readOnly?: boolean }, other: { readOnly?: boolean }) => one.readOnly && other.readOnly;
  if (a.gcePersistentDisk && b.gcePersistentDisk && a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName)
    return !both(a.gcePersistentDisk, b.gcePersistentDisk);
  if (a.awsElasticBlockStore && b.awsElasticBlockStore)
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  if (a.iscsi && b.iscsi && a.iscsi.iqn === b.iscsi.iqn) return !both(a.iscsi, b.iscsi);
  if (a.rbd && b.rbd) {
    const same = (a.rbd.pool ?? 'rbd') === (b.rbd.pool ?? 'rbd') && a.rbd.image === b.rbd.image;
    const monitors = new Set(b.rbd.monitors);
    return same && (a.rbd.monitors ?? []).some((one) => monitors.has(one)) && !both(a.rbd, b.rbd);
  }
  return false;
}
