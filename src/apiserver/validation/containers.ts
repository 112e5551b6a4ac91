/** The three lists of containers of a pod (validateContainers, validateInitContainers, validateEphemeralContainers). */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notFoundField,
  notSupported,
  required,
  tooMany,
} from '../../apimachinery/field-error';
import { isValidPortName, isValidPortNum } from '../../apimachinery/names';
import type { Container, ContainerPort, PodSpec } from './core-types';
import { isRestartable } from './core-types';
import { validateEnv, validateEnvFrom } from './env';
import { complain, validateAllowedFields, validateDNS1123Label } from './field-checks';
import { validateLifecycle, validateProbes } from './probes';
import { type ResourceOptions, validateContainerResources } from './resources';
import { validateSecurityContext } from './security-context';
import { type Volumes, validateVolumeDevices, validateVolumeMounts } from './volume-mounts';

/** What the containers of one pod are judged by. */
export interface PodScope {
  spec: PodSpec;
  volumes: Volumes;
  /** Names of spec.resourceClaims. */
  claimNames: ReadonlySet<string>;
  /** False where the pod has a user namespace of its own. */
  hostUsers: boolean;
  options: PodValidationOptions;
}

/** What stays allowed because it was stored before it was refused (PodValidationOptions); nothing, on create. */
export interface PodValidationOptions extends ResourceOptions {
  allowInvalidLabelValueInSelector?: boolean;
  allowInvalidTopologySpreadSelector?: boolean;
  allowInvalidLabelValueInRequiredNodeAffinity?: boolean;
  allowRestartContainerForInit?: boolean;
  allowUserNamespacesWithVolumeDevices?: boolean;
  allowAnySELinuxChangePolicy?: boolean;
  /** The object is a Pod, not a template in another kind. */
  resourceIsPod?: boolean;
}

/** The regular containers. */
export function validateContainers(path: string, scope: PodScope, errors: FieldError[]): void {
  const containers = scope.spec.containers ?? [];
  if (containers.length === 0) {
    errors.push(required(path));
    return;
  }
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i] as Container;
    const at = `${path}[${i}]`;
    // 1.36 tells a duplicate name after what is common to all containers; the recorded transcripts have it first.
    for (let j = 0; j < i; j++)
      if (containers[j]?.name === container.name) {
        errors.push(duplicate(`${at}.name`, container.name ?? ''));
        break;
      }
    validateCommon(at, container, scope, errors);
    validateRunning(at, container, scope, errors);
    validateRestartPolicy(at, container, errors);
  }
  validateHostPortConflicts(path, containers, errors);
}

/** The hooks and probes of a container that keeps running. */
function validateRunning(path: string, container: Container, scope: PodScope, errors: FieldError[]): void {
  const grace = scope.spec.terminationGracePeriodSeconds;
  if (container.lifecycle)
    validateLifecycle(`${path}.lifecycle`, container.lifecycle, grace, scope.spec.os?.name, errors);
  validateProbes(path, container, grace, errors);
}

