/** The sources of volumes that pods and persistent volumes share, and those of outside systems (validate…VolumeSource). */
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../apimachinery/field-error';
import {
  inclusiveRangeError,
  isDNS1123Subdomain,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  utf8Length,
} from '../../apimachinery/names';
import { complain, validateDNS1123Label, validateDNS1123Subdomain } from './field-checks';
import { validateLocalDescendingPath, validatePathNoBacksteps } from './paths';

/** The fields of a source; which it has differs by source. */
export type Source = Record<string, unknown>;
type Reference = { name?: string; namespace?: string } | undefined;
/** Judges one source at its path. */
export type SourceCheck = (path: string, source: Source, errors: FieldError[]) => void;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => Number(value ?? 0);
const isEmptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0;

/** Fields that must be there, each an error of its own, in this order. */
function requiring(...fields: string[]): SourceCheck {
  return (path, source, errors) => {
    for (const field of fields) if (!text(source[field])) errors.push(required(`${path}.${field}`));
  };
}

export const validateHostPath: SourceCheck = (path, source, errors) => {
  if (!text(source.path)) {
    errors.push(required(`${path}.path`));
    return;
  }
  validatePathNoBacksteps(`${path}.path`, text(source.path), errors);
  const types = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
  if (source.type !== undefined && !types.includes(text(source.type)))
    errors.push(notSupported(`${path}.type`, text(source.type), types));
};

export const validateGitRepo: SourceCheck = (path, source, errors) => {
  if (!text(source.repository)) errors.push(required(`${path}.repository`));
  validateLocalDescendingPath(`${path}.directory`, text(source.directory), errors);
};

/** A disk of GCE or AWS, by the name of its identifying field. */
const disk =
  (identifier: string): SourceCheck =>
  (path, source, errors) => {
    if (!text(source[identifier])) errors.push(required(`${path}.${identifier}`));
    const partition = number(source.partition);
    if (partition < 0 || partition > 255)
      errors.push(invalid(`${path}.partition`, partition, inclusiveRangeError(1, 255)));
  };
export const validateGCEPersistentDisk = disk('pdName');
export const validateAWSElasticBlockStore = disk('volumeID');

export const validateNFS: SourceCheck = (path, source, errors) => {
  if (!text(source.server)) errors.push(required(`${path}.server`));
  if (!text(source.path)) errors.push(required(`${path}.path`));
  if (!text(source.path).startsWith('/'))
    errors.push(invalid(`${path}.path`, text(source.path), 'must be an absolute path'));
};

/** In a pod, a wrong start of a name is told apart from a wrong rest; in a persistent volume it is not. */
export function validateISCSI(inPersistentVolume: boolean, volumeName: string): SourceCheck {
  return (path, source, errors) => {
    const portal = text(source.targetPortal);
    const initiator = source.initiatorName === undefined ? undefined : text(source.initiatorName);
    if (portal === '') errors.push(required(`${path}.targetPortal`));
    if (inPersistentVolume && initiator !== undefined && utf8Length(`${volumeName}:${portal}`) > 64)
      errors.push(invalid(`${path}.targetportal`, portal, ISCSI_TOO_LONG));
    if (!text(source.iqn)) errors.push(required(`${path}.iqn`));
    else validateInitiator(`${path}.iqn`, text(source.iqn), inPersistentVolume, errors);
    const lun = number(source.lun);
    if (lun < 0 || lun > 255) errors.push(invalid(`${path}.lun`, lun, inclusiveRangeError(0, 255)));
    const secret = source.secretRef as Reference;
    if ((source.chapAuthDiscovery || source.chapAuthSession) && !secret) errors.push(required(`${path}.secretRef`));
    if (inPersistentVolume && secret && !secret.name) errors.push(required(`${path}.secretRef.name`));
    if (initiator !== undefined) validateInitiator(`${path}.initiatorname`, initiator, inPersistentVolume, errors);
  };
}
export const ISCSI_TOO_LONG =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

