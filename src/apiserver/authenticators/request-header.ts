/** A proxy that says whom it has authenticated (apiserver `authentication/request/headerrequest`). */

import { headerValues } from '../../client/header-values';
import type { ApiRequest } from '../../client/transport';
import type { RequestAuthenticator } from './authenticator';
import { forApiServer } from './chain';
import type { RequestHeaderSettings } from './settings';

/** Its certificate must be of the authority that signs proxies, whatever the headers say. */
export function requestHeaders(settings: RequestHeaderSettings, audiences: readonly string[]): RequestAuthenticator {
  const { authority, allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = settings;
  return {
    name: 'request-header',
    authenticate({ origin, headers = {} }: ApiRequest, asking) {
      const certificate = origin?.certificate;
      const meant = forApiServer(audiences, asking);
      if (!certificate || !meant) return undefined;
      const refused = certificate.judgedBy?.(authority) ?? 'x509: certificate signed by unknown authority';
      if (refused !== 'good') throw new Error(refused);
      if (allowedNames.length > 0 && !allowedNames.includes(certificate.commonName))
        throw new Error(`x509: subject with cn=${certificate.commonName} is not in the allowed list`);
      const firstOf = (names: readonly string[]) =>
        names.map((name) => headerValues(headers[name.toLowerCase()])[0] ?? '').find((value) => value !== '') ?? '';
      const name = firstOf(usernameHeaders);
      if (name === '') return undefined;
      const uid = firstOf(uidHeaders);
      const groups = groupHeaders
        .flatMap((header) => headerValues(headers[header.toLowerCase()]))
        .filter((one) => one !== '');
      const extra = extraOf(headers, extraHeaderPrefixes);
      const more = Object.keys(extra).length > 0 ? { extra } : {};
      return { user: { name, groups, ...(uid ? { uid } : {}), ...more }, audiences: meant };
    },
  };
}

function extraOf(headers: Readonly<Record<string, string>>, prefixes: readonly string[]): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes.map((one) => one.toLowerCase()))
    for (const [header, text] of Object.entries(headers)) {
      if (!header.startsWith(prefix)) continue;
      const key = unescaped(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...headerValues(text)]);
    }
  return Object.fromEntries(extra);
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
