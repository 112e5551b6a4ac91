/** The paths that are no resources and that every API server has: discovery, version. */
import type { Json } from '../apimachinery/json';
import type { ApiRequest, ApiResponse } from '../client/transport';
import type { ResourceInfo } from '../schema/schema';
import { discover } from './discovery';
import { HEALTH_PATHS } from './health';
import type { LoadTokenIssuer, ServerCore } from './request-context';
import { methodNotAllowed, respond } from './responses';
import { isRouted, unknownPath } from './unknown-path';

/** The release that this server behaves as. */
export const SERVER_VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: '',
} as const;

/** @throws ApiError 404, and 405 for anything but GET where routes have methods. */
export async function answerPath(path: string, request: ApiRequest, core: ServerCore): Promise<ApiResponse> {
  const response = await find(path, request, core);
  if (!response) throw unknownPath(path);
  if (request.method !== 'GET' && isRouted(path)) throw methodNotAllowed();
  return response;
}

function find(
  path: string,
  request: ApiRequest,
  { catalog, serviceAccountTokens }: ServerCore,
): ApiResponse | Promise<ApiResponse | undefined> | undefined {
  if (path === '/version' || path === '/version/') return respond(200, SERVER_VERSION as unknown as Json);
  if (path === '/api' || path.startsWith('/api/') || path === '/apis' || path.startsWith('/apis/'))
    return discover(path, request, catalog.all());
  if (path.startsWith('/openapi/')) return openApi(path, request, catalog);
  if (ISSUER_PATHS.includes(path) && serviceAccountTokens) return openIdDocument(path, serviceAccountTokens);
  if (path === '/') return respond(200, { paths: rootPaths(catalog.all(), serviceAccountTokens ? ISSUER_PATHS : []) });
  return undefined;
}

async function openApi(
  path: string,
  request: ApiRequest,
  catalog: ServerCore['catalog'],
): Promise<ApiResponse | undefined> {
  const { answerOpenApi } = await import('./openapi/answer');
  return answerOpenApi(path, request, {
    resources: catalog.all(),
    custom: ({ group, version, plural }) => catalog.find(group, version, plural),
    serverVersion: SERVER_VERSION.gitVersion,
  });
}

/** By which others check the tokens of service accounts (kubernetes `pkg/routes/openidmetadata.go`). */
const ISSUER_PATHS: readonly string[] = ['/.well-known/openid-configuration', '/openid/v1/jwks'];

async function openIdDocument(path: string, load: LoadTokenIssuer): Promise<ApiResponse> {
  const issuer = await load();
  const isKeys = path === '/openid/v1/jwks';
  const headers = {
    'content-type': isKeys ? 'application/jwk-set+json' : 'application/json',
    'cache-control': 'public, max-age=3600',
  };
  return { ...respond(200, isKeys ? await issuer.keySet() : await issuer.discovery()), headers };
}

function rootPaths(resources: readonly ResourceInfo[], more: readonly string[]): string[] {
  const paths = new Set(['/api', '/apis']);
  for (const { group, version } of resources) {
    if (group === '') paths.add(`/api/${version}`);
    else paths.add(`/apis/${group}`).add(`/apis/${group}/${version}`);
  }
  for (const one of [...HEALTH_PATHS, ...more, '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/version'])
    paths.add(one);
  return [...paths].sort();
}
