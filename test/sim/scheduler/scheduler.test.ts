/** Where pods land, and what is said of those that land nowhere: the whole scheduler in a whole cluster. */
import { NODES, PODS, pod, wholeCluster } from '../whole-cluster';

test('a pod that fits nowhere waits, and is placed when a node is labelled', async () => {
  const { client, settle, pod: get, eventsAbout } = await wholeCluster();
  await client.create(PODS, 'default', pod('picky', { nodeSelector: { disk: 'ssd' } }));
  await settle();
  expect((await get('picky'))['status'].conditions[0]).toMatchObject({
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
  });
  expect(await eventsAbout('picky')).toEqual([
    "FailedScheduling: 0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  ]);
  await client.patch(NODES, '', 'node-2', 'merge', { metadata: { labels: { disk: 'ssd' } } });
  await settle();
  expect((await get('picky'))['spec'].nodeName).toBe('node-2');
});

test('a full node takes the next pod only when one goes', async () => {
  const { client, settle, pod: get } = await wholeCluster({ nodes: 1, nodeCpu: '2' });
  const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '1500m' } } }];
  await client.create(PODS, 'default', pod('first', { containers }));
  await client.create(PODS, 'default', pod('second', { containers }));
  await settle();
  const placed = await Promise.all(['first', 'second'].map(async (name) => (await get(name))['spec'].nodeName));
  expect(placed.filter(Boolean)).toEqual(['node-1']);
  const [holder, waiter] = placed[0] ? ['first', 'second'] : ['second', 'first'];
  await client.delete(PODS, 'default', holder as string);
  await settle();
  expect((await get(waiter as string))['status'].phase).toBe('Running');
});
