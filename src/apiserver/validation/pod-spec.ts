/** The spec of a pod, in a Pod and in the templates of other kinds alike (ValidatePodSpec), in upstream's order. */
import {
  type FieldError,
  forbiddenField,
  invalid,
  notFoundField,
  notSupported,
  required,
  tooLong,
} from '../../apimachinery/field-error';
import { validateLegacyIP } from '../../apimachinery/ip';
import {
  inclusiveRangeError,
  isDNS1123SubdomainWithUnderscore,
  nameIsDNSSubdomain,
  utf8Length,
} from '../../apimachinery/names';
import { validateAffinity } from './affinity';
import {
  type PodScope,
  type PodValidationOptions,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './containers';
import { type PodSpec, visitContainers } from './core-types';
import { complain, validateDNS1123Label, validateDNS1123Subdomain, validateQualifiedName } from './field-checks';
import { validateLabels } from './labels';
import { validateContainerResources, validatePodResources } from './resources';
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from './scheduling';
import { validateHostProcess, validateOS, validatePodSecurityContext } from './security-context';
import { validateVolumes } from './volumes';

const MAX_INT32 = 2147483647;
const NO_NAMES: ReadonlySet<string> = new Set();

/** `meta` is given where the spec is a real pod's: its ephemeral volumes and resource claims are judged by it. */
export function validatePodSpec(
  path: string,
  spec: PodSpec,
  meta: { name?: string; annotations?: Readonly<Record<string, string>> } | undefined,
  errors: FieldError[],
  options: PodValidationOptions = {},
): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(required(`${path}.terminationGracePeriodSeconds`));
  const volumes = validateVolumes(`${path}.volumes`, spec.volumes, meta?.name, options.resourceIsPod === true, errors);
  const claimNames = spec.resourceClaims
    ? validateResourceClaims(`${path}.resourceClaims`, spec, meta, errors)
    : NO_NAMES;
  const scope: PodScope = { spec, volumes, claimNames, hostUsers: spec.hostUsers !== false, options };
  validateContainers(`${path}.containers`, scope, errors);
  validateInitContainers(`${path}.initContainers`, scope, errors);
  validateEphemeralContainers(`${path}.ephemeralContainers`, scope, errors);
  if (spec.resources) validatePodResources(spec, claimNames, `${path}.resources`, errors, options);
  if (spec.hostNetwork === true) validateHostNetworkPorts(path, spec, options.resourceIsPod === true, errors);
  validateChoice(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never'], errors);
  validateChoice(
    `${path}.dnsPolicy`,
    spec.dnsPolicy,
    ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
    errors,
  );
  validateLabels(`${path}.nodeSelector`, spec.nodeSelector, errors);
  validatePodSecurityContext(path, spec, errors, options.allowAnySELinuxChangePolicy);
  if (spec.affinity) validateAffinity(`${path}.affinity`, spec.affinity, errors, options);
  validateDNSConfig(`${path}.dnsConfig`, spec, errors);
  (spec.readinessGates ?? []).forEach((gate, i) => {
    validateQualifiedName(`${path}.readinessGates[${i}].conditionType`, gate.conditionType ?? '', errors);
  });
  if (spec.schedulingGates) validateSchedulingGates(`${path}.schedulingGates`, spec.schedulingGates, errors);
  validateTopologySpread(
    `${path}.topologySpreadConstraints`,
    spec.topologySpreadConstraints,
    errors,
    options.allowInvalidTopologySpreadSelector,
  );
  validateHostProcess(path, spec, errors);
  if (spec.hostUsers === false) validateUserNamespace(path, spec, errors, options);
  if (spec.hostnameOverride !== undefined) validateHostnameOverride(path, spec, spec.hostnameOverride, errors);
  validateNames(path, spec, errors);
  if (spec.overhead)
    validateContainerResources(`${path}.overhead`, { limits: spec.overhead }, NO_NAMES, errors, options);
  if (spec.os) validateOS(path, spec, errors);
  if (spec.schedulingGroup) validateSchedulingGroup(`${path}.schedulingGroup.podGroupName`, spec, errors);
  validateEnvFileVolumes(path, spec, errors);
}

/** Fields with a few values, that must not be empty; told in upstream's order. */
function validateChoice(
  field: string,
  value: string | undefined,
  supported: readonly string[],
  errors: FieldError[],
): void {
  if (!value) errors.push(required(field));
  else if (!supported.includes(value)) errors.push(notSupported(field, value, supported));
}

/** From serviceAccountName to preemptionPolicy. */
function validateNames(path: string, spec: PodSpec, errors: FieldError[]): void {
  const asSubdomain = (field: 'serviceAccountName' | 'nodeName' | 'priorityClassName') => {
    const name = spec[field];
    if (name) complain(`${path}.${field}`, name, nameIsDNSSubdomain(name, false), errors);
  };
  asSubdomain('serviceAccountName');
  asSubdomain('nodeName');
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32))
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, inclusiveRangeError(1, MAX_INT32)));
  if (spec.hostname) validateDNS1123Label(`${path}.hostname`, spec.hostname, errors);
  if (spec.subdomain) validateDNS1123Label(`${path}.subdomain`, spec.subdomain, errors);
  validateTolerations(`${path}.tolerations`, spec.tolerations, errors);
  for (const [i, alias] of (spec.hostAliases ?? []).entries()) {
    validateLegacyIP(`${path}.hostAliases[${i}].ip`, alias.ip ?? '', errors);
    (alias.hostnames ?? []).forEach((name, j) => {
      validateDNS1123Subdomain(`${path}.hostAliases[${i}].hostnames[${j}]`, name, errors);
    });
  }
  asSubdomain('priorityClassName');
  if (spec.runtimeClassName !== undefined)
    complain(
      `${path}.runtimeClassName`,
      spec.runtimeClassName,
      nameIsDNSSubdomain(spec.runtimeClassName, false),
      errors,
    );
  if (spec.preemptionPolicy !== undefined)
    validateChoice(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], errors);
}

