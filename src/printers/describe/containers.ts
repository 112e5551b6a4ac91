/** Containers with their state, resources, probes, environment and mounts (kubectl describe.go describeContainers). */
import { compareStrings } from '../../apimachinery/json-text';
import { toQuantity } from '../../apimachinery/quantity';
import { resourceFieldText } from '../../apimachinery/resource-field';
import { boolText, rfc1123 } from './values';
import type { Described, DescriptionWriter } from './writer';

/** Gives the value that a field of the pod has, for `valueFrom.fieldRef`. */
export type FieldResolver = (fieldPath: string) => string;

export interface ContainersOptions {
  label: string;
  containers: readonly Described[];
  statuses?: readonly Described[];
  resolve?: FieldResolver;
  /** Within a pod template everything stands further in. */
  indent: string;
}

export function writeContainers(writer: DescriptionWriter, options: ContainersOptions): void {
  const { label, containers, statuses = [], resolve, indent } = options;
  writer.write(0, `${indent}${label}:${containers.length === 0 ? ' <none>' : ''}\n`);
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name);
    writer.write(1, `${indent ? ' ' : ''}${container.name}:\n`);
    writeBasics(writer, container, status);
    writeLines(writer, 'Command', container.command);
    writeLines(writer, 'Args', container.args);
    if (status) writeState(writer, status);
    writeResources(writer, container.resources, 2);
    if (container.livenessProbe) writer.write(2, `Liveness:\t${probeText(container.livenessProbe)}\n`);
    if (container.readinessProbe) writer.write(2, `Readiness:\t${probeText(container.readinessProbe)}\n`);
    if (container.startupProbe) writer.write(2, `Startup:\t${probeText(container.startupProbe)}\n`);
    if (container.envFrom?.length) writeEnvFrom(writer, container.envFrom);
    writeEnv(writer, container, resolve);
    writeMounts(writer, container);
  }
}

function writeBasics(writer: DescriptionWriter, container: Described, status: Described): void {
  if (status) writer.write(2, `Container ID:\t${status.containerID ?? ''}\n`);
  writer.write(2, `Image:\t${container.image ?? ''}\n`);
  if (status) writer.write(2, `Image ID:\t${status.imageID ?? ''}\n`);
  writePorts(writer, 'Port', container.ports, 'containerPort');
  writePorts(writer, 'Host Port', container.ports, 'hostPort');
  const profile = container.securityContext?.seccompProfile;
  if (profile) {
    writer.write(2, `SeccompProfile:\t${profile.type}\n`);
    if (profile.type === 'Localhost') writer.write(3, `LocalhostProfile:\t${profile.localhostProfile}\n`);
  }
}

function writePorts(writer: DescriptionWriter, label: string, ports: readonly Described[] = [], field: string): void {
  const texts = ports.map((port) => `${port[field] ?? 0}/${port.protocol}${port.name ? ` (${port.name})` : ''}`);
  writer.write(2, `${label}${texts.length > 1 ? 's' : ''}:\t${texts.join(', ') || '<none>'}\n`);
}

function writeLines(writer: DescriptionWriter, label: string, words: readonly string[] = []): void {
  if (words.length === 0) return;
  writer.write(2, `${label}:\n`);
  for (const word of words) for (const line of word.split('\n')) writer.write(3, `${line}\n`);
}

function writeState(writer: DescriptionWriter, status: Described): void {
  writeOneState(writer, 'State', status.state ?? {});
  if (status.lastState?.terminated) writeOneState(writer, 'Last State', status.lastState);
  writer.write(2, `Ready:\t${boolText(status.ready)}\n`);
  writer.write(2, `Restart Count:\t${status.restartCount ?? 0}\n`);
}

function writeOneState(writer: DescriptionWriter, label: string, { running, waiting, terminated }: Described): void {
  if (running) {
    writer.write(2, `${label}:\tRunning\n`);
    writer.write(3, `Started:\t${rfc1123(running.startedAt)}\n`);
  } else if (terminated) {
    writer.write(2, `${label}:\tTerminated\n`);
    if (terminated.reason) writer.write(3, `Reason:\t${terminated.reason}\n`);
    if (terminated.message) writer.write(3, `Message:\t${terminated.message}\n`);
    writer.write(3, `Exit Code:\t${terminated.exitCode ?? 0}\n`);
    if (terminated.signal) writer.write(3, `Signal:\t${terminated.signal}\n`);
    writer.write(3, `Started:\t${rfc1123(terminated.startedAt)}\n`);
    writer.write(3, `Finished:\t${rfc1123(terminated.finishedAt)}\n`);
  } else {
    writer.write(2, `${label}:\tWaiting\n`);
    if (waiting?.reason) writer.write(3, `Reason:\t${waiting.reason}\n`);
  }
}

