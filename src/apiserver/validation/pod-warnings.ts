/** What the server warns of in pods and templates that it takes (pkg/api/pod/warnings.go). */
import { warningsForIP } from '../../apimachinery/ip';
import type { Json } from '../../apimachinery/json';
import { isValidLabelValue } from '../../apimachinery/names';
import {
  type Container,
  type ContainerPort,
  type NodeSelectorTerm,
  type PodAffinity,
  type PodSpec,
  type Volume,
  visitContainers,
} from './core-types';
import { quantity } from './resources';

type Annotations = Readonly<Record<string, string>> | undefined;

/** @param prefix `''` for a pod, `spec.template.` for a template. */
export function podWarnings(prefix: string, spec: PodSpec, annotations: Annotations): string[] {
  const warnings: string[] = [];
  const at = `${prefix}spec`;
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const text = deprecatedNodeLabel(key);
    if (text) warnings.push(`${at}.nodeSelector[${key}]: ${text}`);
  }
  warnOfAffinity(at, spec, warnings);
  if (annotations) warnOfAnnotations(prefix, annotations, warnings);
  (spec.volumes ?? []).forEach((volume, i) => {
    for (const [kind, text] of deprecatedVolumes)
      if (volume[kind]) warnings.push(`${at}.volumes[${i}].${kind === 'storageos' ? 'storageOS' : kind}: ${text}`);
  });
  for (const volume of spec.volumes ?? []) warnOfOverlaps(volume, warnings);
  warnOfRepeats(`${at}.hostAliases`, 'ip', spec.hostAliases, warnings);
  warnOfRepeats(`${at}.imagePullSecrets`, 'name', spec.imagePullSecrets, warnings);
  (spec.imagePullSecrets ?? []).forEach((secret, i) => {
    if (!secret.name) warnings.push(`${at}.imagePullSecrets[${i}].name: invalid empty name ""`);
  });
  warnOfFractions(`${at}.overhead`, spec.overhead, warnings);
  warnOfSeccomp(prefix, spec, annotations, warnings);
  warnOfContainers(at, spec, warnings);
  warnOfPorts(at, spec, warnings);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(
      `${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  warnOfNullSelectors(`${at}.affinity.podAffinity`, spec.affinity?.podAffinity, warnings);
  warnOfNullSelectors(`${at}.affinity.podAntiAffinity`, spec.affinity?.podAntiAffinity, warnings);
  (spec.dnsConfig?.nameservers ?? []).forEach((server, i) => {
    warnings.push(...warningsForIP(`${at}.dnsConfig.nameservers[${i}]`, server));
  });
  (spec.hostAliases ?? []).forEach((alias, i) => {
    warnings.push(...warningsForIP(`${at}.hostAliases[${i}].ip`, alias.ip ?? ''));
  });
  return warnings;
}

/** Labels of nodes that newer ones replace (pkg/api/node/util.go). */
export function deprecatedNodeLabel(key: string): string | undefined {
  switch (key) {
    case 'beta.kubernetes.io/arch':
      return 'deprecated since v1.14; use "kubernetes.io/arch" instead';
    case 'beta.kubernetes.io/os':
      return 'deprecated since v1.14; use "kubernetes.io/os" instead';
    case 'failure-domain.beta.kubernetes.io/region':
      return 'deprecated since v1.17; use "topology.kubernetes.io/region" instead';
    case 'failure-domain.beta.kubernetes.io/zone':
      return 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead';
    case 'beta.kubernetes.io/instance-type':
      return 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead';
    case 'app.kubernetes.io/created-by':
      return 'deprecated since v1.9';
    case 'scheduler.alpha.kubernetes.io/preferAvoidPods':
      return 'deprecated since v1.22; use Taints and Tolerations instead';
    case 'node-role.kubernetes.io/master':
      return 'use "node-role.kubernetes.io/control-plane" instead';
    default:
      return undefined;
  }
}

/** GetWarningsForNodeSelectorTerm. */
export function nodeSelectorTermWarnings(path: string, term: NodeSelectorTerm, checkValues: boolean): string[] {
  const warnings: string[] = [];
  for (const [i, { key = '', values = [] }] of (term.matchExpressions ?? []).entries()) {
    const text = deprecatedNodeLabel(key);
    if (text) warnings.push(`${path}.matchExpressions[${i}].key: ${key} is ${text}`);
    if (!checkValues) continue;
    values.forEach((value, j) => {
      for (const complaint of isValidLabelValue(value))
        warnings.push(`${path}.matchExpressions[${i}].values[${j}]: ${value} is invalid, ${complaint}`);
    });
  }
  return warnings;
}

function warnOfAffinity(at: string, spec: PodSpec, warnings: string[]): void {
  const node = spec.affinity?.nodeAffinity;
  const path = `${at}.affinity.nodeAffinity`;
  (node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).forEach((term, i) => {
    const termPath = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`;
    warnings.push(...nodeSelectorTermWarnings(termPath, term, false));
  });
  (node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term, i) => {
    const termPath = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`;
    warnings.push(...nodeSelectorTermWarnings(termPath, term.preference ?? {}, true));
  });
  (spec.topologySpreadConstraints ?? []).forEach((constraint, i) => {
    const text = deprecatedNodeLabel(constraint.topologyKey ?? '');
    if (text) warnings.push(`${at}.topologySpreadConstraints[${i}].topologyKey: ${constraint.topologyKey} is ${text}`);
    if (!constraint.labelSelector)
      warnings.push(
        `${at}.topologySpreadConstraints[${i}].labelSelector: a null labelSelector results in matching no pod`,
      );
  });
}

function warnOfAnnotations(prefix: string, annotations: NonNullable<Annotations>, warnings: string[]): void {
  const deprecated = [
    [
      'scheduler.alpha.kubernetes.io/critical-pod',
      'non-functional in v1.16+; use the "priorityClassName" field instead',
    ],
    ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
    ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ] as const;
  for (const [key, text] of deprecated)
    if (Object.hasOwn(annotations, key)) warnings.push(`${prefix}metadata.annotations[${key}]: ${text}`);
}

const deprecatedVolumes: readonly (readonly [kind: string, text: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

interface Mapped {
  path: string;
  source: string;
}
interface Items {
  name?: string;
  secretName?: string;
  items?: { path?: string }[];
  path?: string;
}

/** Two files of one volume at one path, or one below the other (warningsForOverlappingVirtualPaths). */
function warnOfOverlaps(volume: Volume, warnings: string[]): void {
  const describe = ({ path, source }: Mapped) => (source ? `"${path}" (${source})` : `"${path}"`);
  const check = (what: string, mapped: Mapped[]) => {
    const seen: Mapped[] = [];
    for (const one of mapped) {
      const file = { ...one, path: one.path.replace(/\/+$/, '') };
      for (const other of seen)
        if (overlap(other.path, file.path))
          warnings.push(
            `volume "${volume.name}" (${what}): overlapping paths: ${describe(file)} with ${describe(other)}`,
          );
      seen.push(file);
    }
  };
  const mapped = (holder: Items, source: string): Mapped[] =>
    (holder.items ?? []).map((item) => ({ path: item.path ?? '', source }));
  const configMap = volume.configMap as Items | undefined;
  const secret = volume.secret as Items | undefined;
  const downward = volume.downwardAPI as Items | undefined;
  if (configMap?.items) check(`ConfigMap "${configMap.name ?? ''}"`, mapped(configMap, ''));
  if (secret?.items) check(`Secret "${secret.secretName ?? ''}"`, mapped(secret, ''));
  if (downward?.items) check('DownwardAPI', mapped(downward, ''));
  const projected = volume.projected as { sources?: Record<string, Items>[] } | undefined;
  if (!projected) return;
  const all: Mapped[] = [];
  for (const source of projected.sources ?? []) {
    if (Object.keys(source).length === 0) warnings.push(`volume "${volume.name}" (Projected) has no sources provided`);
    if (source.configMap?.items) all.push(...mapped(source.configMap, `ConfigMap "${source.configMap.name ?? ''}"`));
    else if (source.secret?.items) all.push(...mapped(source.secret, `Secret "${source.secret.name ?? ''}"`));
    else if (source.downwardAPI?.items) all.push(...mapped(source.downwardAPI, 'DownwardAPI'));
    else if (source.serviceAccountToken)
      all.push({ path: source.serviceAccountToken.path ?? '', source: 'ServiceAccountToken' });
  }
  check('Projected', all);
}

function overlap(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function warnOfRepeats<K extends string>(
  path: string,
  key: K,
  items: readonly { [key in K]?: string }[] | undefined,
  warnings: string[],
): void {
  const seen = new Set<string>();
  (items ?? []).forEach((item, i) => {
    const value = item[key] ?? '';
    if (seen.has(value)) warnings.push(`${path}[${i}].${key}: duplicate ${key} ${JSON.stringify(value)}`);
    seen.add(value);
  });
}

/** Bytes that are not whole. */
function warnOfFractions(path: string, list: Record<string, Json> | undefined, warnings: string[]): void {
  for (const name of ['memory', 'ephemeral-storage']) {
    if (!list || !Object.hasOwn(list, name)) continue;
    const amount = quantity(list[name]);
    if (amount.scaled(-3) % 1000n !== 0n)
      warnings.push(`${path}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`);
  }
}

function warnOfSeccomp(prefix: string, spec: PodSpec, annotations: Annotations, warnings: string[]): void {
  if (!annotations) return;
  const warn = (key: string) => {
    if (Object.hasOwn(annotations, key))
      warnings.push(
        `${prefix}metadata.annotations[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`,
      );
  };
  if (!spec.securityContext?.seccompProfile) warn('seccomp.security.alpha.kubernetes.io/pod');
  visitContainers(spec, '', (container) => {
    if (!container.securityContext?.seccompProfile)
      warn(`container.seccomp.security.alpha.kubernetes.io/${container.name}`);
  });
}

function warnOfContainers(at: string, spec: PodSpec, warnings: string[]): void {
  visitContainers(spec, at, (container, path) => {
    for (const name of ['memory', 'ephemeral-storage'])
      for (const which of ['limits', 'requests'] as const) {
        const list = container.resources?.[which];
        if (list && Object.hasOwn(list, name))
          warnOfFractions(`${path}.resources.${which}`, { [name]: list[name] as Json }, warnings);
      }
    warnOfHiddenVariables(path, container, warnings);
  });
}

/** A variable given twice is fine where the second adds to the first. */
function warnOfHiddenVariables(path: string, container: Container, warnings: string[]): void {
  const env = container.env ?? [];
  if (env.length < 2) return;
  const seen = new Set<string>();
  env.forEach(({ name = '', value = '', valueFrom }, i) => {
    const reference = `$(${name})`;
    if (!seen.has(name)) seen.add(name);
    else if (valueFrom || value === reference || !value.includes(reference))
      warnings.push(
        `${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
  });
}

