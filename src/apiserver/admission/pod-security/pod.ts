/** The parts of a pod that its security is judged by, and the words for what is wrong with them (`policy/helpers.go`, `visitor.go`). */

export interface SecurityContext {
  allowPrivilegeEscalation?: boolean;
  appArmorProfile?: { type?: string };
  capabilities?: { add?: string[]; drop?: string[] };
  privileged?: boolean;
  procMount?: string;
  runAsNonRoot?: boolean;
  runAsUser?: number | bigint;
  seLinuxOptions?: { type?: string; user?: string; role?: string };
  seccompProfile?: { type?: string };
  windowsOptions?: { hostProcess?: boolean };
}

interface Handler {
  httpGet?: { host?: string };
  tcpSocket?: { host?: string };
}

export interface Container {
  name?: string;
  image?: string;
  ports?: { hostPort?: number }[];
  securityContext?: SecurityContext;
  livenessProbe?: Handler;
  readinessProbe?: Handler;
  startupProbe?: Handler;
  lifecycle?: { postStart?: Handler; preStop?: Handler };
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  hostIPC?: boolean;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostUsers?: boolean;
  os?: { name?: string };
  runtimeClassName?: string;
  securityContext?: SecurityContext & { sysctls?: { name?: string }[] };
  volumes?: ({ name?: string } & Record<string, unknown>)[];
}

export interface Judged {
  annotations: Readonly<Record<string, string>>;
  spec: PodSpec;
}

/** In the order that upstream visits them. */
export function containersOf({ initContainers, containers, ephemeralContainers }: PodSpec): Container[] {
  return [...(initContainers ?? []), ...(containers ?? []), ...(ephemeralContainers ?? [])];
}

/** The names of those of which something holds. */
export function namesOf(spec: PodSpec, holds: (container: Container) => boolean): string[] {
  return containersOf(spec)
    .filter(holds)
    .map(({ name = '' }) => name);
}

/** `"a", "b"` */
export function quoted(items: readonly string[]): string {
  return items.length === 0 ? '' : `"${items.join('", "')}"`;
}

/** Each once, in order. */
export function sorted(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}

export function plural(singular: string, many: string, count: number): string {
  return count === 1 ? singular : many;
}

/** `containers "a", "b"` */
export function containers(names: readonly string[]): string {
  return `${plural('container', 'containers', names.length)} ${quoted(names)}`;
}

/** Who sets what nobody may: `pod and container "a"`. */
export function setters(pod: boolean, names: readonly string[]): string[] {
  return [...(pod ? ['pod'] : []), ...(names.length > 0 ? [containers(names)] : [])];
}
