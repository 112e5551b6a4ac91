/**
 * PodSecurity: pods keep to the level that their namespace's labels ask for (kubernetes `plugin/pkg/admission/security/podsecurity`,
 * k8s.io/pod-security-admission `admission/admission.go`).
 */

import { type FieldError, invalidObject } from '../../../apimachinery/field-error';
import { deepEqual } from '../../../apimachinery/json';
import type { KubeObject, ObjectMeta } from '../../../apimachinery/meta';
import { forbidden, internalError } from '../../../apimachinery/status';
import { namespaceKey, namespaceNamed } from '../../namespaces';
import { isNamespaces, isPods, type ServedResource } from '../../served-resource';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin';
import { DEFAULT_CONFIGURATION, type PodSecurityConfiguration } from './configuration';
import { detailsOf, evaluatePod, reasonsOf } from './evaluate';
import type { Judged, PodSpec } from './pod';
import {
  compareLevels,
  equivalent,
  formatLevelVersion,
  isFullyPrivileged,
  LABEL_PREFIX,
  type LevelVersion,
  MODES,
  type Policy,
  policyOf,
  sameLevelVersion,
} from './policy';

/** Where pods are made from a template, by group and resource: its path. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  '/podtemplates': ['template'],
  '/replicationcontrollers': ['spec', 'template'],
  'apps/daemonsets': ['spec', 'template'],
  'apps/deployments': ['spec', 'template'],
  'apps/replicasets': ['spec', 'template'],
  'apps/statefulsets': ['spec', 'template'],
  'batch/cronjobs': ['spec', 'jobTemplate', 'spec', 'template'],
  'batch/jobs': ['spec', 'template'],
};

/** Through which no container of a pod changes. */
const IGNORED_SUBRESOURCES: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

const MOST_PODS_CHECKED = 3000;

export function podSecurity(configuration: PodSecurityConfiguration = DEFAULT_CONFIGURATION): AdmissionPlugin {
  return {
    name: 'PodSecurity',

    handles(operation, resource, subresource) {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (isPods(resource)) return !IGNORED_SUBRESOURCES.has(subresource);
      return subresource === '' && (isNamespaces(resource) || templatePath(resource) !== undefined);
    },

    validate(attributes) {
      if (isNamespaces(attributes.resource)) return validateNamespace(attributes, configuration);
      return validatePods(attributes, configuration);
    },

    grounds: ({ namespace }) => ({ unchanged: [namespaceKey(namespace)] }),
  };
}

function templatePath({ info }: ServedResource): readonly string[] | undefined {
  const key = `${info.group}/${info.plural}`;
  return Object.hasOwn(TEMPLATES, key) ? TEMPLATES[key] : undefined;
}

/** The labels must be readable; and whoever enforces more hears which pods would not be let in any more. */
async function validateNamespace(
  attributes: AdmissionAttributes,
  configuration: PodSecurityConfiguration,
): Promise<void> {
  const { name, object, oldObject, operation, resource } = attributes;
  const { defaults, exemptions } = configuration;
  const labels = object?.metadata.labels;
  const { policy, errors } = policyOf(labels, defaults);
  const isExempt = exemptions.namespaces.includes(name);
  if (operation === 'CREATE') {
    if (errors.length > 0) throw invalidObject(resource.groupKind, name, errors);
    if (isExempt) warnOfExemption(attributes, policy, configuration);
    return;
  }
  const old = policyOf(oldObject?.metadata.labels, defaults);
  if (errors.length > 0 && !deepEqual(toldOf(errors), toldOf(old.errors)))
    throw invalidObject(resource.groupKind, name, errors);
  const { enforce } = policy;
  const before = old.policy.enforce;
  if (sameLevelVersion(enforce, before) || enforce.level === 'privileged') return;
  if (enforce.version === before.version && compareLevels(enforce.level, before.level) < 0) return;
  if (isExempt) return warnOfExemption(attributes, policy, configuration);
  const pods = await attributes.core.reader.list('', 'pods', name);
  for (const text of warningsOf(pods, name, enforce, exemptions.runtimeClasses)) attributes.warn(text);
}

function toldOf(errors: readonly FieldError[]): string[] {
  return errors.map(({ field, body }) => `${field}: ${body}`);
}

/** EvaluatePodsInNamespace. */
function warningsOf(
  pods: readonly KubeObject[],
  namespace: string,
  enforce: LevelVersion,
  exemptClasses: readonly string[],
): string[] {
  const ordered = onePerControllerFirst(
    pods.filter(({ spec }) => !exemptClasses.includes((spec as PodSpec).runtimeClassName || '')),
  );
  const checked = ordered.slice(0, MOST_PODS_CHECKED);
  const namesByReason = new Map<string, string[]>();
  for (const pod of checked) {
    const complaints = evaluatePod(enforce, judged(pod.metadata, pod['spec']));
    if (complaints.length === 0) continue;
    const reasons = reasonsOf(complaints);
    const names = namesByReason.get(reasons);
    if (names) names.push(pod.metadata.name ?? '');
    else namesByReason.set(reasons, [pod.metadata.name ?? '']);
  }
  const warnings: string[] = [];
  if (checked.length < ordered.length)
    warnings.push(
      `new PodSecurity enforce level only checked against the first ${checked.length} of ${ordered.length} existing pods`,
    );
  if (namesByReason.size > 0)
    warnings.push(
      `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(formatLevelVersion(enforce))}`,
    );
  const told = [...namesByReason].map(([reasons, names]) => {
    const [first = ''] = names.sort();
    const others = names.length - 1;
    if (others === 0) return `${first}: ${reasons}`;
    return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'}): ${reasons}`;
  });
  return [...warnings, ...told.sort()];
}

