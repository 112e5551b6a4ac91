/** `/healthz`, `/livez`, `/readyz` with `?verbose` and `?exclude`, and each check below them (apiserver `server/healthz/healthz.go`). */
import type { ApiResponse } from '../client/transport';
import type { Store } from '../store/store';
import type { RequestInfo } from './request-info';
import { pathNotFound, respondText } from './responses';

/** Rejects, or throws, when all is not well. */
type Check = () => unknown;

const LIVE = ['ping', 'etcd'];
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: LIVE,
  livez: LIVE,
  readyz: [...LIVE, 'shutdown'],
};

export const HEALTH_PATHS: readonly string[] = Object.entries(CHECKS).flatMap(([name, checks]) => [
  `/${name}`,
  ...checks.map((check) => `/${name}/${check}`),
]);

/** Whatever the method. Undefined for paths that are none of these. @throws ApiError 404. */
export function answerHealth(
  { path, query }: RequestInfo,
  store: Store,
  isClosing: () => boolean = () => false,
): Promise<ApiResponse> | undefined {
  const [, name = '', single] = /^\/([a-z]+)(?:\/([a-z-]+))?$/.exec(path) ?? [];
  if (!Object.hasOwn(CHECKS, name)) return undefined;
  const names = CHECKS[name] as readonly string[];
  if (single !== undefined && !names.includes(single)) throw pathNotFound();
  const checks: Record<string, Check> = {
    ping: () => {},
    etcd: () => store.revision(),
    shutdown() {
      if (isClosing()) throw new Error('process is shutting down');
    },
  };
  if (single !== undefined) return checkOne(checks[single] as Check);
  const excluded = (query['exclude'] ?? '').split(',').filter((one) => one !== '');
  return checkAll(name, names, checks, excluded, query['verbose'] !== undefined);
}

async function checkOne(check: Check): Promise<ApiResponse> {
  try {
    await check();
    return respondText(200, 'ok');
  } catch (error) {
    return respondText(500, `internal server error: ${(error as Error).message}\n`);
  }
}

/** What failed is told, why is not: everybody may ask. */
async function checkAll(
  path: string,
  names: readonly string[],
  checks: Readonly<Record<string, Check>>,
  excluded: readonly string[],
  verbose: boolean,
): Promise<ApiResponse> {
  let lines = '';
  let failed = false;
  for (const name of names) {
    if (excluded.includes(name)) {
      lines += `[+]${name} excluded: ok\n`;
      continue;
    }
    try {
      await checks[name]?.();
      lines += `[+]${name} ok\n`;
    } catch {
      lines += `[-]${name} failed: reason withheld\n`;
      failed = true;
    }
  }
  const unknown = excluded.filter((one) => !names.includes(one)).sort();
  if (unknown.length > 0) {
    const quoted = unknown.map((one) => JSON.stringify(one)).join(', ');
    lines += `warn: some health checks cannot be excluded: no matches for ${quoted}\n`;
  }
  if (failed) return respondText(500, `${lines}${path} check failed\n`);
  return respondText(200, verbose ? `${lines}${path} check passed\n` : 'ok');
}
