import type { KubeObject } from '../../src/apimachinery/meta';
import {
  ANNOTATIONS,
  ANYTHING,
  changedParts,
  DELETION,
  FINALIZERS,
  LABELS,
  OWNERS,
  PHASE,
  SPEC,
  STATUS,
} from '../../src/sim/changed-parts';

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'default', uid: '1', resourceVersion: '7', labels: { app: 'web' } },
  spec: { nodeName: 'n1' },
  status: { phase: 'Pending', conditions: [] },
};
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '2' };
const withMetadata = (metadata: object): KubeObject => ({ ...pod, metadata: { ...pod.metadata, ...metadata } });
const NAMED = LABELS | ANNOTATIONS | OWNERS | FINALIZERS | DELETION | SPEC | STATUS | PHASE;

test.each<[string, KubeObject, number]>([
  ['nothing but its version', withMetadata({ resourceVersion: '8' }), 0],
  ['labels', withMetadata({ labels: { app: 'db' } }), LABELS],
  ['annotations', withMetadata({ annotations: {} }), ANNOTATIONS],
  ['an owner', withMetadata({ ownerReferences: [owner] }), OWNERS],
  ['a finalizer', withMetadata({ finalizers: ['kubernetes.io/hold'] }), FINALIZERS],
  ['that it is to go', withMetadata({ deletionTimestamp: '2026-01-01T00:00:00Z' }), DELETION],
  ['how long that may take', withMetadata({ deletionGracePeriodSeconds: 0 }), DELETION],
  ['its spec', { ...pod, spec: { nodeName: 'n2' } }, SPEC],
  ['its status, not its phase', { ...pod, status: { phase: 'Pending', podIP: '10.0.0.1' } }, STATUS],
  ['its phase', { ...pod, status: { phase: 'Running' } }, STATUS | PHASE],
  ['its first status', { ...pod, status: undefined }, STATUS | PHASE],
  ['equal, and not the same', { ...pod, spec: { ...pod['spec'] } }, SPEC],
  ['all of it: another of its name', withMetadata({ uid: '2' }), NAMED],
  ['all of it: it is looked at anew', pod, NAMED],
])('what has changed of an object: %s', (_, after, expected) => {
  const parts = changedParts(pod, after);
  expect(parts & NAMED).toBe(expected);
  // Whoever minds everything hears of every change.
  expect(parts & ANYTHING & ~NAMED).not.toBe(0);
});
