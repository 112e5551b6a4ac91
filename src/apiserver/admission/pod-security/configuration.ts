/** What PodSecurity is set to do in all of a cluster (k8s.io/pod-security-admission `admission/api`, `admission/api/validation`). */
import { duplicate, type FieldError, invalid } from '../../../apimachinery/field-error';
import type { Json } from '../../../apimachinery/json';
import { isDNS1123Label, nameIsDNSSubdomain } from '../../../apimachinery/names';
import { configurationOf, fieldsOf, throwFieldErrors } from '../plugin-configuration';
import { LATEST, LEVEL_COMPLAINT, MODES, type Policy, parseLevel, parseVersion, VERSION_COMPLAINT } from './policy';

export interface PodSecurityConfiguration {
  /** For namespaces without labels. */
  readonly defaults: Policy;
  /** Who and what is not looked at. */
  readonly exemptions: {
    readonly usernames: readonly string[];
    readonly namespaces: readonly string[];
    readonly runtimeClasses: readonly string[];
  };
}

const PRIVILEGED = { level: 'privileged', version: LATEST } as const;

export const DEFAULT_CONFIGURATION: PodSecurityConfiguration = {
  defaults: { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED },
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
};

const API_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `pod-security.admission.config.k8s.io/${version}`);

/** @throws Error that says all that is wrong with it. */
export function readPodSecurityConfiguration(value: Json | undefined): PodSecurityConfiguration {
  if (value === undefined) return DEFAULT_CONFIGURATION;
  const fields = configurationOf(value, 'PodSecurityConfiguration', API_VERSIONS, ['defaults', 'exemptions']);
  const errors: FieldError[] = [];
  const versionNames = MODES.map((mode) => `${mode}-version`);
  const given = fieldsOf(fields['defaults'], 'defaults', [...MODES, ...versionNames]);
  const read = (mode: (typeof MODES)[number]) => {
    const level = String(given[mode] || 'privileged');
    const version = String(given[`${mode}-version`] || 'latest');
    const known = { level: parseLevel(level), version: parseVersion(version) };
    if (known.level === undefined) errors.push(invalid(`defaults.${mode}`, level, LEVEL_COMPLAINT));
    if (known.version === undefined) errors.push(invalid(`defaults.${mode}-version`, version, VERSION_COMPLAINT));
    return { level: known.level ?? 'restricted', version: known.version ?? LATEST };
  };
  // In the order that they are complained of.
  const [enforce, warn, audit] = [read('enforce'), read('warn'), read('audit')];
  const exempt = fieldsOf(fields['exemptions'], 'exemptions', ['usernames', 'namespaces', 'runtimeClasses']);
  const list = (name: string, complaints: (text: string) => readonly string[]) =>
    readExemptions(`exemptions.${name}`, exempt[name], complaints, errors);
  const namespaces = list('namespaces', isDNS1123Label);
  const runtimeClasses = list('runtimeClasses', (text) => nameIsDNSSubdomain(text, false));
  const usernames = list('usernames', (text) => (text === '' ? ['username must not be empty'] : []));
  throwFieldErrors(errors);
  return { defaults: { enforce, audit, warn }, exemptions: { usernames, namespaces, runtimeClasses } };
}

function readExemptions(
  path: string,
  value: Json | undefined,
  complaints: (text: string) => readonly string[],
  errors: FieldError[],
): string[] {
  const read: string[] = [];
  for (const [i, one] of (Array.isArray(value) ? value : []).entries()) {
    const text = String(one);
    const wrong = complaints(text);
    if (wrong.length > 0) errors.push(invalid(`${path}[${i}]`, text, wrong.join(', ')));
    else if (read.includes(text)) errors.push(duplicate(`${path}[${i}]`, text));
    else read.push(text);
  }
  return read;
}
