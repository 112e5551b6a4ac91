/** Secrets (pkg/registry/core/secret/strategy.go). */
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../../../apimachinery/field-error';
import { isObject, setKey } from '../../../apimachinery/json';
import { parseJson } from '../../../apimachinery/json-text';
import type { KubeObject } from '../../../apimachinery/meta';
import { isConfigMapKey } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { byteLength, decodeText, encodeText } from '../../validation/base64';
import { complain, semanticEqual, validateImmutable } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';
import { MAX_DATA_SIZE } from './config-map';

type Data = Record<string, string>;
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

const definition: ResourceDefinition = {
  group: '',
  resource: 'secrets',
  hasGeneration: false,
  columns: [NAME, column('Type'), column('Data'), AGE],
  cells: (object, now) => [
    nameOf(object),
    object.type ?? '',
    Object.keys(object.data ?? {}).length,
    ageOf(object, now),
  ],
  defaults(object) {
    object.type ||= 'Opaque';
    moveStringData(object);
  },
  validate(object) {
    const errors: FieldError[] = [];
    const data: Data = object.data ?? {};
    let size = 0;
    for (const key of Object.keys(data)) {
      complain(`data[${key}]`, key, isConfigMapKey(key), errors);
      size += byteLength(data[key] ?? '');
    }
    if (size > MAX_DATA_SIZE) errors.push(tooLong('data', MAX_DATA_SIZE));
    validateType(object, data, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('type', object.type, old.type, errors);
    if (old.immutable !== true) return errors;
    const text = 'field is immutable when `immutable` is set';
    if (object.immutable !== true) errors.push(forbiddenField('immutable', text));
    if (!semanticEqual(object.data, old.data)) errors.push(forbiddenField('data', text));
    return errors;
  },
  warnings(object) {
    if (object.type !== 'kubernetes.io/tls') return [];
    // Whether the key belongs to the certificate is not looked at.
    for (const [key, what] of [
      ['tls.crt', 'certificate'],
      ['tls.key', 'key'],
    ] as const)
      if (!decodeText(object.data?.[key] ?? '').includes('-----BEGIN '))
        return [`tls: failed to find any PEM data in ${what} input`];
    return [];
  },
  selectableFields: { type: (object) => object.type ?? '' },
};
export default definition;

/** What was written as text is stored as bytes, and read back as such only (Convert_v1_Secret_To_core_Secret). */
function moveStringData(object: KubeObject): void {
  const { stringData } = object as { stringData?: Data };
  if (!stringData) return;
  const data = { ...object.data };
  for (const key of Object.keys(stringData)) setKey(data, key, encodeText(stringData[key] as string));
  if (Object.keys(data).length > 0) object.data = data;
  delete object.stringData;
}

/** What each type demands of the data. */
function validateType(object: KubeObject, data: Data, errors: FieldError[]): void {
  const require = (key: string) => {
    if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`));
  };
  switch (object.type) {
    case 'kubernetes.io/service-account-token':
      if (!object.metadata.annotations?.[ACCOUNT_NAME]) errors.push(required(`metadata.annotations[${ACCOUNT_NAME}]`));
      return;
    case 'kubernetes.io/dockercfg':
      validateJson('.dockercfg', data, errors);
      return;
    case 'kubernetes.io/dockerconfigjson':
      validateJson('.dockerconfigjson', data, errors);
      return;
    case 'kubernetes.io/basic-auth':
      if (Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password')) return;
      require('username');
      require('password');
      return;
    case 'kubernetes.io/ssh-auth':
      if (!data['ssh-privatekey']) errors.push(required('data[ssh-privatekey]'));
      return;
    case 'kubernetes.io/tls':
      require('tls.crt');
      require('tls.key');
  }
}

function validateJson(key: string, data: Data, errors: FieldError[]): void {
  const field = `data[${key}]`;
  if (!Object.hasOwn(data, key)) {
    errors.push(required(field));
    return;
  }
  const refuse = (why: string) => errors.push(invalid(field, '<secret contents redacted>', why));
  try {
    const value = parseJson(decodeText(data[key] ?? ''));
    if (value !== null && !isObject(value))
      refuse(`json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`);
  } catch (error) {
    refuse((error as Error).message);
  }
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number';
}
