/** The pods that belong together with a pod, by the services and the controller that select it (`plugins/helper/spread.go` DefaultSelector). */
import { LabelSelector, type LabelSelectorObject, selectorFromLabels, selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { labelValue } from '../../indices';
import type { ClusterView, Objects } from '../cluster-view';
import type { PodInfo } from '../pod-info';
import { oncePerShape, type PodShape } from '../pod-shape';

/** What a selector was read from. */
interface Read {
  services: readonly KubeObject[];
  controller: object | undefined;
  selector: LabelSelector | undefined;
}

const NO_SERVICES: readonly KubeObject[] = [];
/** The resources of the controllers whose selectors count. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  'v1 ReplicationController': 'replicationcontrollers',
  'apps/v1 ReplicaSet': 'replicasets.apps',
  'apps/v1 StatefulSet': 'statefulsets.apps',
};

/** Selectors for pods, each read again only when a service of the namespace or the controller is another: the very same for all alike. */
export function defaultSelectors(view: ClusterView): (pod: PodInfo) => LabelSelector {
  const readFor = oncePerShape((): Read => ({ services: NO_SERVICES, controller: undefined, selector: undefined }));
  return (pod) => {
    const { shape } = pod;
    const read = readFor(pod);
    const services = view.objects.list('services', shape.namespace);
    const controller = controllerOf(shape, view.objects)?.['spec'];
    const sameServices = services === read.services || (services.length === 0 && read.services.length === 0);
    if (read.selector && sameServices && read.controller === controller) return read.selector;
    read.services = services;
    read.controller = controller;
    read.selector = selectorBy(shape, controller, services.length === 0 ? {} : labelsOfServices(shape, view.objects));
    return read.selector;
  };
}

function controllerOf({ controller, namespace }: PodShape, objects: Objects): KubeObject | undefined {
  if (!controller) return undefined;
  const kind = `${controller.apiVersion} ${controller.kind}`;
  return Object.hasOwn(CONTROLLERS, kind)
    ? objects.get(CONTROLLERS[kind] as string, namespace, controller.name)
    : undefined;
}

function selectorBy(
  { controller }: PodShape,
  spec: { selector?: object } | undefined,
  labels: Readonly<Record<string, string>>,
): LabelSelector {
  // The selector of a ReplicationController is labels.
  if (controller?.kind === 'ReplicationController') return selectorFromLabels({ ...labels, ...spec?.selector });
  const selector = selectorFromLabels(labels);
  if (!spec) return selector;
  const { requirements } = selectorOf(spec.selector as LabelSelectorObject | undefined);
  return new LabelSelector([...selector.requirements, ...requirements]);
}

/** Of services whose selector matches; one without a selector selects nothing. */
function labelsOfServices({ namespace, labels }: PodShape, objects: Objects): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const key in labels)
    for (const service of objects.index('services', 'selector', labelValue(namespace, key, labels[key] as string))) {
      const { selector } = service['spec'];
      if (selectorFromLabels(selector).matches(labels)) Object.assign(merged, selector);
    }
  return merged;
}
