/** Keeps as many pods as a ReplicationController asks for (kubernetes `pkg/controller/replication`). */
import { replicaManager } from '../replicaset/replica-manager';

export default replicaManager(
  {
    name: 'replicationcontroller-controller',
    user: 'system:serviceaccount:kube-system:replication-controller',
    eventSource: { component: 'replication-controller' },
  },
  {
    kind: 'ReplicationController',
    resource: 'replicationcontrollers',
    path: { group: '', version: 'v1', resource: 'replicationcontrollers' },
    countsTerminating: false,
  },
);
