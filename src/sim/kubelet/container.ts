/** The parts of a container and its status that the kubelet works with (api core/v1). */

export interface Probe {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  successThreshold?: number;
}

export interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  restartPolicy?: string;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  livenessProbe?: Probe;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

export type Running = { startedAt: string };
export type Terminated = {
  exitCode: number;
  reason: string;
  startedAt: string;
  finishedAt: string;
  containerID: string;
  message?: string;
};
export type Waiting = { reason?: string; message?: string };

export type ContainerState = { waiting?: Waiting; running?: Running; terminated?: Terminated };

export type ContainerStatus = {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; recursiveReadOnly?: string }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  allocatedResources?: Record<string, string>;
};

/** A sidecar: an init container that runs on (podutil.IsRestartableInitContainer). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** May it be started again after it ended with this code (podutil.ContainerShouldRestart)? */
export function shouldRestart(container: Container, podRestartPolicy: string, exitCode: number): boolean {
  const policy = container.restartPolicy ?? podRestartPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
