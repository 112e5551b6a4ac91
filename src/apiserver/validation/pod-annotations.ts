/** Annotations of pods that mean something to the server (ValidatePodSpecificAnnotations). */
import { type FieldError, forbiddenField, invalid } from '../../apimachinery/field-error';
import type { Toleration } from '../../apimachinery/toleration';
import { type PodSpec, type SeccompProfile, visitContainers } from './core-types';
import { validateLocalDescendingPath } from './paths';
import { validateTolerations } from './scheduling';

type Annotations = Readonly<Record<string, string>>;

const MIRROR = 'kubernetes.io/config.mirror';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const APPARMOR_CONTAINER = 'container.apparmor.security.beta.kubernetes.io/';

/** Of a pod or a template; `spec` is the spec beside them. */
export function validatePodAnnotations(
  path: string,
  annotations: Annotations | undefined,
  spec: PodSpec,
  errors: FieldError[],
): void {
  if (!annotations) return;
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName)
    errors.push(invalid(`${path}[${MIRROR}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set'));
  if (annotations[TOLERATIONS]) validateTolerationsAnnotation(path, annotations[TOLERATIONS], errors);
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost))
    errors.push(invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'));
  const seccomp = annotations[SECCOMP_POD];
  if (seccomp !== undefined) validateSeccomp(`${path}.${SECCOMP_POD}`, seccomp, errors);
  for (const key of Object.keys(annotations)) {
    const value = annotations[key] as string;
    if (key.startsWith(SECCOMP_CONTAINER)) validateSeccomp(`${path}.${key}`, value, errors);
  }
  for (const key of Object.keys(annotations))
    if (key.startsWith(APPARMOR_CONTAINER))
      validateAppArmor(
        `${path}[${key}]`,
        key.slice(APPARMOR_CONTAINER.length),
        annotations[key] as string,
        spec,
        errors,
      );
}

function validateTolerationsAnnotation(path: string, text: string, errors: FieldError[]): void {
  let tolerations: Toleration[];
  try {
    tolerations = JSON.parse(text);
  } catch (error) {
    errors.push(invalid(path, TOLERATIONS, (error as Error).message));
    return;
  }
  validateTolerations(`${path}.${TOLERATIONS}`, tolerations, errors);
}

function isDeletionCost(text: string): boolean {
  return /^(0|-?[1-9][0-9]*)$/.test(text) && BigInt(text) === BigInt.asIntN(32, BigInt(text));
}

function validateSeccomp(field: string, profile: string, errors: FieldError[]): void {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return;
  if (profile.startsWith('localhost/')) validateLocalDescendingPath(field, profile.slice('localhost/'.length), errors);
  else errors.push(invalid(field, profile, 'must be a valid seccomp profile'));
}

function validateAppArmor(field: string, name: string, profile: string, spec: PodSpec, errors: FieldError[]): void {
  let found = false;
  visitContainers(spec, 'spec', (container) => {
    if (container.name === name) found = true;
  });
  if (!found) errors.push(invalid(field, name, 'container not found'));
  if (profile !== '' && profile !== 'runtime/default' && profile !== 'unconfined' && !profile.startsWith('localhost/'))
    errors.push(invalid(field, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`));
}

/** Some annotations are fixed when a pod is made (ValidatePodSpecificAnnotationUpdates). */
export function validatePodAnnotationUpdates(
  path: string,
  annotations: Annotations = {},
  old: Annotations = {},
  errors: FieldError[],
): void {
  for (const key of Object.keys(old)) {
    if (annotations[key] === old[key]) continue;
    if (key.startsWith(APPARMOR_CONTAINER))
      errors.push(forbiddenField(`${path}[${key}]`, 'may not remove or update AppArmor annotations'));
    if (key === MIRROR)
      errors.push(forbiddenField(`${path}[${key}]`, 'may not remove or update mirror pod annotation'));
  }
  for (const key of Object.keys(annotations)) {
    if (Object.hasOwn(old, key)) continue;
    if (key.startsWith(APPARMOR_CONTAINER))
      errors.push(forbiddenField(`${path}[${key}]`, 'may not add AppArmor annotations'));
    if (key === MIRROR) errors.push(forbiddenField(`${path}[${key}]`, 'may not add mirror pod annotation'));
  }
}

/** On create, an annotation and the field that replaced it must agree (validateSeccompAnnotationsAndFields and AppArmor's). */
export function validateAnnotationsMatchFields(
  path: string,
  annotations: Annotations | undefined,
  spec: PodSpec,
  errors: FieldError[],
): void {
  if (!annotations) return;
  const context = spec.securityContext;
  matchProfile(
    `${path}.securityContext.seccompProfile`,
    'seccomp',
    annotations[SECCOMP_POD],
    context?.seccompProfile,
    errors,
  );
  visitContainers(spec, path, (container, at) => {
    const annotation = annotations[SECCOMP_CONTAINER + (container.name ?? '')];
    matchProfile(
      `${at}.securityContext.seccompProfile`,
      'seccomp',
      annotation,
      container.securityContext?.seccompProfile,
      errors,
    );
  });
  if (spec.os?.name === 'windows') return;
  visitContainers(spec, path, (container, at) => {
    const profile = container.securityContext?.appArmorProfile ?? context?.appArmorProfile;
    const annotation = annotations[APPARMOR_CONTAINER + (container.name ?? '')];
    matchProfile(`${at}.securityContext.appArmorProfile`, 'apparmor', annotation, profile, errors);
  });
}

function matchProfile(
  path: string,
  what: 'seccomp' | 'apparmor',
  annotation: string | undefined,
  profile: SeccompProfile | undefined,
  errors: FieldError[],
): void {
  if (annotation === undefined || !profile) return;
  const isDefault = annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default');
  const sameType =
    (profile.type !== 'Unconfined' || annotation === 'unconfined') &&
    (profile.type !== 'RuntimeDefault' || isDefault) &&
    (profile.type !== 'Localhost' || annotation.startsWith('localhost/'));
  if (!sameType) errors.push(forbiddenField(`${path}.type`, `${what} type in annotation and field must match`));
  else if (profile.type === 'Localhost' && annotation !== `localhost/${profile.localhostProfile}`)
    errors.push(forbiddenField(`${path}.localhostProfile`, `${what} profile in annotation and field must match`));
}
