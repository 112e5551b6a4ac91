/** The network of a cluster for those who ask about it: one cache for each cluster, kept current from one question to the next. */
import type { KubeObject } from '../apimachinery/meta';
import { ObjectCache } from '../sim/cache';
import type { PodNetwork } from '../sim/kubelet/program/program';
import { Network } from '../sim/network/network';
import type { ClusterParts } from './paths';

export interface CurrentNetwork {
  readonly network: Network;
  /** The revision of the store that it shows. */
  readonly revision: number;
}

const known = new WeakMap<ClusterParts, { cache: ObjectCache; network: Network; refreshing: Promise<unknown> }>();

/** As of now. The first time everything is read, after that what changed. */
export async function currentNetwork(parts: ClusterParts): Promise<CurrentNetwork> {
  let own = known.get(parts);
  if (!own) {
    const cache = new ObjectCache(parts.store);
    own = { cache, network: Network.of(cache), refreshing: Promise.resolve() };
    known.set(parts, own);
  }
  const { cache, network } = own;
  // One after the other: a cache reads its changes once.
  own.refreshing = own.refreshing.then(
    () => cache.refresh(),
    () => cache.refresh(),
  );
  await own.refreshing;
  return { network, revision: cache.revision };
}

/** What programs of a pod find on it, which tells what is in their logs. */
export async function networkForLog(parts: ClusterParts, pod: KubeObject): Promise<PodNetwork> {
  const [{ networkOfPod }, { network, revision }] = await Promise.all([
    import('../sim/kubelet/pod-network'),
    currentNetwork(parts),
  ]);
  const { podIP, podIPs = podIP ? [{ ip: podIP }] : [] } = pod['status'] ?? {};
  const ips: string[] = podIPs.map(({ ip }: { ip: string }) => ip);
  return networkOfPod(network, parts.record.settings, { pod, ips: () => ips }, revision);
}
