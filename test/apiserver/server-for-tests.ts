/** A server over a memory store, with a client, for the tests of this folder. */

import type { KubeObject } from '../../src/apimachinery/meta';
import { ApiError, type Status } from '../../src/apimachinery/status';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../../src/apiserver/server';
import { Client } from '../../src/client/client';
import { DEFAULT_START, SimulatedClock } from '../../src/sim/clock';
import { createRandom } from '../../src/sim/random';
import { MemoryStore } from '../../src/store/memory';

export interface TestServer {
  server: ApiServer;
  client: Client;
  clock: SimulatedClock;
  store: MemoryStore;
  /** What Warning headers said, so far. */
  warnings: string[];
}

/** Admission is left out, so that no namespace is needed, unless a test asks for it with `admission: undefined`. */
export function testServer(options: Partial<ApiServerOptions> & { history?: number } = {}): TestServer {
  const { history, ...rest } = options;
  const clock = new SimulatedClock(DEFAULT_START);
  const store = new MemoryStore(history === undefined ? {} : { history });
  const server = createApiServer({ store, clock, random: createRandom(1), admission: [], ...rest });
  const warnings: string[] = [];
  const client = new Client(server, { userAgent: 'tester/1.0', onWarning: (text) => warnings.push(text) });
  return { server, client, clock, store, warnings };
}

const core = (resource: string) => ({ group: '', version: 'v1', resource });
export const CONFIG_MAPS = core('configmaps');
export const PODS = core('pods');
export const NODES = core('nodes');
export const NAMESPACES = core('namespaces');
export const SERVICE_ACCOUNTS = core('serviceaccounts');
export const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

export function configMap(
  name: string,
  data?: Record<string, string>,
  metadata: Record<string, unknown> = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, ...(data ? { data } : {}) };
}

export function pod(
  name: string,
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'main', image: 'example/main:1' }], ...spec },
  };
}

export function deployment(name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'example/main:1' }] },
      },
      ...spec,
    },
  };
}

/** The Status that a request fails with. */
export async function failure(request: Promise<unknown>): Promise<Status> {
  try {
    await request;
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  throw new Error('the request did not fail');
}

/** Its code, reason and message on one line: what most tests are about. */
export async function failureText(request: Promise<unknown>): Promise<string> {
  const { code, reason, message } = await failure(request);
  return `${code} ${reason}: ${message}`;
}

/** The next events of a watch, as `ADDED a`. */
export async function take(events: AsyncIterator<{ type: string; object: unknown }>, count: number): Promise<string[]> {
  const taken: string[] = [];
  for (let i = 0; i < count; i++) {
    const { value, done } = await events.next();
    if (done) return [...taken, 'end'];
    taken.push(`${value.type} ${(value.object as KubeObject).metadata?.name ?? ''}`.trim());
  }
  return taken;
}
