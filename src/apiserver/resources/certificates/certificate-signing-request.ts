/** Requests for certificates (pkg/registry/certificates/certificates/strategy.go, pkg/apis/certificates/validation). */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error';
import { humanDuration } from '../../../apimachinery/human-duration';
import { type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { UserInfo } from '../../authentication';
import type { ResourceDefinition, StrategyContext } from '../../resource';
import { decodeText } from '../../validation/base64';
import { semanticEqual } from '../../validation/field-checks';
import { validateSignerName } from '../../validation/signer-names';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface Condition {
  type?: string;
  status?: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
  [field: string]: string | undefined;
}
interface RequestSpec {
  request?: string;
  signerName?: string;
  expirationSeconds?: number;
  usages?: string[];
  username?: string;
}

const APPROVAL = ['Approved', 'Denied'];

const definition: ResourceDefinition = {
  group: 'certificates.k8s.io',
  resource: 'certificatesigningrequests',
  hasGeneration: false,
  validateName: () => [],
  columns: [NAME, AGE, ...['SignerName', 'Requestor', 'RequestedDuration', 'Condition'].map((name) => column(name))],
  cells(object, now) {
    const { signerName, username = '', expirationSeconds }: RequestSpec = object.spec ?? {};
    return [
      nameOf(object),
      ageOf(object, now),
      signerName || '<none>',
      username,
      expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000),
      statusText(object),
    ];
  },
  prepareForCreate(object, { user }) {
    const { username: _, uid: _uid, groups: _groups, extra: _extra, ...spec } = object.spec ?? {};
    object.spec = user ? { ...spec, ...requestor(user) } : spec;
    object.status = {};
  },
  prepareForUpdate(object, old) {
    object.spec = old.spec;
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateRequest(object, old, errors);
    return errors;
  },
  validateUpdate: (object, old) => changeErrors(object, old, false, false),
  selectableFields: { 'spec.signerName': (object) => object.spec?.signerName ?? '' },
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const now = conditionsOf(object);
        for (const type of APPROVAL) {
          const kept = conditionsOf(old).filter((condition) => condition.type === type);
          const places = now.flatMap((condition, i) => (condition.type === type ? [i] : []));
          if (kept.length === places.length)
            places.forEach((place, i) => {
              now[place] = kept[i] as Condition;
            });
        }
        setConditions(object, old, now, context);
      },
      validateUpdate: (object, old) => [...requestErrors(object, old), ...changeErrors(object, old, true, false)],
    },
    approval: {
      prepareForUpdate(object, old, context) {
        const conditions = conditionsOf(object);
        object.spec = old.spec;
        object.status = { ...old.status };
        setConditions(object, old, conditions, context);
      },
      validateUpdate: (object, old) => [...requestErrors(object, old), ...changeErrors(object, old, false, true)],
    },
  },
};
export default definition;

/** Who asked, as the server knows it. */
function requestor({ name, uid, groups, extra = {} }: UserInfo): JsonObject {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups: [...groups],
    ...(Object.keys(extra).length > 0 ? { extra: jsonOf(extra) } : {}),
  };
}

function conditionsOf(object: KubeObject): Condition[] {
  return [...((object.status?.conditions ?? []) as Condition[])];
}

/** Times that were not given are filled in. */
function setConditions(object: KubeObject, old: KubeObject, conditions: Condition[], { clock }: StrategyContext): void {
  const now = formatTime(clock.now());
  const filled = conditions.map((condition) => {
    const same = conditionsOf(old).find(({ type, status }) => type === condition.type && status === condition.status);
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime || now,
      lastTransitionTime: condition.lastTransitionTime || same?.lastTransitionTime || now,
    };
  });
  object.status = { ...object.status };
  if (filled.length > 0) object.status.conditions = filled;
  else delete object.status.conditions;
}

function requestErrors(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  validateRequest(object, old, errors);
  return errors;
}

const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