/** The init containers, sidecars among them. */
export function validateInitContainers(path: string, scope: PodScope, errors: FieldError[]): void {
  const containers = scope.spec.initContainers;
  if (!containers) return;
  const names = new Set((scope.spec.containers ?? []).map((container) => container.name));
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i] as Container;
    const at = `${path}[${i}]`;
    validateCommon(at, container, scope, errors);
    if (container.restartPolicy === undefined) {
      if ((container.restartPolicyRules ?? []).length > 0)
        errors.push(required(`${at}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
    } else validateRestartPolicy(at, container, errors);
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name ?? ''));
    else if (container.name) names.add(container.name);
    // Init containers run one by one: only a container's own ports can conflict. The path is that of index 0, as upstream's.
    validateHostPortConflicts(path, [container], errors);
    if (isRestartable(container)) validateRunning(at, container, scope, errors);
    else
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
        if (container[field])
          errors.push(
            forbiddenField(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
          );
    if (!isRestartable(container) && !scope.options.allowRestartContainerForInit)
      for (const [j, policy] of (container.resizePolicy ?? []).entries())
        if (policy.restartPolicy === 'RestartContainer')
          errors.push(
            invalid(
              `${at}.resizePolicy[${j}].restartPolicy`,
              policy.restartPolicy,
              "must not be set to 'RestartContainer' for non-sidecar initContainers",
            ),
          );
  }
}

/** Fields that an ephemeral container may have. */
const ephemeralFields = [
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'env',
  'envFrom',
  'volumeMounts',
  'volumeDevices',
  'imagePullPolicy',
  'stdin',
  'stdinOnce',
  'tty',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'securityContext',
  'targetContainerName',
];

/** The ephemeral containers, also in templates, where they are not allowed anyway. */
export function validateEphemeralContainers(path: string, scope: PodScope, errors: FieldError[]): void {
  const containers = scope.spec.ephemeralContainers;
  if (!containers?.length) return;
  const others = new Set<string | undefined>();
  for (const container of [...(scope.spec.containers ?? []), ...(scope.spec.initContainers ?? [])])
    others.add(container.name);
  const names = new Set(others);
  for (const [i, container] of containers.entries()) {
    const at = `${path}[${i}]`;
    validateCommon(at, container, scope, errors);
    validateImageWhitespace(at, container, errors);
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name ?? ''));
    else names.add(container.name);
    if (container.targetContainerName && !others.has(container.targetContainerName))
      errors.push(notFoundField(`${at}.targetContainerName`, container.targetContainerName));
    validateAllowedFields(at, container, ephemeralFields, 'cannot be set for an Ephemeral Container', errors);
    for (const [j, mount] of (container.volumeMounts ?? []).entries())
      for (const field of ['subPath', 'subPathExpr'] as const)
        if (mount[field])
          errors.push(forbiddenField(`${at}.volumeMounts[${j}].${field}`, 'cannot be set for an Ephemeral Container'));
  }
}

/** What the image of a pod's (not a template's) container may not be (validateContainerOnlyForPod). */
export function validateImageWhitespace(path: string, container: Container, errors: FieldError[]): void {
  const image = container.image ?? '';
  if (image !== image.trim())
    errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
}

function validateCommon(path: string, container: Container, scope: PodScope, errors: FieldError[]): void {
  if (!container.name) errors.push(required(`${path}.name`));
  else validateDNS1123Label(`${path}.name`, container.name, errors);
  if (!container.image) errors.push(required(`${path}.image`));
  const policy = container.terminationMessagePolicy;
  if (policy !== 'File' && policy !== 'FallbackToLogsOnError') {
    const field = `${path}.terminationMessagePolicy`;
    errors.push(policy ? notSupported(field, policy, ['File', 'FallbackToLogsOnError']) : required(field));
  }
  if (container.ports) validatePorts(`${path}.ports`, container.ports, errors);
  if (container.env) validateEnv(`${path}.env`, container.env, errors);
  if (container.envFrom) validateEnvFrom(`${path}.envFrom`, container.envFrom, errors);
  if (container.volumeMounts) validateVolumeMounts(`${path}.volumeMounts`, container, scope.volumes, errors);
  if (container.volumeDevices) validateVolumeDevices(`${path}.volumeDevices`, container, scope.volumes, errors);
  validatePullPolicy(path, 'imagePullPolicy', container.imagePullPolicy, errors);
  if (container.resources)
    validateContainerResources(`${path}.resources`, container.resources, scope.claimNames, errors, scope.options);
  if (container.resizePolicy) validateResizePolicy(`${path}.resizePolicy`, container, scope.spec, errors);
  if (container.securityContext)
    validateSecurityContext(`${path}.securityContext`, container.securityContext, scope.hostUsers, errors);
}

/** validatePullPolicy, for containers and image volumes. */
export function validatePullPolicy(
  path: string,
  field: string,
  policy: string | undefined,
  errors: FieldError[],
): void {
  if (policy === 'IfNotPresent' || policy === 'Always' || policy === 'Never') return;
  const at = `${path}.${field}`;
  errors.push(policy ? notSupported(at, policy, ['Always', 'IfNotPresent', 'Never']) : required(at));
}

function validatePorts(path: string, ports: readonly ContainerPort[], errors: FieldError[]): void {
  const names = new Set<string>();
  for (let i = 0; i < ports.length; i++) {
    const port = ports[i] as ContainerPort;
    if (port.name) {
      const complaints = isValidPortName(port.name);
      if (complaints.length > 0) complain(`${path}[${i}].name`, port.name, complaints, errors);
      else if (names.has(port.name)) errors.push(duplicate(`${path}[${i}].name`, port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${path}[${i}].containerPort`));
    else complain(`${path}[${i}].containerPort`, port.containerPort, isValidPortNum(port.containerPort), errors);
    if (port.hostPort) complain(`${path}[${i}].hostPort`, port.hostPort, isValidPortNum(port.hostPort), errors);
    if (!port.protocol) errors.push(required(`${path}[${i}].protocol`));
    else if (port.protocol !== 'TCP' && port.protocol !== 'UDP' && port.protocol !== 'SCTP')
      errors.push(notSupported(`${path}[${i}].protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  }
}

/** AccumulateUniqueHostPorts. */
function validateHostPortConflicts(path: string, containers: readonly Container[], errors: FieldError[]): void {
  let taken: Set<string> | undefined;
  for (let i = 0; i < containers.length; i++) {
    const ports = containers[i]?.ports;
    if (!ports) continue;
    for (let j = 0; j < ports.length; j++) {
      const { hostPort, hostIP = '', protocol = '' } = ports[j] as ContainerPort;
      if (!hostPort) continue;
      taken ??= new Set();
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) errors.push(duplicate(`${path}[${i}].ports[${j}].hostPort`, key));
      else taken.add(key);
    }
  }
}

function validateResizePolicy(path: string, container: Container, spec: PodSpec, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [i, { resourceName = '', restartPolicy = '' }] of (container.resizePolicy ?? []).entries()) {
    if (seen.has(resourceName)) errors.push(duplicate(`${path}[${i}]`, resourceName));
    seen.add(resourceName);
    if (resourceName === '') errors.push(required(path));
    else if (resourceName !== 'cpu' && resourceName !== 'memory')
      errors.push(notSupported(path, resourceName, ['cpu', 'memory']));
    if (restartPolicy === '') errors.push(required(path));
    else if (restartPolicy !== 'NotRequired' && restartPolicy !== 'RestartContainer')
      errors.push(notSupported(path, restartPolicy, ['NotRequired', 'RestartContainer']));
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
  }
}

/** A container's own restart policy and rules (validateContainerRestartPolicy). */
function validateRestartPolicy(path: string, container: Container, errors: FieldError[]): void {
  const policy = container.restartPolicy;
  const rules = container.restartPolicyRules ?? [];
  if (policy === undefined) {
    if (rules.length === 0) return;
    errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  } else if (policy !== 'Always' && policy !== 'Never' && policy !== 'OnFailure') {
    errors.push(notSupported(`${path}.restartPolicy`, policy, ['Always', 'Never', 'OnFailure']));
  }
  if (rules.length > 20) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, 20));
  for (const [i, rule] of rules.entries()) {
    const at = `${path}.restartPolicyRules[${i}]`;
    const actions = ['Restart', 'RestartAllContainers'];
    if (!actions.includes(rule.action ?? '')) errors.push(notSupported(`${at}.action`, rule.action ?? '', actions));
    if (!rule.exitCodes) {
      errors.push(required(`${at}.exitCodes`, 'must be specified'));
      continue;
    }
    const { operator = '', values = [] } = rule.exitCodes;
    if (operator !== 'In' && operator !== 'NotIn')
      errors.push(notSupported(`${at}.exitCodes.operator`, operator, ['In', 'NotIn']));
    if (values.length > 255) errors.push(tooMany(`${at}.exitCodes.values`, values.length, 255));
  }
}
