/** What a cluster knows of itself beside its objects: its seed, where its time began, how its simulation is set. */
import { isObject, type Json, type JsonObject, jsonOf } from '../apimachinery/json';
import { formatMicroTime, parseTime } from '../apimachinery/time';
import { type AdmissionSettings, DEFAULT_ADMISSION, ORDERED_PLUGINS } from '../apiserver/admission/settings';
import type { AuditPolicy } from '../apiserver/audit/policy';
import type { RotationSettings } from '../apiserver/audit/rotation';
import { readAuthenticationSettings } from '../apiserver/authenticators/read-settings';
import type { AuthenticationSettings } from '../apiserver/authenticators/settings';
import type { AbacPolicy } from '../apiserver/authorizers/abac';
import {
  AUTHORIZATION_MODES,
  type AuthorizationSettings,
  type AuthorizerSettings,
  DEFAULT_AUTHORIZATION,
} from '../apiserver/authorizers/modes';
import type { FeatureGates } from '../apiserver/feature-gates';
import type { Instant } from '../sim/clock';
import type { Settings } from '../sim/controller';
import { DEFAULT_SETTINGS } from '../sim/settings';
import { ROOT_CERTIFICATE } from './root-certificate';

/** Where the record lies in the store. */
export const CLUSTER_KEY = '/kubetick/cluster';

/** Raised when a state is laid out in a way that an older program would misread. */
const LAYOUT = 1;

export interface ClusterRecord {
  seed: number | string;
  startTime: Instant;
  settings: Settings;
  featureGates: FeatureGates;
  authorization: AuthorizationSettings;
  admission: AdmissionSettings;
  authentication: AuthenticationSettings;
  /** Absent where nothing is noted. */
  audit?: AuditSettings | undefined;
}

/** What goes into the audit log, and where that is. */
export interface AuditSettings {
  policy: AuditPolicy;
  /** A file, as an absolute path. */
  logPath: string;
  /** Default: JSON. */
  format?: 'legacy';
  /** When files are set aside, and how many of them are kept; default: as kube-apiserver has it. */
  rotation?: RotationSettings;
}

/** The record of a new cluster. */
export function newClusterRecord(
  seed: number | string,
  startTime: Instant,
  settings: Partial<Settings>,
  featureGates: FeatureGates = {},
  authorization: AuthorizationSettings = DEFAULT_AUTHORIZATION,
  admission: AdmissionSettings = DEFAULT_ADMISSION,
  authentication: AuthenticationSettings = {},
  audit?: AuditSettings,
): ClusterRecord {
  const all = { ...DEFAULT_SETTINGS, rootCertificate: ROOT_CERTIFICATE, ...settings };
  return { seed, startTime, settings: all, featureGates, authorization, admission, authentication, audit };
}

/** The record as JSON, with its time readable. */
export function formatClusterRecord(written: ClusterRecord): Json {
  const { seed, startTime, settings, featureGates, authorization, admission, authentication } = written;
  const record: JsonObject = {
    layout: LAYOUT,
    seed,
    startTime: formatMicroTime(startTime),
    settings: jsonOf(settings),
  };
  if (Object.keys(featureGates).length > 0) record['featureGates'] = { ...featureGates };
  if (authorization !== DEFAULT_AUTHORIZATION) record['authorization'] = jsonOf(authorization);
  if (admission !== DEFAULT_ADMISSION) record['admission'] = jsonOf(admission);
  if (Object.keys(authentication).length > 0) record['authentication'] = jsonOf(authentication);
  if (written.audit) record['audit'] = jsonOf(written.audit);
  return record;
}

/** Reads a record; what an older one lacks has its default. Throws an Error when it is none, or one of a newer layout. */
export function parseClusterRecord(value: Json): ClusterRecord {
  if (!isObject(value)) throw new Error(`${CLUSTER_KEY} is not an object`);
  const { layout, seed, startTime, settings, featureGates, authorization, admission, authentication } = value;
  if (typeof layout !== 'number' || layout > LAYOUT)
    throw new Error(`the state was written by a newer kubetick (layout ${layout}, this one knows ${LAYOUT})`);
  const start = typeof startTime === 'string' ? parseTime(startTime) : undefined;
  if ((typeof seed !== 'number' && typeof seed !== 'string') || start === undefined)
    throw new Error(`${CLUSTER_KEY} lacks a seed or a start time`);
  const gates = (isObject(featureGates) ? featureGates : {}) as FeatureGates;
  const written = (isObject(settings) ? settings : {}) as Partial<Settings>;
  return newClusterRecord(
    seed,
    start,
    written,
    gates,
    authorizationOf(authorization),
    admissionOf(admission),
    authentication === undefined ? {} : readAuthenticationSettings(authentication),
    isObject(value['audit']) ? (value['audit'] as unknown as AuditSettings) : undefined,
  );
}

/** Whoever writes a mode that is none into the record must not open the cluster to everybody. */
function authorizationOf(value: Json | undefined): AuthorizationSettings {
  if (!isObject(value)) return DEFAULT_AUTHORIZATION;
  const { authorizers } = value;
  const known: readonly (Json | undefined)[] = AUTHORIZATION_MODES;
  const isKnown = (one: Json) => isObject(one) && known.includes(one['type']);
  if (!Array.isArray(authorizers) || authorizers.length === 0 || !authorizers.every(isKnown))
    throw new Error(`${CLUSTER_KEY} has authorizers that are none: ${JSON.stringify(authorizers)}`);
  const policies = Array.isArray(value['policies']) ? { policies: value['policies'] as AbacPolicy[] } : {};
  return { authorizers: authorizers as unknown as AuthorizerSettings[], ...policies };
}

/** As with authorizers: a plugin that is none must not be one that is left out. */
function admissionOf(value: Json | undefined): AdmissionSettings {
  if (!isObject(value)) return DEFAULT_ADMISSION;
  const { enable = [], disable = [], configuration = {} } = value;
  const known: readonly (Json | undefined)[] = ORDERED_PLUGINS;
  for (const names of [enable, disable])
    if (!Array.isArray(names) || !names.every((name) => known.includes(name)))
      throw new Error(`${CLUSTER_KEY} has admission plugins that are none: ${JSON.stringify(names)}`);
  return { enable, disable, configuration } as unknown as AdmissionSettings;
}
