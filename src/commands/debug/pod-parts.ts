/** As much of a pod as `debug` changes (api core/v1). */
import type { KubeObject } from '../../apimachinery/meta';

export interface SecurityContext {
  privileged?: boolean;
  runAsUser?: number;
  runAsNonRoot?: boolean;
  allowPrivilegeEscalation?: boolean;
  capabilities?: { add?: string[]; drop?: string[] };
  seccompProfile?: { type: string };
}

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  imagePullPolicy?: string;
  stdin?: boolean;
  tty?: boolean;
  terminationMessagePolicy?: string;
  securityContext?: SecurityContext;
  volumeMounts?: { name: string; mountPath: string }[];
  volumeDevices?: unknown[];
  lifecycle?: unknown;
  livenessProbe?: unknown;
  readinessProbe?: unknown;
  startupProbe?: unknown;
  targetContainerName?: string;
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: { name: string; hostPath?: { path: string } }[];
  nodeName?: string;
  restartPolicy?: string;
  tolerations?: { operator: string }[];
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  shareProcessNamespace?: boolean;
  securityContext?: { runAsUser?: number };
}

export interface Pod extends KubeObject {
  spec: PodSpec;
}

/** All containers by name; of one name the last counts (containerNameToRef). */
export function containersByName({ spec }: Pod): Map<string, Container> {
  const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  return new Map(all.map((container) => [container.name, container]));
}
