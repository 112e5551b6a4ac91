/** A server over a memory store, with a client, for the tests of this folder. */

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
  warnings: string[];
}

/** Namespaces are not demanded unless the test puts admission in. */
export function testServer(options: Partial<ApiServerOptions> & { userAgent?: string } = {}): TestServer {
  const clock = new SimulatedClock(DEFAULT_START);
  const store = new MemoryStore();
  const server = createApiServer({ store, clock, random: createRandom(1), ...options });
  const warnings: string[] = [];
  const client = new Client(server, {
    userAgent: options.userAgent ?? 'jest/1.0',
    onWarning: (text) => warnings.push(text),
  });
  return { server, client, clock, store, warnings };
}

export const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
export const PODS = { group: '', version: 'v1', resource: 'pods' };
export const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
export const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

export function configMap(name: string, data?: Record<string, string>, metadata: Record<string, unknown> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, ...(data ? { data } : {}) };
}