function validateRequest(object: KubeObject, old: KubeObject | undefined, errors: FieldError[]): void {
  const { request = '', usages = [], signerName = '', expirationSeconds: seconds }: RequestSpec = object.spec ?? {};
  if (!isRequest(request)) errors.push(invalid('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST'));
  if (usages.length === 0) errors.push(required('spec.usages'));
  const oldUsages: string[] = old?.spec?.usages ?? [];
  if (!oldUsages.some((usage) => !USAGES.includes(usage)))
    usages.forEach((usage, i) => {
      if (!USAGES.includes(usage)) errors.push(notSupported(`spec.usages[${i}]`, usage, USAGES));
    });
  usages.forEach((usage, i) => {
    if (usages.indexOf(usage) < i && new Set(oldUsages).size === oldUsages.length)
      errors.push(duplicate(`spec.usages[${i}]`, usage));
  });
  const LEGACY = 'kubernetes.io/legacy-unknown';
  if (signerName === LEGACY && old?.spec?.signerName !== LEGACY)
    errors.push(invalid('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version'));
  else validateSignerName('spec.signerName', signerName, errors);
  if (seconds !== undefined && seconds < 600)
    errors.push(
      invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)'),
    );
  validateConditions(conditionsOf(object), errors);
}

/** True for PEM of a certificate request; what it holds is not looked into. */
function isRequest(request: string): boolean {
  return /(^|\n)-----BEGIN CERTIFICATE REQUEST-----\r?\n[\s\S]*\n-----END CERTIFICATE REQUEST-----/.test(
    decodeText(request),
  );
}

function validateConditions(conditions: readonly Condition[], errors: FieldError[]): void {
  const path = 'status.conditions';
  const seen = new Set<string>();
  conditions.forEach(({ type = '', status = '' }, i) => {
    if (type === '') errors.push(required(`${path}[${i}].type`));
    const allowed = [...APPROVAL, 'Failed'].includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (status === '') errors.push(required(`${path}[${i}].status`));
    else if (!allowed.includes(status)) errors.push(notSupported(`${path}[${i}].status`, status, allowed));
    const other = type === 'Approved' ? 'Denied' : 'Approved';
    if (APPROVAL.includes(type) && seen.has(other))
      errors.push(invalid(path, type, 'Approved and Denied conditions are mutually exclusive'));
    if (seen.has(type)) errors.push(duplicate(`${path}[${i}].type`, type));
    seen.add(type);
  });
}

function changeErrors(object: KubeObject, old: KubeObject, mayIssue: boolean, mayApprove: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'status.conditions';
  const ofType = (one: KubeObject, type: string) => conditionsOf(one).filter((condition) => condition.type === type);
  for (const type of [...APPROVAL, 'Failed'])
    if (ofType(object, type).length < ofType(old, type).length)
      errors.push(forbiddenField(path, `updates may not remove a condition of type "${type}"`));
  if (!mayApprove)
    for (const type of APPROVAL) {
      const [now, was] = [ofType(object, type), ofType(old, type)];
      if (now.length > was.length)
        errors.push(forbiddenField(path, `updates may not add a condition of type "${type}"`));
      else if (now.length === was.length && JSON.stringify(now) !== JSON.stringify(was))
        errors.push(forbiddenField(path, `updates may not modify a condition of type "${type}"`));
    }
  const certificate = object.status?.certificate;
  if (!semanticEqual(certificate, old.status?.certificate)) {
    if (!mayIssue) errors.push(forbiddenField('status.certificate', 'updates may not set certificate content'));
    else if (old.status?.certificate)
      errors.push(forbiddenField('status.certificate', 'updates may not modify existing certificate content'));
  }
  return errors;
}

/** `Approved,Issued` and the like (extractCSRStatus). */
function statusText(object: KubeObject): string {
  const has = (type: string) => conditionsOf(object).some((condition) => condition.type === type);
  let text = 'Pending';
  if (has('Denied')) text = 'Denied';
  else if (has('Approved')) text = 'Approved';
  if (has('Failed')) text += ',Failed';
  return object.status?.certificate ? `${text},Issued` : text;
}
