/** The volumes of a pod (ValidateVolumes, validateVolumeSource). */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../apimachinery/field-error';
import { nameIsDNSSubdomain, utf8Length } from '../../apimachinery/names';
import { validatePullPolicy } from './containers';
import type { TemplateMeta, Volume } from './core-types';
import { validateDNS1123Label } from './field-checks';
import { type ClaimTemplate, validateClaimTemplate } from './persistent-volume-claim';
import {
  validateConfigMapVolume,
  validateDownwardAPIVolume,
  validateProjectedVolume,
  validateSecretVolume,
} from './projected-volumes';
import { quantity } from './resources';
import type { Volumes } from './volume-mounts';
import * as sources from './volume-sources';

/**
 * Judges the volumes and returns those without fault by name, which mounts may refer to.
 * `podName` is given for real pods, whose ephemeral volumes claim `<pod>-<volume>`.
 */
export function validateVolumes(
  path: string,
  volumes: readonly Volume[] | undefined,
  podName: string | undefined,
  resourceIsPod: boolean,
  errors: FieldError[],
): Volumes {
  const valid = new Map<string, Volume>();
  if (!volumes) return valid;
  for (let i = 0; i < volumes.length; i++) {
    const volume = volumes[i] as Volume;
    const name = volume.name ?? '';
    const at = `${path}[${i}]`;
    const before = errors.length;
    validateSource(at, volume, podName, resourceIsPod, errors);
    if (name === '') errors.push(required(`${at}.name`));
    else validateDNS1123Label(`${at}.name`, name, errors);
    if (valid.has(name)) errors.push(duplicate(`${at}.name`, name));
    if (errors.length === before) valid.set(name, volume);
    const claim = (volume.persistentVolumeClaim as { claimName?: string } | undefined)?.claimName;
    if (claim && podName && volumes.some((other) => other.ephemeral && `${podName}-${other.name ?? ''}` === claim))
      errors.push(
        invalid(
          `${at}.persistentVolumeClaim.claimName`,
          claim,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      );
  }
  return valid;
}

function validateSource(
  path: string,
  volume: Volume,
  podName: string | undefined,
  resourceIsPod: boolean,
  errors: FieldError[],
): void {
  if (isPlain(volume)) return;
  sources.validateOneSource(path, volume, sourceKinds(volume.name ?? '', podName, path, resourceIsPod), errors);
  const iscsi = volume.iscsi as { initiatorName?: string; targetPortal?: string } | undefined;
  if (iscsi?.initiatorName !== undefined && utf8Length(`${volume.name ?? ''}:${iscsi.targetPortal ?? ''}`) > 64)
    errors.push(invalid(`${path}.name`, volume.name ?? '', sources.ISCSI_TOO_LONG));
}

/** The usual volume that nothing can be wrong with: an emptyDir without a limit. */
function isPlain(volume: Volume): boolean {
  const emptyDir = volume.emptyDir as { sizeLimit?: unknown } | undefined;
  return (
    emptyDir !== undefined && emptyDir !== null && emptyDir.sizeLimit === undefined && Object.keys(volume).length === 2
  );
}

/** In upstream's order. */
function sourceKinds(
  volumeName: string,
  podName: string | undefined,
  volumePath: string,
  resourceIsPod: boolean,
): sources.SourceKind[] {
  return [
    ['emptyDir', 'emptyDir', validateEmptyDir],
    ['hostPath', 'hostPath', sources.validateHostPath],
    ['gitRepo', 'gitRepo', sources.validateGitRepo],
    ['gcePersistentDisk', 'persistentDisk', sources.validateGCEPersistentDisk],
    ['awsElasticBlockStore', 'awsElasticBlockStore', sources.validateAWSElasticBlockStore],
    ['secret', 'secret', validateSecretVolume],
    ['nfs', 'nfs', sources.validateNFS],
    ['iscsi', 'iscsi', sources.validateISCSI(false, volumeName)],
    ['glusterfs', 'glusterfs', sources.validateGlusterfs],
    ['flocker', 'flocker', sources.validateFlocker],
    ['persistentVolumeClaim', 'persistentVolumeClaim', validateClaimReference],
    ['rbd', 'rbd', sources.validateRBD],
    ['cinder', 'cinder', sources.validateCinder(false)],
    ['cephfs', 'cephfs', sources.validateCephFS],
    ['quobyte', 'quobyte', sources.validateQuobyte],
    ['downwardAPI', 'downwardAPI', validateDownwardAPIVolume],
    ['fc', 'fc', sources.validateFC],
    ['flexVolume', 'flexVolume', sources.validateFlexVolume],
    ['configMap', 'configMap', validateConfigMapVolume],
    ['azureFile', 'azureFile', sources.validateAzureFile],
    ['vsphereVolume', 'vsphereVolume', sources.validateVsphereVolume],
    ['photonPersistentDisk', 'photonPersistentDisk', sources.validatePhotonPersistentDisk],
    ['portworxVolume', 'portworxVolume', sources.validatePortworxVolume],
    ['azureDisk', 'azureDisk', sources.validateAzureDisk],
    ['storageos', 'storageos', sources.validateStorageOS(false)],
    ['projected', 'projected', validateProjectedVolume],
    ['scaleIO', 'scaleIO', sources.validateScaleIO],
    ['csi', 'csi', sources.validateCSI],
    [
      'ephemeral',
      'ephemeral',
      (path, source, errors) => {
        validateEphemeral(path, source, errors);
        if (!podName || volumeName === '') return;
        const claim = `${podName}-${volumeName}`;
        for (const complaint of nameIsDNSSubdomain(claim, false))
          errors.push(invalid(`${volumePath}.name`, volumeName, `PVC name ${JSON.stringify(claim)}: ${complaint}`));
      },
    ],
    [
      'image',
      'image',
      (path, source, errors) => {
        if (resourceIsPod && !source.reference) errors.push(required(`${path}.reference`));
        validatePullPolicy(path, 'pullPolicy', source.pullPolicy as string | undefined, errors);
      },
    ],
  ];
}

const validateEmptyDir: sources.SourceCheck = (path, source, errors) => {
  if (source.sizeLimit !== undefined && quantity(source.sizeLimit as string).sign() < 0)
    errors.push(forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
};

const validateClaimReference: sources.SourceCheck = (path, source, errors) => {
  if (!source.claimName) errors.push(required(`${path}.claimName`));
};

const validateEphemeral: sources.SourceCheck = (path, source, errors) => {
  if (!source.volumeClaimTemplate) errors.push(required(`${path}.volumeClaimTemplate`));
  else
    validateClaimTemplate(
      `${path}.volumeClaimTemplate`,
      source.volumeClaimTemplate as ClaimTemplate & { metadata?: TemplateMeta },
      errors,
    );
};