function validateInitiator(field: string, name: string, brief: boolean, errors: FieldError[]): void {
  const valid =
    (name.startsWith('iqn') && /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/.test(name)) ||
    /^eui.[A-Za-z0-9]{16}$/.test(name) ||
    /^naa.[A-Za-z0-9]{32}$/.test(name);
  if (valid) return;
  const known = /^(iqn|eui|naa)/.test(name);
  errors.push(
    invalid(
      field,
      name,
      known || brief ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa',
    ),
  );
}

export const validateGlusterfs = requiring('endpoints', 'path');
export const validateGlusterfsPersistent: SourceCheck = (path, source, errors) => {
  validateGlusterfs(path, source, errors);
  if (source.endpointsNamespace === undefined) return;
  const namespace = text(source.endpointsNamespace);
  const field = `${path}.endpointsNamespace`;
  if (namespace === '')
    errors.push(invalid(field, namespace, 'if the endpointnamespace is set, it must be a valid namespace name'));
  else complain(field, namespace, nameIsDNSLabel(namespace, false), errors);
};

export const validateFlocker: SourceCheck = (path, source, errors) => {
  const name = text(source.datasetName);
  if (name === '' && !text(source.datasetUUID))
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (name !== '' && text(source.datasetUUID))
    errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (name.includes('/')) errors.push(invalid(`${path}.datasetName`, name, "must not contain '/'"));
};

export const validateRBD: SourceCheck = (path, source, errors) => {
  if (isEmptyList(source.monitors)) errors.push(required(`${path}.monitors`));
  if (!text(source.image)) errors.push(required(`${path}.image`));
};

export const validateCephFS: SourceCheck = (path, source, errors) => {
  if (isEmptyList(source.monitors)) errors.push(required(`${path}.monitors`));
};

/** A secret that must be named, and in a persistent volume its namespace too. */
function validateSecretReference(path: string, secret: Reference, withNamespace: boolean, errors: FieldError[]): void {
  if (!secret) return;
  if (!secret.name) errors.push(required(`${path}.secretRef.name`));
  if (withNamespace && !secret.namespace) errors.push(required(`${path}.secretRef.namespace`));
}

export const validateCinder =
  (inPersistentVolume: boolean): SourceCheck =>
  (path, source, errors) => {
    if (!text(source.volumeID)) errors.push(required(`${path}.volumeID`));
    validateSecretReference(path, source.secretRef as Reference, inPersistentVolume, errors);
  };

export const validateStorageOS =
  (inPersistentVolume: boolean): SourceCheck =>
  (path, source, errors) => {
    if (!text(source.volumeName)) errors.push(required(`${path}.volumeName`));
    else validateDNS1123Label(`${path}.volumeName`, text(source.volumeName), errors);
    if (text(source.volumeNamespace))
      validateDNS1123Label(`${path}.volumeNamespace`, text(source.volumeNamespace), errors);
    validateSecretReference(path, source.secretRef as Reference, inPersistentVolume, errors);
  };

