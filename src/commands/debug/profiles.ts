/** What a debug container may do: the profiles (kubectl pkg/cmd/debug/profiles.go). */
import { CommandError } from '../command';
import type { Container, Pod, SecurityContext } from './pod-parts';

/** How it is debugged. */
export type Style = 'ephemeral' | 'copy' | 'node';

/** What a copy keeps of its original. */
export interface Keep {
  labels: boolean;
  annotations: boolean;
  liveness: boolean;
  readiness: boolean;
  startup: boolean;
  initContainers: boolean;
}

const PROFILES = {
  legacy(pod, container, style) {
    if (style === 'copy') delete pod.metadata.labels;
    if (style !== 'node') return;
    mountRoot(pod, container);
    useHostNamespaces(pod);
  },
  general(pod, container, style, keep) {
    if (style === 'node') {
      mountRoot(pod, container);
      delete container.securityContext;
      useHostNamespaces(pod);
      return;
    }
    if (style === 'copy') strip(pod, keep);
    addCapabilities(container, 'SYS_PTRACE');
    if (style === 'copy') shareProcesses(pod);
  },
  baseline(pod, container, style, keep) {
    delete container.securityContext;
    if (style === 'copy') stripAndShare(pod, keep);
  },
  restricted(pod, container, style, keep) {
    container.securityContext = {
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    };
    if (style === 'copy') stripAndShare(pod, keep);
  },
  netadmin(pod, container, style, keep) {
    addCapabilities(container, 'NET_ADMIN', 'NET_RAW');
    if (style === 'node') useHostNamespaces(pod);
    if (style === 'copy') stripAndShare(pod, keep);
  },
  sysadmin(pod, container, style, keep) {
    contextOf(container).privileged = true;
    if (style === 'node') {
      useHostNamespaces(pod);
      mountRoot(pod, container);
    }
    if (style === 'copy') stripAndShare(pod, keep);
  },
} satisfies Record<string, Profile>;

/** Changes a pod, and the container to debug with in it. */
type Profile = (pod: Pod, container: Container, style: Style, keep: Keep) => void;

export type ProfileName = keyof typeof PROFILES;

/** @throws CommandError for a name that is none */
export function profileNamed(name: string): ProfileName {
  if (!Object.hasOwn(PROFILES, name)) throw new CommandError(`unknown profile: ${name}`);
  return name as ProfileName;
}

/** Changes the pod in place. */
export function applyProfile(name: ProfileName, pod: Pod, container: Container, style: Style, keep: Keep): void {
  PROFILES[name](pod, container, style, keep);
}

function mountRoot({ spec }: Pod, container: Container): void {
  const name = 'host-root';
  spec.volumes = [...(spec.volumes ?? []), { name, hostPath: { path: '/' } }];
  container.volumeMounts = [...(container.volumeMounts ?? []), { mountPath: '/host', name }];
}

function useHostNamespaces({ spec }: Pod): void {
  spec.hostNetwork = true;
  spec.hostPID = true;
  spec.hostIPC = true;
}

function stripAndShare(pod: Pod, keep: Keep): void {
  strip(pod, keep);
  shareProcesses(pod);
}

function strip(pod: Pod, keep: Keep): void {
  if (!keep.labels) delete pod.metadata.labels;
  if (!keep.annotations) delete pod.metadata.annotations;
  for (const container of pod.spec.containers) {
    if (!keep.liveness) delete container.livenessProbe;
    if (!keep.readiness) delete container.readinessProbe;
    if (!keep.startup) delete container.startupProbe;
  }
  if (!keep.initContainers) delete pod.spec.initContainers;
}

function shareProcesses({ spec }: Pod): void {
  spec.shareProcessNamespace ??= true;
}

function addCapabilities(container: Container, ...names: string[]): void {
  const context = contextOf(container);
  context.capabilities ??= {};
  context.capabilities.add = [...(context.capabilities.add ?? []), ...names];
}

function contextOf(container: Container): SecurityContext {
  container.securityContext ??= {};
  return container.securityContext;
}
