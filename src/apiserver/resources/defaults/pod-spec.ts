/** Defaults of pod specs, in pods and templates alike (pkg/apis/core/v1/defaults.go, zz_generated.defaults.go). */
import type {
  Container,
  EnvVar,
  Handler,
  Lifecycle,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Volume,
} from '../../validation/core-types';
import { defaultPullPolicy } from './image-pull-policy';
import { defaultResourceList, defaultResourceRequirements } from './resource-lists';
import { defaultVolume } from './volumes';

/** SetDefaults_PodSpec with all that is in it. */
export function defaultPodSpec(spec: PodSpec): void {
  for (const volume of spec.volumes ?? []) defaultVolume(volume as Volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  if (spec.overhead) defaultResourceList(spec.overhead);
  if (spec.resources) defaultResourceRequirements(spec.resources);
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  syncServiceAccount(spec);
  // What Go's types do not write out.
  if (spec.hostNetwork === false) delete spec.hostNetwork;
  if (spec.hostPID === false) delete spec.hostPID;
  if (spec.hostIPC === false) delete spec.hostIPC;
}

/** The old name of a field stands beside the new one, which wins (Convert_v1_PodSpec_To_core_PodSpec and back). */
export function syncServiceAccount(spec: PodSpec): void {
  if (!spec.serviceAccountName && spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName && spec.serviceAccount !== spec.serviceAccountName)
    spec.serviceAccount = spec.serviceAccountName;
}

/** A template's: its spec, which is there even if empty, as are its labels' place in metadata. */
export function defaultPodTemplate(holder: { template?: PodTemplateSpec } | undefined): void {
  if (!holder) return;
  holder.template ??= {};
  holder.template.metadata ??= {};
  holder.template.spec ??= {};
  defaultPodSpec(holder.template.spec);
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  if (container.resources) defaultResourceRequirements(container.resources);
  else container.resources = {};
  for (const port of container.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.hostPort === 0) delete port.hostPort;
  }
  for (const env of container.env ?? []) defaultEnv(env);
  for (const mount of container.volumeMounts ?? []) if (mount.readOnly === false) delete mount.readOnly;
  if (container.livenessProbe) defaultProbe(container.livenessProbe);
  if (container.readinessProbe) defaultProbe(container.readinessProbe);
  if (container.startupProbe) defaultProbe(container.startupProbe);
  if (container.lifecycle) defaultLifecycle(container.lifecycle);
  if (container.stdin === false) delete container.stdin;
  if (container.tty === false) delete container.tty;
}

function defaultEnv(env: EnvVar): void {
  const source = env.valueFrom;
  if (!source) return;
  if (source.fieldRef) source.fieldRef.apiVersion ||= 'v1';
  if (source.fileKeyRef) source.fileKeyRef.optional ??= false;
  if (source.resourceFieldRef && source.resourceFieldRef.divisor === undefined) source.resourceFieldRef.divisor = '0';
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.initialDelaySeconds === 0) delete probe.initialDelaySeconds;
  defaultHandler(probe);
}

function defaultLifecycle(lifecycle: Lifecycle): void {
  if (lifecycle.postStart) defaultHandler(lifecycle.postStart);
  if (lifecycle.preStop) defaultHandler(lifecycle.preStop);
}

function defaultHandler(handler: Handler): void {
  if (handler.httpGet) {
    handler.httpGet.path ||= '/';
    handler.httpGet.scheme ||= 'HTTP';
  }
  if (handler.grpc) handler.grpc.service ??= '';
}
