/** Volumes made of objects of the cluster: secrets, config maps, the downward API and their projections. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import type { Json } from '../../apimachinery/json';
import { isQualifiedName, nameIsDNSSubdomain } from '../../apimachinery/names';
import type { LabelSelector, ObjectFieldSelector, ResourceFieldSelector } from './core-types';
import { validateObjectFieldSelector, validateResourceFieldSelector } from './env';
import { complain } from './field-checks';
import { validateLabelSelector } from './labels';
import { validateLocalNonReservedPath } from './paths';
import { validateSignerName } from './signer-names';
import type { Source, SourceCheck } from './volume-sources';

interface KeyToPath {
  key?: string;
  path?: string;
  mode?: number;
}
interface DownwardFile {
  path?: string;
  mode?: number;
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
}

const volumeFieldPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

function validateMode(field: string, mode: unknown, errors: FieldError[]): void {
  if (typeof mode === 'number' && (mode < 0 || mode > 0o777))
    errors.push(invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
}

function validateKeyToPath(path: string, item: KeyToPath, errors: FieldError[]): void {
  if (!item.key) errors.push(required(`${path}.key`));
  if (!item.path) errors.push(required(`${path}.path`));
  validateLocalNonReservedPath(`${path}.path`, item.path ?? '', errors);
  validateMode(`${path}.mode`, item.mode, errors);
}

/** A secret or config map as a volume; they differ in the field that names it. */
const objectVolume =
  (nameField: string): SourceCheck =>
  (path, source, errors) => {
    if (!source[nameField]) errors.push(required(`${path}.${nameField}`));
    validateMode(`${path}.defaultMode`, source.defaultMode, errors);
    for (const [i, item] of ((source.items as KeyToPath[] | undefined) ?? []).entries())
      validateKeyToPath(`${path}.items[${i}]`, item, errors);
  };
export const validateSecretVolume = objectVolume('secretName');
export const validateConfigMapVolume = objectVolume('name');

/** The errors of its files stand at the volume's own path. */
export const validateDownwardAPIVolume: SourceCheck = (path, source, errors) => {
  validateMode(`${path}.defaultMode`, source.defaultMode, errors);
  for (const file of (source.items as DownwardFile[] | undefined) ?? []) validateDownwardFile(path, file, errors);
};

function validateDownwardFile(path: string, file: DownwardFile, errors: FieldError[]): void {
  if (!file.path) errors.push(required(`${path}.path`));
  validateLocalNonReservedPath(`${path}.path`, file.path ?? '', errors);
  if (file.fieldRef) {
    validateObjectFieldSelector(`${path}.fieldRef`, file.fieldRef, volumeFieldPaths, errors);
    if (file.resourceFieldRef)
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef) {
    validateResourceFieldSelector(`${path}.resourceFieldRef`, file.resourceFieldRef, true, errors);
  } else {
    errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  validateMode(`${path}.mode`, file.mode, errors);
}

/** validateProjectedVolumeSource. */
export const validateProjectedVolume: SourceCheck = (path, source, errors) => {
  validateMode(`${path}.defaultMode`, source.defaultMode, errors);
  const taken = new Set<string>();
  /** Two files may not have one path; told with `shown`, which upstream chooses by the kind of the source. */
  const take = (file: string, shown: string) => {
    if (taken.has(file)) errors.push(invalid(path, shown, 'conflicting duplicate paths'));
    else taken.add(file);
  };
  for (const [i, projection] of ((source.sources as Source[] | undefined) ?? []).entries()) {
    const at = `${path}.sources[${i}]`;
    let count = 0;
    for (const kind of ['secret', 'configMap'] as const) {
      const object = projection[kind] as { name?: string; items?: KeyToPath[] } | undefined;
      if (!object) continue;
      count++;
      if (!object.name) errors.push(required(`${at}.${kind}.name`));
      for (const [j, item] of (object.items ?? []).entries()) {
        validateKeyToPath(`${at}.${kind}.items[${j}]`, item, errors);
        if (item.path) take(item.path, object.name ?? '');
      }
    }
    const downward = projection.downwardAPI as { items?: DownwardFile[] } | undefined;
    if (downward) {
      count++;
      for (const file of downward.items ?? []) {
        validateDownwardFile(`${at}.downwardAPI`, file, errors);
        if (file.path) take(file.path, file.path);
      }
    }
    if (projection.serviceAccountToken) {
      count++;
      validateToken(path, `${at}.serviceAccountToken`, projection.serviceAccountToken as Token, errors);
    }
    if (projection.clusterTrustBundle) {
      count++;
      const bundle = projection.clusterTrustBundle as TrustBundle;
      validateTrustBundle(`${at}.clusterTrustBundle`, bundle, errors);
      take(bundle.path ?? '', bundle.path ?? '');
    }
    if (projection.podCertificate) {
      count++;
      validatePodCertificate(`${at}.podCertificate`, projection.podCertificate as PodCertificate, take, errors);
    }
    if (count > 1) errors.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
  }
};

interface Token {
  path?: string;
  expirationSeconds?: number;
}
function validateToken(volumePath: string, path: string, token: Token, errors: FieldError[]): void {
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < 600)
    errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 2 ** 32)
    errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (!token.path) errors.push(required(`${volumePath}.path`));
  else validateLocalNonReservedPath(`${volumePath}.path`, token.path, errors);
}

