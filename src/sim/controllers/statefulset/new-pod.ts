/** The pods that a StatefulSet is to have (kubernetes `pkg/controller/statefulset/stateful_set_utils.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { controllerReference } from '../claim';
import { withStorage } from './claims';
import { identityLabels, REVISION_LABEL, startOrdinal } from './identity';

/**
 * The pod of an ordinal, at the revision that it is to have: below the partition (or, without one, below the number of pods
 * not yet updated) the current one, above it the new one (newVersionedStatefulSetPod).
 */
export function newVersionedPod(
  current: { set: KubeObject; revision: KubeObject },
  update: { set: KubeObject; revision: KubeObject },
  ordinal: number,
): KubeObject {
  const { set } = current;
  const { type, rollingUpdate } = set['spec'].updateStrategy ?? {};
  const index = ordinal - startOrdinal(set);
  const isOld = rollingUpdate
    ? index < (rollingUpdate.partition ?? 0)
    : type === 'RollingUpdate' && index < (set['status']?.currentReplicas ?? 0);
  const { set: described, revision } = isOld ? current : update;
  return newPod(described, ordinal, revision.metadata.name ?? '');
}

/** The pod of an ordinal as the set describes it (newStatefulSetPod, setPodRevision). */
function newPod(set: KubeObject, ordinal: number, revision: string): KubeObject {
  const { name: setName = '', namespace = '' } = set.metadata;
  const { template, serviceName } = set['spec'];
  const name = `${setName}-${ordinal}`;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${setName}-`,
      name,
      namespace,
      labels: { ...labels, ...identityLabels(name, ordinal), [REVISION_LABEL]: revision },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: { ...template.spec, hostname: name, ...(serviceName ? { subdomain: serviceName } : {}) },
  };
  return withStorage(set, pod);
}
