/** Volumes that are to be attached to nodes (pkg/registry/storage/volumeattachment/strategy.go). */
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../../../apimachinery/field-error';
import { inclusiveRangeError, nameIsDNSSubdomain, utf8Length } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain, IMMUTABLE, semanticEqual } from '../../validation/field-checks';
import { type VolumeSpec, validateVolumeSpec } from '../../validation/persistent-volume';
import { validateCSIDriverName } from '../../validation/volume-sources';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface VolumeAttachmentSpec {
  attacher?: string;
  source?: { persistentVolumeName?: string; inlineVolumeSpec?: VolumeSpec };
  nodeName?: string;
}
interface VolumeError {
  message?: string;
  errorCode?: number;
}

const definition: ResourceDefinition = {
  group: 'storage.k8s.io',
  resource: 'volumeattachments',
  hasGeneration: false,
  requiresResourceVersionOnUpdate: true,
  columns: [
    NAME,
    column('Attacher', { format: 'name' }),
    column('PV'),
    column('Node'),
    column('Attached', { type: 'boolean' }),
    AGE,
  ],
  cells(object, now) {
    const spec: VolumeAttachmentSpec = object.spec ?? {};
    return [
      nameOf(object),
      spec.attacher ?? '',
      spec.source?.persistentVolumeName ?? '',
      spec.nodeName ?? '',
      object.status?.attached ?? false,
      ageOf(object, now),
    ];
  },
  prepareForCreate(object) {
    object.status = { attached: false };
  },
  validate(object) {
    const errors: FieldError[] = [];
    const { attacher = '', source = {}, nodeName = '' }: VolumeAttachmentSpec = object.spec ?? {};
    validateCSIDriverName('spec.attacher', attacher, errors);
    const { persistentVolumeName: volume, inlineVolumeSpec: inline } = source;
    const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
    if (!inline && volume === undefined) errors.push(required('spec.source', text));
    else if (inline && volume !== undefined) errors.push(forbiddenField('spec.source', text));
    else if (volume === '')
      errors.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
    else if (inline) validateVolumeSpec('spec.source.inlineVolumeSpec', inline, '', true, errors);
    complain('spec.nodeName', nodeName, nameIsDNSSubdomain(nodeName, false), errors);
    validateStatus(object.status ?? {}, errors);
    if (volume !== undefined)
      complain('spec.source.persistentVolumeName', volume, nameIsDNSSubdomain(volume, false), errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    if (!semanticEqual(object.spec, old.spec)) errors.push(invalid('spec', object.spec, IMMUTABLE));
    return errors;
  },
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        validateStatus(object.status ?? {}, errors);
        return errors;
      },
    },
  },
};
export default definition;

function validateStatus(
  status: { attachmentMetadata?: Record<string, string>; attachError?: VolumeError; detachError?: VolumeError },
  errors: FieldError[],
): void {
  let size = 0;
  for (const [key, value] of Object.entries(status.attachmentMetadata ?? {}))
    size += utf8Length(key) + utf8Length(value);
  if (size > 262144) errors.push(tooLong('status.attachmentMetadata', 262144));
  for (const field of ['attachError', 'detachError'] as const) {
    const { message = '', errorCode = 0 } = status[field] ?? {};
    if (utf8Length(message) > 1024) errors.push(tooLong(`status.${field}.message`, 262144));
    if (errorCode < 0) errors.push(invalid(`status.${field}.errorCode`, errorCode, inclusiveRangeError(0, 2147483647)));
  }
}
