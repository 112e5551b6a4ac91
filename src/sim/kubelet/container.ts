/** The parts of a container and its status that the kubelet works with (api core/v1). */
import type { KubeObject } from '../../apimachinery/meta';
import { remembered } from '../../apimachinery/remembered';
import { sharedPart } from '../../apimachinery/shared-part';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { type Declared, declarationOf } from './declared';

export interface Handler {
  exec?: { command?: string[] };
  httpGet?: { path?: string; port: number | string; host?: string; scheme?: string };
  tcpSocket?: { port: number | string; host?: string };
  grpc?: { port: number; service?: string };
  sleep?: { seconds: number };
}

export interface Probe extends Handler {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
  terminationGracePeriodSeconds?: number;
}

export interface RestartRule {
  action: string;
  exitCodes?: { operator: string; values?: number[] };
}

export interface ResourceRequirements {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

export interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  stdinOnce?: boolean;
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
  ports?: { name?: string; containerPort: number }[];
  restartPolicy?: string;
  restartPolicyRules?: RestartRule[];
  readinessProbe?: Probe;
  startupProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { postStart?: Handler; preStop?: Handler };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; subPathExpr?: string }[];
  resources?: ResourceRequirements;
  resizePolicy?: { resourceName: string; restartPolicy: string }[];
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
  resources?: ResourceRequirements;
  allocatedResources?: Record<string, string>;
};

/** Of one that never ended. */
export const NO_STATE: ContainerState = sharedPart({});

/** The state of all that wait for the same, without a word more. */
export const waitingWith = remembered(100, (reason): ContainerState => sharedPart({ waiting: { reason } }));

/** The state of all that were started at one moment. */
export const runningSince = remembered(100, (startedAt): { running: Running } =>
  sharedPart({ running: { startedAt } }),
);

/** Which list of the pod's spec a container stands in. */
export type ContainerList = 'initContainers' | 'containers' | 'ephemeralContainers';

/** Where the statuses of each list stand. */
export const STATUSES = {
  initContainers: 'initContainerStatuses',
  containers: 'containerStatuses',
  ephemeralContainers: 'ephemeralContainerStatuses',
} as const;

/** A container and its place. */
export interface Placed {
  container: Container;
  list: ContainerList;
}

/** An init container that is there to end. */
export function runsToCompletion({ container, list }: Placed): boolean {
  return list === 'initContainers' && !isSidecar(container);
}

/** All of them, in the order in which they start. */
export function allContainers(pod: KubeObject): Placed[] {
  const { initContainers, containers, ephemeralContainers } = pod['spec'] as PodContainers;
  const all: Placed[] = [];
  const place = (list: ContainerList, some: readonly Container[] = NO_CONTAINERS) => {
    for (let i = 0; i < some.length; i++) all.push({ container: some[i] as Container, list });
  };
  place('initContainers', initContainers);
  place('containers', containers);
  place('ephemeralContainers', ephemeralContainers);
  return all;
}

/** The containers of a pod's spec. */
export interface PodContainers {
  initContainers?: readonly Container[];
  containers: readonly Container[];
  ephemeralContainers?: readonly Container[];
}

export const NO_CONTAINERS: readonly Container[] = Object.freeze([]);

/** The statuses of all of them. */
export function allStatuses({ status }: KubeObject): ContainerStatus[] {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
}

export function statusOf(pod: KubeObject, { container, list }: Placed): ContainerStatus | undefined {
  return statusNamed(pod['status']?.[STATUSES[list]], container.name);
}

export function statusNamed(
  statuses: readonly ContainerStatus[] | undefined,
  name: string,
): ContainerStatus | undefined {
  if (statuses)
    for (let i = 0; i < statuses.length; i++) {
      const status = statuses[i] as ContainerStatus;
      if (status.name === name) return status;
    }
  return undefined;
}

/** Was it started once? */
export function hasBegun(status: ContainerStatus): boolean {
  return !status.state.waiting || (status.lastState.terminated !== undefined && !isReset(status));
}

/** Was it put back to where it had not begun, because all containers are started anew? */
export function isReset({ state, lastState }: ContainerStatus): boolean {
  const reason = state.waiting?.reason;
  return lastState.terminated !== undefined && (reason === 'PodInitializing' || reason === 'ContainerCreating');
}

/** What its pod's annotations say that it does. */
export function declaredFor(pod: KubeObject, { container, list }: Placed): Declared {
  return declarationOf(pod).of(container.name, list === 'containers');
}

/** A sidecar: an init container that runs on (podutil.IsRestartableInitContainer). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** The rule that says what follows an end with this code (podutil.FindMatchingContainerRestartRule). */
function ruleFor(container: Container, exitCode: number): RestartRule | undefined {
  return (container.restartPolicyRules ?? []).find(({ exitCodes }) => {
    const listed = (exitCodes?.values ?? []).includes(exitCode);
    return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed;
  });
}

/** May it be started again after it ended with this code (podutil.ContainerShouldRestart)? */
export function shouldRestart(container: Container, podRestartPolicy: string, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const action = ruleFor(container, exitCode)?.action;
    if (action === 'Restart' || action === 'RestartAllContainers') return true;
  }
  const policy = container.restartPolicy ?? podRestartPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** The reason that containers end with which another one's end took along. */
export const TAKEN_ALONG = 'RestartingAllContainers';

/** Did it end because all containers are started anew? Then it is one of them, whatever its policy says. */
export function isTakenAlong(end: Terminated | undefined): boolean {
  return end?.reason === TAKEN_ALONG;
}

/** Does its end with this code have all containers of the pod start anew? */
export function restartsAll(container: Container, exitCode: number): boolean {
  return ruleFor(container, exitCode)?.action === 'RestartAllContainers';
}

/** Could any of them (podutil.AllContainersCouldRestart)? */
export function couldRestartAll(pod: KubeObject): boolean {
  const { initContainers, containers, ephemeralContainers } = pod['spec'] as PodContainers;
  return mayRestartAll(containers) || mayRestartAll(initContainers) || mayRestartAll(ephemeralContainers);
}

function mayRestartAll(containers: readonly Container[] = NO_CONTAINERS): boolean {
  for (let i = 0; i < containers.length; i++) {
    const { restartPolicyRules } = containers[i] as Container;
    if (restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers')) return true;
  }
  return false;
}

/** Why a container is stopped while its pod goes on; of a main one it is told whether it will be back (computePodActions). */
export function killMessage(pod: KubeObject, { container, list }: Placed, why: string, anyway = false): string {
  const { name, restartPolicy = pod['spec'].restartPolicy, restartPolicyRules = [] } = container;
  if (list === 'initContainers') return `Init container ${name} ${why}`;
  const isBack = anyway || restartPolicy !== 'Never' || restartPolicyRules.length > 0;
  return `Container ${name} ${why}${isBack ? ', will be restarted' : ''}`;
}

/** Was it made from another image than it is to have now (containerChanged)? */
export function isOutdated(container: Container, status: ContainerStatus): boolean {
  return status.containerID !== undefined && status.image !== container.image;
}

/** When the pod's spec was last changed; nobody but the field managers has kept it. 0 for a pod that is as it was made. */
export function specChangedAt({ metadata }: KubeObject): Instant {
  if ((metadata.generation ?? 1) < 2) return 0;
  let last = 0;
  for (const { subresource, fieldsV1, time } of metadata.managedFields ?? [])
    if (!subresource && (fieldsV1 as Record<string, unknown> | undefined)?.['f:spec'])
      last = Math.max(last, parseTime(time ?? '') ?? 0);
  return last;
}
