/** Environment variables of containers and the references they take values from (ValidateEnv, ValidateEnvFrom). */
import { type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error';
import { isConfigMapKey, isQualifiedName, isRelaxedEnvVarName, nameIsDNSSubdomain } from '../../apimachinery/names';
import type { EnvFromSource, EnvVar, KeySelector, ObjectFieldSelector, ResourceFieldSelector } from './core-types';
import { complain, validateDNS1123Label } from './field-checks';
import { validatePathNoBacksteps } from './paths';
import { quantity } from './resources';

const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const resourceFieldPaths = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** ValidateEnv. */
export function validateEnv(path: string, vars: readonly EnvVar[] | undefined, errors: FieldError[]): void {
  if (!vars) return;
  for (let i = 0; i < vars.length; i++) {
    const env = vars[i] as EnvVar;
    if (!env.name) errors.push(required(`${path}[${i}].name`));
    else complain(`${path}[${i}].name`, env.name, isRelaxedEnvVarName(env.name), errors);
    if (env.valueFrom) validateValueFrom(`${path}[${i}].valueFrom`, env, errors);
  }
}

function validateValueFrom(path: string, env: EnvVar, errors: FieldError[]): void {
  const source = env.valueFrom ?? {};
  let sources = 0;
  if (source.fieldRef) {
    sources++;
    validateObjectFieldSelector(`${path}.fieldRef`, source.fieldRef, envFieldPaths, errors);
  }
  if (source.resourceFieldRef) {
    sources++;
    validateResourceFieldSelector(`${path}.resourceFieldRef`, source.resourceFieldRef, false, errors);
  }
  if (source.configMapKeyRef) {
    sources++;
    validateKeySelector(`${path}.configMapKeyRef`, source.configMapKeyRef, errors);
  }
  if (source.secretKeyRef) {
    sources++;
    validateKeySelector(`${path}.secretKeyRef`, source.secretKeyRef, errors);
  }
  if (source.fileKeyRef) {
    sources++;
    validateFileKeySelector(`${path}.fileKeyRef`, source.fileKeyRef, errors);
  }
  if (sources === 0)
    errors.push(
      invalid(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  else if (env.value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
}

/** validateObjectFieldSelector with podshelper.ConvertDownwardAPIFieldLabel; `allowed` is sorted. */
export function validateObjectFieldSelector(
  path: string,
  selector: ObjectFieldSelector,
  allowed: readonly string[],
  errors: FieldError[],
): void {
  if (!selector.apiVersion) {
    errors.push(required(`${path}.apiVersion`));
    return;
  }
  if (!selector.fieldPath) {
    errors.push(required(`${path}.fieldPath`));
    return;
  }
  const converted = convertFieldLabel(selector.apiVersion, selector.fieldPath);
  if ('error' in converted) {
    errors.push(invalid(`${path}.fieldPath`, selector.fieldPath, `error converting fieldPath: ${converted.error}`));
    return;
  }
  const { field, subscript } = converted;
  if (subscript !== undefined) {
    const key = field === 'metadata.annotations' ? subscript.toLowerCase() : subscript;
    complain(path, key, isQualifiedName(key), errors);
  } else if (!allowed.includes(field)) {
    errors.push(notSupported(`${path}.fieldPath`, field, allowed));
  }
}

const podFieldLabels = [
  'metadata.annotations',
  'metadata.labels',
  ...envFieldPaths,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
];

function convertFieldLabel(version: string, label: string): { field: string; subscript?: string } | { error: string } {
  if (version !== 'v1') return { error: `unsupported pod version: ${version}` };
  const open = label.indexOf("['");
  if (label.endsWith("']") && open > 0) {
    const field = label.slice(0, open);
    if (field === 'metadata.annotations' || field === 'metadata.labels')
      return { field, subscript: label.slice(open + 2, -2) };
    return { error: `field label does not support subscript: ${label}` };
  }
  if (podFieldLabels.includes(label)) return { field: label };
  if (label === 'spec.host') return { field: 'spec.nodeName' };
  return { error: `field label not supported: ${label}` };
}

/** validateContainerResourceFieldSelector; in a volume the container must be named. */
export function validateResourceFieldSelector(
  path: string,
  selector: ResourceFieldSelector,
  inVolume: boolean,
  errors: FieldError[],
): void {
  const resource = selector.resource ?? '';
  const hugePages = resource.startsWith('requests.hugepages-') || resource.startsWith('limits.hugepages-');
  if (inVolume && !selector.containerName) errors.push(required(`${path}.containerName`));
  else if (resource === '') errors.push(required(`${path}.resource`));
  else if (!resourceFieldPaths.includes(resource) && !hugePages)
    errors.push(notSupported(`${path}.resource`, resource, resourceFieldPaths));
  if (selector.divisor === undefined || quantity(selector.divisor).isZero()) return;
  const divisor = quantity(selector.divisor).toString();
  const sized = /^1([kMGTPE]|[KMGTPE]i)?$/.test(divisor);
  const sizes = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';
  const refuse = (text: string) => errors.push(invalid(`${path}.divisor`, resource, `only divisor's values ${text}`));
  const kind = resource.slice(resource.indexOf('.') + 1);
  if (hugePages && !sized) refuse(`${sizes} are supported with the hugepages resource`);
  else if (resourceFieldPaths.includes(resource)) {
    if (kind === 'cpu' && divisor !== '1m' && divisor !== '1') refuse('1m and 1 are supported with the cpu resource');
    if (kind === 'memory' && !sized) refuse(`${sizes} are supported with the memory resource`);
    if (kind === 'ephemeral-storage' && !sized)
      refuse(`${sizes} are supported with the local ephemeral storage resource`);
  }
}

function validateKeySelector(path: string, selector: KeySelector, errors: FieldError[]): void {
  complain(`${path}.name`, selector.name ?? '', nameIsDNSSubdomain(selector.name ?? '', false), errors);
  if (!selector.key) errors.push(required(`${path}.key`));
  else complain(`${path}.key`, selector.key, isConfigMapKey(selector.key), errors);
}

function validateFileKeySelector(
  path: string,
  selector: { key?: string; volumeName?: string; path?: string },
  errors: FieldError[],
): void {
  if (!selector.key) errors.push(required(`${path}.key`));
  else complain(`${path}.key`, selector.key, isRelaxedEnvVarName(selector.key), errors);
  if (!selector.volumeName) errors.push(required(`${path}.volumeName`));
  else validateDNS1123Label(`${path}.volumeName`, selector.volumeName, errors);
  if (!selector.path) errors.push(required(`${path}.path`));
  else validatePathNoBacksteps(`${path}.path`, selector.path, errors);
}

/** ValidateEnvFrom: a missing or double source is told at the list's own path. */
export function validateEnvFrom(
  path: string,
  sources: readonly EnvFromSource[] | undefined,
  errors: FieldError[],
): void {
  for (const [i, source] of (sources ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (source.prefix) complain(`${at}.prefix`, source.prefix, isRelaxedEnvVarName(source.prefix), errors);
    let count = 0;
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const reference = source[kind];
      if (!reference) continue;
      count++;
      if (!reference.name) errors.push(required(`${at}.${kind}.name`));
      else complain(`${at}.${kind}.name`, reference.name, nameIsDNSSubdomain(reference.name, true), errors);
    }
    if (count === 0) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  }
}