function warnOfPorts(at: string, spec: PodSpec, warnings: string[]): void {
  const byPort = new Map<string, { path: string; port: ContainerPort }[]>();
  const byName = new Map<string, string>();
  const named: [path: string, name: string][] = [];
  visitContainers(spec, at, (container, path) => {
    (container.ports ?? []).forEach((port, i) => {
      const here = `${path}.ports[${i}]`;
      if (port.hostIP && !port.hostPort)
        warnings.push(
          `${here}: hostIP set without hostPort: {Name:${port.name ?? ''} HostPort:0 ContainerPort:${port.containerPort ?? 0} Protocol:${port.protocol ?? ''} HostIP:${port.hostIP}}`,
        );
      const key = `${port.containerPort ?? 0}/${port.protocol ?? ''}`;
      const others = byPort.get(key) ?? [];
      for (const other of others) {
        const what = comparePorts(port, other.port);
        if (what) warnings.push(`${here}: ${what} port definition with ${other.path}`);
      }
      byPort.set(key, [...others, { path: here, port }]);
      if (port.name) named.push([here, port.name]);
    });
  });
  for (const [path, name] of named) {
    const other = byName.get(name);
    if (other === undefined) byName.set(name, path);
    else
      warnings.push(
        `${path}: duplicate port name "${name}" with ${other}, services and probes that select ports by name will use ${other}`,
      );
  }
}

function comparePorts(a: ContainerPort, b: ContainerPort): string | undefined {
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  const [portA, portB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  if (ipA === ipB && portA === portB) return 'duplicate';
  if (portA === 0 || portB === 0) return 'overlapping';
  if (portA === portB && (ipA === '') !== (ipB === '')) return 'dangerously ambiguous';
  return undefined;
}

function warnOfNullSelectors(path: string, affinity: PodAffinity | undefined, warnings: string[]): void {
  const text = 'a null labelSelector results in matching no pod';
  (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term, i) => {
    if (!term.labelSelector)
      warnings.push(`${path}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${text}`);
  });
  (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term, i) => {
    if (!term.podAffinityTerm?.labelSelector)
      warnings.push(
        `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${text}`,
      );
  });
}
