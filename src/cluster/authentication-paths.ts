/**
 * What of a cluster is about who comes:
 *
 * | request | body | answer |
 * |---|---|---|
 * | `GET /kubetick/authentication` | | AuthenticationSettings |
 * | `PUT /kubetick/authentication` | AuthenticationSettings | the same, from now on |
 * | `POST /kubetick/authentication/explain` | ShownCredentials | what each authenticator says to them |
 */
import { isObject, type Json, type JsonObject, jsonOf } from '../apimachinery/json';
import { apiError, badRequest } from '../apimachinery/status';
import type { AuthenticatorChain } from '../apiserver/authenticators/chain';
import { readAuthenticationSettings } from '../apiserver/authenticators/read-settings';
import type { ServedRequest } from '../apiserver/request-context';
import { respond } from '../apiserver/responses';
import type { ApiRequest, ApiResponse, RequestOrigin } from '../client/transport';
import type { Store } from '../store/store';
import { CLUSTER_KEY, type ClusterRecord, formatClusterRecord, parseClusterRecord } from './cluster-record';

/** Credentials that somebody asks about. */
export interface ShownCredentials {
  /** The header of that name. */
  authorization?: string;
  /** Other headers. */
  headers?: Record<string, string>;
  /** A client certificate, and what it leads to, PEM. */
  certificate?: string;
  /** Of the request; default: `/api`. */
  path?: string;
}

export interface AuthenticationParts {
  store: Store;
  record: ClusterRecord;
  chain(): Promise<AuthenticatorChain>;
  /** The settings are others now. */
  changed(): void;
  judgeCertificate: JudgeCertificate | undefined;
}

/** What a listener would know of a certificate that is shown to it. */
export type JudgeCertificate = (pem: string) => Promise<RequestOrigin['certificate']>;

export async function answerAuthentication(parts: AuthenticationParts, request: ServedRequest): Promise<ApiResponse> {
  const route = `${request.method} ${request.path}`;
  if (route === 'GET /kubetick/authentication') return respond(200, jsonOf(parts.record.authentication));
  if (route === 'PUT /kubetick/authentication') return respond(200, await change(parts, request.body ?? {}));
  if (route === 'POST /kubetick/authentication/explain') return respond(200, await explain(parts, request.body ?? {}));
  throw apiError(404, 'NotFound', 'the server could not find the requested resource');
}

async function change({ store, record, changed }: AuthenticationParts, body: Json): Promise<Json> {
  let authentication: ClusterRecord['authentication'];
  try {
    authentication = readAuthenticationSettings(body);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
  const entry = await store.get(CLUSTER_KEY);
  if (!entry) throw apiError(404, 'NotFound', 'there is no cluster in this store');
  const value = formatClusterRecord({ ...parseClusterRecord(entry.value), authentication });
  await store.commit([{ key: CLUSTER_KEY, value, expect: entry.revision }]);
  record.authentication = authentication;
  changed();
  return jsonOf(authentication);
}

async function explain({ chain, judgeCertificate }: AuthenticationParts, body: Json): Promise<JsonObject> {
  const { authorization, headers = {}, certificate, path = '/api' } = (isObject(body) ? body : {}) as ShownCredentials;
  if (certificate && !judgeCertificate) throw badRequest('certificates can not be judged here');
  const judged = certificate ? await judgeCertificate?.(certificate) : undefined;
  const request: ApiRequest = {
    method: 'GET',
    path,
    headers: { ...headers, ...(authorization ? { authorization } : {}) },
    origin: { address: '', ...(judged ? { certificate: judged } : {}) },
  };
  const { verdicts, user, error } = await (await chain()).explain(request);
  return {
    verdicts: verdicts.map(({ authenticator, said }) => ({
      authenticator,
      ...(typeof said === 'string' ? {} : jsonOf(said)),
    })),
    ...(user ? { user: jsonOf(user) } : {}),
    ...(error === undefined ? {} : { error }),
  };
}
