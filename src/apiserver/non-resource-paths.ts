/** The paths that are no resources and that every API server has: discovery, version. */
import type { Json } from '../apimachinery/json';
import type { ApiRequest, ApiResponse } from '../client/transport';
import type { ResourceInfo } from '../schema/schema';
import { discover } from './discovery';
import { HEALTH_PATHS } from './health';
import { methodNotAllowed, respond } from './responses';

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

/** Undefined for paths that are unknown here. @throws ApiError 405 for anything but GET. */
export async function answerPath(
  path: string,
  request: ApiRequest,
  resources: () => readonly ResourceInfo[],
): Promise<ApiResponse | undefined> {
  const response = await find(path, request, resources);
  if (response && request.method !== 'GET') throw methodNotAllowed();
  return response;
}

function find(
  path: string,
  request: ApiRequest,
  resources: () => readonly ResourceInfo[],
): ApiResponse | Promise<ApiResponse> | undefined {
  if (path === '/version' || path === '/version/') return respond(200, SERVER_VERSION as unknown as Json);
  if (path === '/api' || path.startsWith('/api/') || path === '/apis' || path.startsWith('/apis/'))
    return discover(path, request, resources());
  if (path === '/') return respond(200, { paths: rootPaths(resources()) });
  return undefined;
}

function rootPaths(resources: readonly ResourceInfo[]): string[] {
  const paths = new Set(['/api', '/apis']);
  for (const { group, version } of resources) {
    if (group === '') paths.add(`/api/${version}`);
    else paths.add(`/apis/${group}`).add(`/apis/${group}/${version}`);
  }
  for (const one of [...HEALTH_PATHS, '/version']) paths.add(one);
  return [...paths].sort();
}
