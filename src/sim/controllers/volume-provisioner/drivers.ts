/**
 * Whose volumes the simulation makes. A driver that is at work in a cluster shows by its CSIDriver object; those that
 * everybody knows are at work without. A class may say otherwise of itself.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import type { IndexedCache } from '../../controller';
import { CSI_NAMES } from '../persistentvolume-binder/provisioner-names';

/** Annotation of a StorageClass: `true` or `false`, whether anybody makes its volumes. */
const SIMULATED = 'kubetick.dev/simulated';

export const HOSTPATH_DRIVER = 'hostpath.kubetick.dev';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

interface Driver {
  /** The label of nodes that its volumes are tied to, where the node has it. */
  topology?: string;
  /** What is not a CSI driver makes directories below this. */
  directory?: string;
  /** Its volumes are mounted over the network, from everywhere at once: nothing is attached (attachRequired of its CSIDriver). */
  attaches?: false;
}

const disk: Driver = { topology: ZONE };
const share: Driver = { attaches: false };

const KNOWN: Readonly<Record<string, Driver>> = {
  ...Object.fromEntries(Object.values(CSI_NAMES).map((name) => [name, name.startsWith('file.') ? share : disk])),
  [HOSTPATH_DRIVER]: {},
  'cluster.local/nfs-subdir-external-provisioner': {},
  'csi.hetzner.cloud': disk,
  'csi.trident.netapp.io': {},
  'dobs.csi.digitalocean.com': disk,
  'docker.io/hostpath': { directory: '/var/lib/k8s-pvs' },
  'driver.longhorn.io': {},
  'ebs.csi.eks.amazonaws.com': disk,
  'efs.csi.aws.com': share,
  'filestore.csi.storage.gke.io': share,
  'hostpath.csi.k8s.io': { topology: HOSTNAME },
  'k8s.io/minikube-hostpath': { directory: '/tmp/hostpath-provisioner' },
  'linodebs.csi.linode.com': disk,
  'local.csi.openebs.io': { topology: HOSTNAME },
  'microk8s.io/hostpath': { directory: '/var/snap/microk8s/common/default-storage' },
  'nfs.csi.k8s.io': share,
  'openebs.io/local': { topology: HOSTNAME, directory: '/var/openebs/local' },
  'rancher.io/local-path': { topology: HOSTNAME, directory: '/opt/local-path-provisioner' },
  'smb.csi.k8s.io': share,
  'topolvm.io': { topology: HOSTNAME },
};

export function driverNamed(name: string): Driver {
  return KNOWN[name] ?? {};
}

/** Are its volumes attached to nodes before they are mounted (csi_plugin.go skipAttach)? Where nobody says so, they are. */
export function attaches(name: string, cache: Pick<IndexedCache, 'get'>): boolean {
  const driver = cache.get('csidrivers.storage.k8s.io', '', name);
  return driver ? driver['spec'].attachRequired !== false : driverNamed(name).attaches !== false;
}

/** Does anybody make, grow and delete the volumes of this driver? */
export function isAtWork(
  name: string,
  storageClass: KubeObject | undefined,
  cache: Pick<IndexedCache, 'get'>,
): boolean {
  const said = storageClass?.metadata.annotations?.[SIMULATED];
  if (said !== undefined) return said === 'true';
  if (Object.hasOwn(KNOWN, name) || /\.(rbd|cephfs)\.csi\.ceph\.com$/.test(name)) return true;
  return cache.get('csidrivers.storage.k8s.io', '', name) !== undefined;
}