/** prioritizePods: pods of one controller are much the same, so the rest of them come last. */
function onePerControllerFirst(pods: readonly KubeObject[]): KubeObject[] {
  const seen = new Set<string>();
  const first: KubeObject[] = [];
  const rest: KubeObject[] = [];
  for (const pod of pods) {
    const uid = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    (uid !== undefined && seen.has(uid) ? rest : first).push(pod);
    if (uid !== undefined) seen.add(uid);
  }
  return [...first, ...rest];
}

/** exemptNamespaceWarning. */
function warnOfExemption(
  attributes: AdmissionAttributes,
  policy: Policy,
  { defaults }: PodSecurityConfiguration,
): void {
  if (isFullyPrivileged(policy) || equivalent(policy, defaults)) return;
  const labels = attributes.object?.metadata.labels ?? {};
  const isSet = (name: string) => Object.hasOwn(labels, LABEL_PREFIX + name);
  const told = MODES.filter(
    (mode) => policy[mode].level !== 'privileged' && (isSet(mode) || isSet(`${mode}-version`)),
  ).map((mode) => `${mode}=${formatLevelVersion(policy[mode])}`);
  attributes.warn(
    `namespace ${JSON.stringify(attributes.name)} is exempt from Pod Security, and the policy (${told.join(', ')}) will be ignored`,
  );
}

/** ValidatePod, ValidatePodController: pods are refused, makers of pods only warned. */
async function validatePods(attributes: AdmissionAttributes, configuration: PodSecurityConfiguration): Promise<void> {
  const { core, namespace, object, oldObject, operation, resource, user } = attributes;
  const { defaults, exemptions } = configuration;
  const enforces = isPods(resource);
  if (exemptions.namespaces.includes(namespace)) return annotate(attributes, 'exempt', 'namespace');
  if (exemptions.usernames.includes(user.name)) return annotate(attributes, 'exempt', 'user');
  const owner = await namespaceNamed(core.store, namespace);
  if (!owner) {
    const text = `failed to lookup namespace ${JSON.stringify(namespace)}`;
    if (enforces) throw internalError(text);
    return annotate(attributes, 'error', `${text}: namespaces ${JSON.stringify(namespace)} not found`);
  }
  const { policy, errors } = policyOf(owner.metadata.labels, defaults);
  if (errors.length === 0) {
    if (enforces && isFullyPrivileged(policy)) return annotate(attributes, 'enforce-policy', 'privileged:latest');
    if (!enforces && policy.warn.level === 'privileged' && policy.audit.level === 'privileged') return;
  }
  if (enforces && operation === 'UPDATE' && !isSignificant(object?.['spec'] ?? {}, oldObject?.['spec'] ?? {})) return;
  const pod = enforces ? object : templateIn(object, templatePath(resource) ?? []);
  if (!pod) return;
  const spec: PodSpec = pod['spec'] ?? {};
  if (spec.runtimeClassName && exemptions.runtimeClasses.includes(spec.runtimeClassName))
    return annotate(attributes, 'exempt', 'runtimeClass');
  if (errors.length > 0) annotate(attributes, 'error', `Failed to parse policy: ${aggregated(toldOf(errors))}`);
  evaluate(attributes, policy, judged(pod.metadata ?? {}, spec), enforces);
}

/** EvaluatePod. */
function evaluate(attributes: AdmissionAttributes, policy: Policy, pod: Judged, enforces: boolean): void {
  const violation = (level: LevelVersion) => {
    const complaints = evaluatePod(level, pod);
    if (complaints.length === 0) return undefined;
    return `PodSecurity ${JSON.stringify(formatLevelVersion(level))}: ${detailsOf(complaints)}`;
  };
  if (enforces) annotate(attributes, 'enforce-policy', formatLevelVersion(policy.enforce));
  const audited = violation(policy.audit);
  if (audited !== undefined) annotate(attributes, 'audit-violations', `would violate ${audited}`);
  const refused = enforces ? violation(policy.enforce) : undefined;
  if (refused !== undefined) throw forbidden(attributes.resource.groupResource, attributes.name, `violates ${refused}`);
  const warned = violation(policy.warn);
  if (warned !== undefined) attributes.warn(`would violate ${warned}`);
}

function annotate(attributes: AdmissionAttributes, key: string, value: string): void {
  attributes.annotate(LABEL_PREFIX + key, value);
}

function aggregated(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`;
}

function judged({ annotations = {} }: ObjectMeta, spec: PodSpec): Judged {
  return { annotations, spec };
}

interface Template {
  metadata?: ObjectMeta;
  spec?: PodSpec;
}

function templateIn(object: KubeObject | undefined, path: readonly string[]): Template | undefined {
  let found: unknown = object;
  for (const field of path) found = (found as Record<string, unknown> | undefined)?.[field];
  return found as Template | undefined;
}

/** isSignificantPodUpdate: containers come or change their image. */
function isSignificant(spec: PodSpec, old: PodSpec): boolean {
  for (const field of ['containers', 'initContainers'] as const) {
    const [now, before] = [spec[field] ?? [], old[field] ?? []];
    if (now.length !== before.length || now.some(({ image }, i) => image !== before[i]?.image)) return true;
  }
  return (spec.ephemeralContainers ?? []).some(({ name, image }) => {
    const before = old.ephemeralContainers?.find((container) => container.name === name);
    return !before || before.image !== image;
  });
}
