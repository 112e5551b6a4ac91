/**
 * What is stored of one kind has one layout in V8 (its hidden class): a read of a field that meets many of them is slow, and an
 * object that has none, because a key was deleted from its middle, takes more memory.
 */
import { setFlagsFromString } from 'node:v8';
import type { Json } from '../../src/apimachinery/json';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { MemoryStore } from '../../src/store/memory';
import { DEPLOYMENTS } from './whole-cluster';

setFlagsFromString('--allow-natives-syntax');
const isAlike = new Function('a', 'b', 'return %HaveSameMap(a, b) && %HasFastProperties(a)') as (
  a: object,
  b: object,
) => boolean;

const MOST_LAYOUTS = 2;

/** Where two values with the same keys differ in their layout. Keys of managed fields are like no other's. */
function unlike(a: Json | undefined, b: Json | undefined, path: string): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || a === b) return [];
  if (Array.isArray(a) && Array.isArray(b)) return a.flatMap((item, i) => unlike(item, b[i], `${path}[${i}]`));
  if (Array.isArray(a) || Array.isArray(b) || path.endsWith('fieldsV1')) return [];
  const keys = Object.keys(a);
  if (keys.join() !== Object.keys(b).join()) return [];
  const inner = keys.flatMap((key) => unlike(a[key], b[key], `${path}.${key}`));
  return isAlike(a, b) ? inner : [path, ...inner];
}

test('pods of one template, their events and their nodes share their layouts', async () => {
  const store = new MemoryStore();
  await initialiseCluster(store, { nodes: 3 });
  const client = new Client(await createCluster(store), { userAgent: 'kubectl' });
  await client.create(DEPLOYMENTS, 'default', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 8,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'example/web:1', ports: [{ containerPort: 80 }] }] },
      },
    },
  });
  await client.request({ method: 'POST', path: '/kubetick/tick', body: { settle: true } });
  for (const [resource, least] of [
    ['pods', 8],
    ['events', 32],
    ['nodes', 3],
  ] as const) {
    const { entries } = await store.range(`/registry/core/${resource}/`);
    expect(entries.length).toBeGreaterThanOrEqual(least);
    // The first is made step by step; those that are made as the one before have a layout of their own.
    const made = entries.sort((a, b) => a.revision - b.revision).map(({ value }) => value);
    const layouts: (Json | undefined)[] = [];
    for (const value of made) if (layouts.every((one) => unlike(one, value, resource).length > 0)) layouts.push(value);
    expect(layouts.length).toBeLessThanOrEqual(MOST_LAYOUTS);
  }
});