export function writeResources(writer: DescriptionWriter, resources: Described, level: number): void {
  for (const [label, list] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const names = Object.keys(list ?? {}).sort(compareStrings);
    if (names.length > 0) writer.write(level, `${label}:\n`);
    for (const name of names) writer.write(level + 1, `${name}:\t${toQuantity(list[name])}\n`);
  }
}

/** DescribeProbe. */
export function probeText(probe: Described): string {
  const numbers = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return `exec [${(exec.command ?? []).join(' ')}] ${numbers}`;
  if (httpGet) return `http-get ${urlText(httpGet)} ${numbers}`;
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${numbers}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${numbers}`;
  return `unknown ${numbers}`;
}

/** As Go's net/url prints it: a path that does not begin with a slash gets one behind a host. */
function urlText({ scheme = '', host = '', port, path = '' }: Described): string {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const slashed = path !== '' && !path.startsWith('/') ? `/${path}` : path;
  const escaped = encodeURI(slashed).replaceAll('?', '%3F').replaceAll('#', '%23');
  return `${scheme ? `${scheme.toLowerCase()}:` : ''}//${authority}${escaped}`;
}

function writeEnvFrom(writer: DescriptionWriter, sources: readonly Described[]): void {
  writer.write(2, 'Environment Variables from:\n');
  for (const { prefix, configMapRef, secretRef } of sources) {
    const from = configMapRef ? 'ConfigMap' : secretRef ? 'Secret' : '';
    const { name = '', optional = false } = configMapRef ?? secretRef ?? {};
    writer.write(3, `${name}\t${from}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${optional}\n`);
  }
}

function writeEnv(writer: DescriptionWriter, container: Described, resolve: FieldResolver | undefined): void {
  const variables: readonly Described[] = container.env ?? [];
  writer.write(2, `Environment:${variables.length === 0 ? '\t<none>' : ''}\n`);
  for (const { name, value = '', valueFrom } of variables) {
    if (!valueFrom) {
      const [first, ...rest] = value.split('\n');
      writer.write(3, `${name}:\t${first}\n`);
      for (const line of rest) writer.write(3, `\t${line}\n`);
    } else writer.write(3, `${name}:\t${sourceText(valueFrom, container, resolve)}\n`);
  }
}

function sourceText(valueFrom: Described, container: Described, resolve: FieldResolver | undefined): string {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef) return `${resolve?.(fieldRef.fieldPath) ?? ''} (${fieldRef.apiVersion}:${fieldRef.fieldPath})`;
  if (resourceFieldRef) {
    const { resource } = resourceFieldRef;
    const amount = resourceFieldText(resourceFieldRef, container.resources);
    const value = amount === '0' && /^limits\.(cpu|memory)$/.test(resource) ? 'node allocatable' : amount;
    return `${value} (${resource})`;
  }
  if (secretKeyRef)
    return `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional === true}`;
  if (configMapKeyRef)
    return `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional === true}`;
  return '';
}

function writeMounts(writer: DescriptionWriter, { volumeMounts = [], volumeDevices = [] }: Described): void {
  const none = volumeMounts.length === 0 ? '\t<none>' : '';
  writer.write(2, `Mounts:${none}\n`);
  for (const mount of [...volumeMounts].sort((a, b) => compareStrings(a.mountPath, b.mountPath))) {
    const access = [mount.readOnly ? 'ro' : 'rw', ...(mount.subPath ? [`path=${JSON.stringify(mount.subPath)}`] : [])];
    writer.write(3, `${mount.mountPath} from ${mount.name} (${access.join(',')})\n`);
  }
  if (volumeDevices.length === 0) return;
  writer.write(2, `Devices:${none}\n`);
  for (const device of [...volumeDevices].sort((a, b) => compareStrings(a.devicePath, b.devicePath)))
    writer.write(3, `${device.devicePath} from ${device.name}\n`);
}