export const validateQuobyte: SourceCheck = (path, source, errors) => {
  const registry = text(source.registry);
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (registry === '') errors.push(required(`${path}.registry`, pairs));
  else if (utf8Length(text(source.tenant)) >= 65)
    errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else
    for (const pair of registry.split(','))
      if (!/^([^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) errors.push(invalid(`${path}.registry`, registry, pairs));
  if (!text(source.volume)) errors.push(required(`${path}.volume`));
};

export const validateFC: SourceCheck = (path, source, errors) => {
  const names = source.targetWWNs as string[];
  if (isEmptyList(names) && isEmptyList(source.wwids))
    errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (isEmptyList(names)) return;
  if (!isEmptyList(source.wwids))
    errors.push(invalid(`${path}.targetWWNs`, names, 'targetWWNs and wwids can not be specified simultaneously'));
  if (source.lun === undefined) errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
  else if (number(source.lun) < 0 || number(source.lun) > 255)
    errors.push(invalid(`${path}.lun`, number(source.lun), inclusiveRangeError(0, 255)));
};

export const validateFlexVolume: SourceCheck = (path, source, errors) => {
  if (!text(source.driver)) errors.push(required(`${path}.driver`));
  for (const key of Object.keys((source.options as object | undefined) ?? {})) {
    const domain = `.${(key.split('/')[0] as string).toLowerCase()}`;
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io'))
      errors.push(invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'));
  }
};

export const validateAzureFile = requiring('secretName', 'shareName');
export const validateAzureFilePersistent: SourceCheck = (path, source, errors) => {
  validateAzureFile(path, source, errors);
  if (source.secretNamespace === '') errors.push(required(`${path}.secretNamespace`));
};

export const validateAzureDisk: SourceCheck = (path, source, errors) => {
  requiring('diskName', 'diskURI')(path, source, errors);
  const oneOf = (field: string, supported: string[]) => {
    if (source[field] !== undefined && !supported.includes(text(source[field])))
      errors.push(notSupported(`${path}.${field}`, text(source[field]), supported));
  };
  oneOf('cachingMode', ['None', 'ReadOnly', 'ReadWrite']);
  oneOf('kind', ['Dedicated', 'Managed', 'Shared']);
  if (source.kind === undefined) return;
  const uri = text(source.diskURI);
  if (source.kind === 'Managed' && !uri.startsWith('/subscriptions/'))
    errors.push(
      notSupported(`${path}.diskURI`, uri, [
        '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
      ]),
    );
  if (source.kind !== 'Managed' && !uri.startsWith('https://'))
    errors.push(
      notSupported(`${path}.diskURI`, uri, [
        'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd',
      ]),
    );
};

export const validateVsphereVolume = requiring('volumePath');
export const validatePhotonPersistentDisk = requiring('pdID');
export const validatePortworxVolume = requiring('volumeID');
export const validateScaleIO = requiring('gateway', 'system', 'volumeName');

export const validateLocal: SourceCheck = (path, source, errors) => {
  if (!text(source.path)) errors.push(required(`${path}.path`));
  else validatePathNoBacksteps(`${path}.path`, text(source.path), errors);
};

/** ValidateCSIDriverName. */
export function validateCSIDriverName(field: string, name: string, errors: FieldError[]): void {
  if (name === '') {
    errors.push(required(field));
    return;
  }
  if (utf8Length(name) > 63) errors.push(tooLong(field, 63));
  complain(field, name, isDNS1123Subdomain(name.toLowerCase()), errors);
}

export const validateCSI: SourceCheck = (path, source, errors) => {
  validateCSIDriverName(`${path}.driver`, text(source.driver), errors);
  const secret = source.nodePublishSecretRef as Reference;
  if (!secret) return;
  if (!secret.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
  else complain(`${path}.name`, secret.name, nameIsDNSSubdomain(secret.name, false), errors);
};

export const validateCSIPersistent: SourceCheck = (path, source, errors) => {
  validateCSIDriverName(`${path}.driver`, text(source.driver), errors);
  if (!text(source.volumeHandle)) errors.push(required(`${path}.volumeHandle`));
  for (const field of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ]) {
    const secret = source[field] as Reference;
    if (!secret) continue;
    const at = `${path}.${field}`;
    if (!secret.name) errors.push(required(`${at}.name`));
    else validateDNS1123Subdomain(`${at}.name`, secret.name, errors);
    if (!secret.namespace) errors.push(required(`${at}.namespace`));
    else validateDNS1123Label(`${at}.namespace`, secret.namespace, errors);
  }
};

/** One kind of source: its field, its path where that differs, and its check. */
export type SourceKind = readonly [field: string, path: string, check: SourceCheck];

/** Exactly one source must be given; those after the first are forbidden, not judged. Returns how many were given. */
export function validateOneSource(
  path: string,
  holder: Source,
  kinds: readonly SourceKind[],
  errors: FieldError[],
): number {
  let count = 0;
  for (const [field, name, check] of kinds) {
    const source = holder[field];
    if (!source) continue;
    if (count++ > 0)
      errors.push(forbiddenField(`${path}.${MANY_PATHS[field] ?? field}`, 'may not specify more than 1 volume type'));
    else check(`${path}.${name}`, source as Source, errors);
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  return count;
}

/** Where upstream misspells the path of a forbidden second source. */
const MANY_PATHS: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };
