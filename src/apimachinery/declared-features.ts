/** What kubelets say that they can, and which pods need it (component-helpers `nodedeclaredfeatures`). */
import { deepEqual, jsonOf } from './json';

const POD_LEVEL_RESIZE = 'InPlacePodLevelResourcesVerticalScaling';
const INIT_CONTAINER_RESIZE = 'InPlacePodVerticalScalingInitContainers';
const RESTART_ALL_CONTAINERS = 'RestartAllContainersOnContainerExits';
const USER_NAMESPACES_ON_HOST_NETWORK = 'UserNamespacesHostNetworkSupport';

/** What a kubelet of 1.36 declares unless its gates are set. */
export const KUBELET_FEATURES: readonly string[] = [
  'ExtendWebSocketsToKubelet',
  POD_LEVEL_RESIZE,
  INIT_CONTAINER_RESIZE,
  RESTART_ALL_CONTAINERS,
];

interface Container {
  restartPolicy?: string;
  restartPolicyRules?: readonly { action: string }[];
  resources?: object;
}

export interface PodSpecFeatures {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
  resources?: object;
  hostNetwork?: boolean;
  hostUsers?: boolean;
}

const NONE: readonly string[] = [];

/** What a node must have declared so that the pod may come to it (InferForScheduling). */
export function featuresToRun(spec: PodSpecFeatures): readonly string[] {
  const restarts = restartsAll(spec.containers) || restartsAll(spec.initContainers);
  const maps = spec.hostNetwork === true && spec.hostUsers === false;
  if (!restarts && !maps) return NONE;
  return [...(restarts ? [RESTART_ALL_CONTAINERS] : []), ...(maps ? [USER_NAMESPACES_ON_HOST_NETWORK] : [])];
}

function restartsAll(containers: readonly Container[] = []): boolean {
  for (const { restartPolicyRules } of containers)
    if (restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers')) return true;
  return false;
}

/** What the pod's node must have declared so that its spec may change like this (InferForUpdate). */
export function featuresToChange(before: PodSpecFeatures, after: PodSpecFeatures): readonly string[] {
  const features: string[] = [];
  if (!same(before.resources, after.resources)) features.push(POD_LEVEL_RESIZE);
  const changed = before.initContainers?.some(
    ({ restartPolicy, resources }, i) =>
      restartPolicy !== 'Always' && !same(resources, after.initContainers?.[i]?.resources),
  );
  if (changed) features.push(INIT_CONTAINER_RESIZE);
  return features;
}

function same(a: object = {}, b: object = {}): boolean {
  return deepEqual(jsonOf(a), jsonOf(b));
}

/** Those that the node has not declared. */
export function undeclared(
  features: readonly string[],
  status: { declaredFeatures?: readonly string[] } | undefined,
): readonly string[] {
  if (features.length === 0) return NONE;
  const declared = status?.declaredFeatures ?? NONE;
  return features.filter((feature) => !declared.includes(feature));
}
