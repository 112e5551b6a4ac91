/** The pods that belong together with a pod, by the services and the controller that select it (`plugins/helper/spread.go` DefaultSelector). */

import { LabelSelector, selectorFromLabels, selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { controllerOf } from '../../../apimachinery/meta';
import { labelValue } from '../../indices';
import type { Objects } from '../cluster-view';
import type { PodInfo } from '../pod-info';

export function defaultSelector({ pod, namespace, labels }: PodInfo, objects: Objects): LabelSelector {
  const merged: Record<string, string> = {};
  for (const service of servicesOf(namespace, labels, objects)) Object.assign(merged, service['spec'].selector);
  const owner = controllerOf(pod);
  if (!owner) return selectorFromLabels(merged);
  const owned = (resource: string) => objects.get(resource, namespace, owner.name);
  switch (`${owner.apiVersion} ${owner.kind}`) {
    case 'v1 ReplicationController': {
      const controller = owned('replicationcontrollers');
      return selectorFromLabels({ ...merged, ...controller?.['spec'].selector });
    }
    case 'apps/v1 ReplicaSet':
      return both(merged, owned('replicasets.apps'));
    case 'apps/v1 StatefulSet':
      return both(merged, owned('statefulsets.apps'));
    default:
      return selectorFromLabels(merged);
  }
}

function both(labels: Record<string, string>, owner: KubeObject | undefined): LabelSelector {
  const selector = selectorFromLabels(labels);
  if (!owner) return selector;
  const { requirements } = selectorOf(owner['spec'].selector);
  return new LabelSelector([...selector.requirements, ...requirements]);
}

/** Services whose selector matches; one without a selector selects nothing. */
function servicesOf(namespace: string, labels: Readonly<Record<string, string>>, objects: Objects): KubeObject[] {
  const found: KubeObject[] = [];
  for (const key in labels)
    for (const service of objects.index('services', 'selector', labelValue(namespace, key, labels[key] as string)))
      if (selectorFromLabels(service['spec'].selector).matches(labels)) found.push(service);
  return found;
}
