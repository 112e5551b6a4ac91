/** Whole applications: a file is created, the cluster settles, everything that has a place runs, and nothing is left behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../src/apimachinery/meta';
import { Client } from '../../src/client/client';
import { loadRestMapper } from '../../src/client/discovery';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import type { TickReport } from '../../src/sim/controller';
import { MemoryStore } from '../../src/store/memory';
import { parseManifests } from '../../src/yaml/read';

test('the bookshop', async () => {
  const store = new MemoryStore();
  await initialiseCluster(store, {});
  const client = new Client(await createCluster(store), { userAgent: 'kubectl' });
  const mapper = await loadRestMapper(client);
  const text = readFileSync(join(__dirname, '../../fixtures/bookshop/bookshop.yaml'), 'utf8');
  for (const object of parseManifests(text) as unknown as KubeObject[]) {
    const [version = '', group = ''] = object.apiVersion.split('/').reverse();
    const info = mapper.kind(group, object.kind, version);
    if (!info) throw new Error(`no ${object.kind}`);
    await client.create({ ...info, resource: info.plural }, object.metadata.namespace ?? '', object);
  }
  const report = (await client.request<unknown>({
    method: 'POST',
    path: '/kubetick/tick',
    body: { settle: true },
  })) as TickReport;
  expect(report.failures).toEqual([]);
  const pods = await client.list({ group: '', version: 'v1', resource: 'pods' }, 'bookshop');
  expect(pods.items.map((pod) => pod['status'].phase)).toEqual(Array(7).fill('Running'));
  expect(pods.items.every((pod) => pod['status'].containerStatuses.every((one: { ready: boolean }) => one.ready))).toBe(
    true,
  );
  const addresses = pods.items.map((pod) => pod['status'].podIP);
  expect(new Set(addresses).size).toBe(7);
});
