/**
 * Has volumes attached to the nodes of the pods that use them, and detached from nodes where nobody does (kubernetes
 * `pkg/controller/volume/attachdetach`). Its keys are nodes.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { DELETION, SPEC, STATUS } from '../../changed-parts';
import type { Controller, IndexedCache } from '../../controller';
import { isSilent, nodeCondition } from '../../kubelet/node-state';
import { asCSI } from '../persistentvolume-binder/csi-migration';
import { ATTACHMENT_RESOURCE, hasDisks, holdsVolumes, usersOf, volumeAttached } from './attachments';
import { isOutOfService, syncNode } from './sync-node';

const NONE: readonly string[] = [];

const controller: Controller = {
  name: 'attachdetach-controller',
  user: 'system:serviceaccount:kube-system:attachdetach-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'pods', minds: SPEC | STATUS | DELETION, keys: nodeOfPod },
    { resource: ATTACHMENT_RESOURCE, keys: nodesOfAttachment },
    {
      resource: 'persistentvolumeclaims',
      keys(claim, cache, previous) {
        const isBound = (one: KubeObject | undefined) => one?.['status']?.phase === 'Bound';
        if (!isBound(claim) || (previous && isBound(previous))) return NONE;
        return nodesOfClaim(claim.metadata.namespace ?? '', claim.metadata.name ?? '', cache);
      },
    },
    { resource: 'nodes', keys: changedNode },
    {
      resource: 'csidrivers.storage.k8s.io',
      keys: ({ metadata }, cache) =>
        cache
          .list('persistentvolumes')
          .filter((volume) => asCSI(volume)['spec'].csi?.driver === metadata.name)
          .flatMap((volume) => nodesOfVolume(volume, cache)),
    },
  ],
  reconcile: syncNode,
};
export default controller;

/** A pod with disks that comes to its node, or lets its volumes go. */
function nodeOfPod(pod: KubeObject, _cache: IndexedCache, previous?: KubeObject): readonly string[] {
  if (!pod['spec'].nodeName || !hasDisks(pod)) return NONE;
  const isNews = !previous || previous === pod || holdsVolumes(previous) !== holdsVolumes(pod);
  return isNews ? [pod['spec'].nodeName] : NONE;
}

/** Its node; and those that wait for the volume. */
function nodesOfAttachment(attachment: KubeObject, cache: IndexedCache): readonly string[] {
  const { nodeName } = attachment['spec'];
  const volume = volumeAttached(attachment, cache);
  return volume ? [nodeName, ...nodesOfVolume(volume, cache)] : [nodeName];
}

function nodesOfVolume(volume: KubeObject, cache: IndexedCache): readonly string[] {
  return nodesOf(usersOf(volume, cache));
}

function nodesOfClaim(namespace: string, name: string, cache: IndexedCache): readonly string[] {
  return nodesOf(cache.index('pods', 'reference', `persistentvolumeclaims/${namespace}/${name}`));
}

function nodesOf(pods: readonly KubeObject[]): readonly string[] {
  return pods.filter((pod) => pod['spec'].nodeName).map((pod): string => pod['spec'].nodeName);
}

/** One that gets ill or well, is given up, or goes, while something is attached to it. */
function changedNode(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const name = node.metadata.name ?? '';
  if (cache.index(ATTACHMENT_RESOURCE, 'node', name).length === 0) return NONE;
  const look = (one: KubeObject) => `${nodeCondition(one, 'Ready')?.status} ${isSilent(one)} ${isOutOfService(one)}`;
  return previous && previous !== node && look(previous) === look(node) ? NONE : [name];
}
