/** How a cluster authenticates, beside what is always there: the part of its record that `kubetick auth enable` writes. */
import type { JsonObject } from '../../apimachinery/json';

/** By the names of upstream's flags and files, more or less. */
export const METHODS = [
  'anonymous',
  'bootstrap-token',
  'oidc',
  'password-file',
  'request-header',
  'service-account',
  'token-file',
  'webhook',
  'x509',
] as const;
export type Method = (typeof METHODS)[number];

/** On unless they are turned off, as kubeadm has them. */
export const ON_BY_DEFAULT: readonly Method[] = ['anonymous', 'bootstrap-token', 'service-account', 'x509'];

export interface AuthenticationSettings {
  /** Of those that are on by default. */
  disabled?: readonly Method[];
  anonymous?: { conditions: readonly { path: string }[] };
  tokens?: readonly FileUser[];
  passwords?: readonly FileUser[];
  requestHeader?: RequestHeaderSettings;
  jwt?: readonly JwtSettings[];
  webhook?: TokenWebhookSettings;
}

/** A line of a token file or of a password file. */
export interface FileUser {
  /** The token, or the password. */
  secret: string;
  name: string;
  uid: string;
  groups: readonly string[];
}

export interface RequestHeaderSettings {
  /** PEM: who signs the certificates of proxies. */
  authority: string;
  /** Common names of proxies; none: any that the authority signed. */
  allowedNames: readonly string[];
  usernameHeaders: readonly string[];
  uidHeaders: readonly string[];
  groupHeaders: readonly string[];
  extraHeaderPrefixes: readonly string[];
}

export interface TokenWebhookSettings {
  kubeConfigFile: string;
  version: 'v1' | 'v1beta1';
  /** Milliseconds for which answers are kept. */
  cacheTTL: number;
}

/** A JWTAuthenticator of an AuthenticationConfiguration, and where the issuer's keys are. */
export interface JwtSettings {
  issuer: { url: string; discoveryURL?: string; audiences: readonly string[]; certificateAuthority?: string };
  /** A JSON Web Key Set; absent: the issuer is asked, where it is on this machine. */
  keys?: JsonObject;
  claimValidationRules: readonly {
    claim?: string;
    requiredValue?: string;
    expression?: string;
    message?: string;
  }[];
  claimMappings: {
    username: ClaimMapping;
    groups?: ClaimMapping;
    uid?: { claim?: string; expression?: string };
    extra?: readonly { key: string; valueExpression: string }[];
  };
  userValidationRules: readonly { expression: string; message?: string }[];
}

export interface ClaimMapping {
  claim?: string;
  prefix?: string;
  expression?: string;
}

export function isEnabled(method: Method, settings: AuthenticationSettings): boolean {
  if (ON_BY_DEFAULT.includes(method)) return !settings.disabled?.includes(method);
  const { tokens, passwords, requestHeader, jwt, webhook } = settings;
  const present: Partial<Record<Method, unknown>> = {
    'token-file': tokens,
    'password-file': passwords,
    'request-header': requestHeader,
    oidc: jwt?.length ? jwt : undefined,
    webhook,
  };
  return present[method] !== undefined;
}