interface TrustBundle {
  name?: string;
  signerName?: string;
  labelSelector?: LabelSelector;
  path?: string;
}
function validateTrustBundle(path: string, bundle: TrustBundle, errors: FieldError[]): void {
  if (bundle.name !== undefined && bundle.signerName !== undefined) {
    errors.push(invalid(path, bundle as Json, 'only one of name and signerName may be used'));
  } else if (bundle.name !== undefined) {
    if (bundle.name === '') errors.push(required(`${path}.name`, 'must be a valid object name'));
    for (const complaint of validateClusterTrustBundleName(bundle.name))
      errors.push(invalid(`${path}.name`, bundle.name, `not a valid clustertrustbundlename: ${complaint}`));
    if (bundle.labelSelector)
      errors.push(
        invalid(
          `${path}.labelSelector`,
          bundle.labelSelector as Json,
          'labelSelector must be unset if name is specified',
        ),
      );
  } else if (bundle.signerName !== undefined) {
    if (bundle.signerName === '') errors.push(required(`${path}.signerName`, 'must be a valid signer name'));
    validateSignerName(`${path}.signerName`, bundle.signerName, errors);
    validateLabelSelector(`${path}.labelSelector`, bundle.labelSelector, errors);
  } else {
    errors.push(required(path, 'either name or signerName must be specified'));
  }
  if (!bundle.path) errors.push(required(`${path}.path`));
  validateLocalNonReservedPath(`${path}.path`, bundle.path ?? '', errors);
}

/** ValidateClusterTrustBundleName: what stands before the last colon is the signer. */
function validateClusterTrustBundleName(name: string): string[] {
  const colon = name.lastIndexOf(':');
  return nameIsDNSSubdomain(name.slice(colon + 1), false);
}

interface PodCertificate {
  signerName?: string;
  keyType?: string;
  maxExpirationSeconds?: number;
  credentialBundlePath?: string;
  keyPath?: string;
  certificateChainPath?: string;
  userAnnotations?: Record<string, string>;
}
function validatePodCertificate(
  path: string,
  certificate: PodCertificate,
  take: (file: string, shown: string) => void,
  errors: FieldError[],
): void {
  validateSignerName(`${path}.signerName`, certificate.signerName ?? '', errors);
  for (const key of Object.keys(certificate.userAnnotations ?? {}))
    complain(`${path}.userAnnotations`, key, isQualifiedName(key.toLowerCase()), errors);
  const keyTypes = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
  if (!keyTypes.includes(certificate.keyType ?? ''))
    errors.push(notSupported(`${path}.keyType`, certificate.keyType ?? '', keyTypes));
  const most = certificate.maxExpirationSeconds;
  if (most !== undefined) {
    const host = (certificate.signerName ?? '').split('/')[0] as string;
    const limit = host === 'kubernetes.io' || host.endsWith('.kubernetes.io') ? 86400 : 7862400;
    if (most < 3600)
      errors.push(invalid(`${path}.maxExpirationSeconds`, most, 'if provided, maxExpirationSeconds must be >= 3600'));
    if (most > limit)
      errors.push(
        invalid(`${path}.maxExpirationSeconds`, most, `if provided, maxExpirationSeconds must be <= ${limit}`),
      );
  }
  let files = 0;
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const file = certificate[field];
    if (!file) continue;
    files++;
    validateLocalNonReservedPath(`${path}.${field}`, file, errors);
    take(file, file);
  }
  if (files === 0)
    errors.push(required(path, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath'));
}
