/** Keeps as many pods as a ReplicaSet asks for. */
import { replicaManager } from './replica-manager';

export default replicaManager(
  {
    name: 'replicaset-controller',
    user: 'system:serviceaccount:kube-system:replicaset-controller',
  },
  {
    kind: 'ReplicaSet',
    resource: 'replicasets.apps',
    path: { group: 'apps', version: 'v1', resource: 'replicasets' },
    countsTerminating: true,
  },
);