function validateResourceClaims(
  path: string,
  spec: PodSpec,
  meta: { annotations?: Readonly<Record<string, string>> } | undefined,
  errors: FieldError[],
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [i, claim] of (spec.resourceClaims ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (meta?.annotations && Object.hasOwn(meta.annotations, 'kubernetes.io/config.mirror')) {
      errors.push(forbiddenField('', 'static pods do not support resource claims'));
      if (claim.name) names.add(claim.name);
      continue;
    }
    if (!claim.name) errors.push(required(`${at}.name`));
    else if (names.has(claim.name))
      errors.push({ type: 'FieldValueDuplicate', field: `${at}.name`, body: `Duplicate value: "${claim.name}"` });
    else {
      validateDNS1123Label(`${at}.name`, claim.name, errors);
      names.add(claim.name);
    }
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    const internal = {
      Name: claim.name ?? '',
      ResourceClaimName: resourceClaimName ?? null,
      ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
    };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
      errors.push(
        invalid(at, internal, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'),
      );
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
      errors.push(invalid(at, internal, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const name = claim[field];
      if (name !== undefined) complain(`${at}.${field}`, name, nameIsDNSSubdomain(name, false), errors);
    }
  }
  return names;
}

/** In a Pod the host's port must be the container's; in a template it may also be left out (validatePodHostNetworkDeps). */
function validateHostNetworkPorts(path: string, spec: PodSpec, isPod: boolean, errors: FieldError[]): void {
  for (const [i, container] of (spec.containers ?? []).entries())
    for (const [j, port] of (container.ports ?? []).entries()) {
      const host = port.hostPort ?? 0;
      if ((isPod || host !== 0) && host !== (port.containerPort ?? 0))
        errors.push(
          invalid(
            `${path}.containers[${i}].ports[${j}].hostPort`,
            host,
            'must match `containerPort` when `hostNetwork` is true',
          ),
        );
    }
}

function validateDNSConfig(path: string, spec: PodSpec, errors: FieldError[]): void {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === 'None') {
    if (!config) {
      errors.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if ((config.nameservers ?? []).length === 0) {
      errors.push(required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
      return;
    }
  }
  if (!config) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > 3)
    errors.push(invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  nameservers.forEach((server, i) => {
    validateLegacyIP(`${path}.nameservers[${i}]`, server, errors);
  });
  if (searches.length > 32)
    errors.push(invalid(`${path}.searches`, searches, 'must not have more than 32 search paths'));
  if (utf8Length(searches.join(' ')) > 2048)
    errors.push(
      invalid(
        `${path}.searches`,
        searches,
        'must not have more than 2048 characters (including spaces) in the search list',
      ),
    );
  searches.forEach((search, i) => {
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    if (search !== '.') complain(`${path}.searches[${i}]`, name, isDNS1123SubdomainWithUnderscore(name), errors);
  });
  options.forEach((option, i) => {
    if (!option.name) errors.push(required(`${path}.options[${i}]`, 'must not be empty'));
  });
}

/** validateHostUsers. */
function validateUserNamespace(path: string, spec: PodSpec, errors: FieldError[], options: PodValidationOptions): void {
  const text = 'when `hostUsers` is false';
  if (spec.hostNetwork === true) errors.push(forbiddenField(`${path}.hostNetwork`, text));
  if (spec.hostPID === true) errors.push(forbiddenField(`${path}.HostPID`, text));
  if (spec.hostIPC === true) errors.push(forbiddenField(`${path}.HostIPC`, text));
  if (options.allowUserNamespacesWithVolumeDevices) return;
  visitContainers(spec, path, (container, at) => {
    if ((container.volumeDevices ?? []).length > 0) errors.push(forbiddenField(`${at}.volumeDevices`, text));
  });
}

function validateHostnameOverride(path: string, spec: PodSpec, name: string, errors: FieldError[]): void {
  const field = `${path}.hostnameOverride`;
  if (spec.setHostnameAsFQDN === true)
    errors.push(forbiddenField(field, 'may not be specified when setHostnameAsFQDN is true'));
  if (spec.hostNetwork === true) errors.push(forbiddenField(field, 'may not be specified when hostNetwork is true'));
  if (utf8Length(name) > 64) errors.push(tooLong(field, 64));
  validateDNS1123Subdomain(field, name, errors);
}

function validateSchedulingGroup(field: string, spec: PodSpec, errors: FieldError[]): void {
  const name = spec.schedulingGroup?.podGroupName;
  if (name === undefined) errors.push(invalid(field, null, 'must specify one of: `podGroupName`'));
  else complain(field, name, nameIsDNSSubdomain(name, false), errors);
}

/** A variable from a file needs a volume that the pod writes itself (validateFileKeyRefVolumes). */
function validateEnvFileVolumes(path: string, spec: PodSpec, errors: FieldError[]): void {
  visitContainers(spec, path, (container, at) => {
    const env = container.env;
    if (!env) return;
    for (let i = 0; i < env.length; i++) {
      const reference = env[i]?.valueFrom?.fileKeyRef;
      if (!reference) continue;
      const name = reference.volumeName ?? '';
      const field = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      const volume = (spec.volumes ?? []).find((candidate) => candidate.name === name);
      if (!volume) errors.push(notFoundField(field, name));
      else if (!volume.emptyDir) errors.push(invalid(field, name, 'referenced volume must be of type emptyDir'));
    }
  });
}
