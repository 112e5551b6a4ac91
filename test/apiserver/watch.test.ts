import type { WatchEvent, WatchEvents } from '../../src/client/transport';
import { CONFIG_MAPS, configMap, failure, failureText, PODS, pod, take, testServer } from './server-for-tests';

async function watching(query: Record<string, string> = {}, options = {}) {
  const test = testServer(options);
  const { client } = test;
  const start = async (more: Record<string, string> = {}, signal?: AbortSignal) =>
    (await client.watch(CONFIG_MAPS, 'default', { ...query, ...more }, signal))[Symbol.asyncIterator]();
  return { ...test, start };
}

test('begins with what there is, and goes on with what happens', async () => {
  const { client, start } = await watching();
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  await client.create(CONFIG_MAPS, 'other', configMap('x'));
  const events = await start();
  expect(await take(events, 1)).toEqual(['ADDED a']);
  const next = take(events, 3);
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  await client.create(CONFIG_MAPS, 'other', configMap('y'));
  await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { x: '1' } });
  await client.delete(CONFIG_MAPS, 'default', 'a');
  expect(await next).toEqual(['ADDED b', 'MODIFIED a', 'DELETED a']);
});

test('from a version: what came after it', async () => {
  const { client, start } = await watching();
  const { metadata } = await client.create(CONFIG_MAPS, 'default', configMap('a'));
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  const events = await start({ resourceVersion: metadata.resourceVersion as string });
  expect(await take(events, 1)).toEqual(['ADDED b']);
});

test('a deletion carries its own version, and the last state', async () => {
  const { client, start } = await watching();
  await client.create(CONFIG_MAPS, 'default', configMap('a', { x: '1' }));
  const events = await start({ resourceVersion: '1' });
  await client.delete(CONFIG_MAPS, 'default', 'a');
  const { value } = await events.next();
  expect(value).toMatchObject({
    type: 'DELETED',
    object: { metadata: { resourceVersion: '2' }, data: { x: '1' } },
  });
});

test('what enters a selection is added, what leaves it is deleted', async () => {
  const { client, start } = await watching({ labelSelector: 'in=yes' });
  const events = await start();
  const label = (value: string) =>
    client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { metadata: { labels: { in: value } } });
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  await label('yes');
  await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { x: '1' } });
  await label('no');
  await client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { x: '2' } });
  await label('yes');
  await client.delete(CONFIG_MAPS, 'default', 'a');
  expect(await take(events, 5)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a', 'DELETED a']);
});

test('one object, by its path or by a field selector', async () => {
  const { client } = testServer();
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  const byPath = await client.send({ method: 'GET', path: '/api/v1/watch/namespaces/default/configmaps/b' });
  const bySelector = await client.watch(CONFIG_MAPS, 'default', { fieldSelector: 'metadata.name=b' });
  for (const events of [byPath.events, bySelector])
    expect(await take((events as AsyncIterable<WatchEvent>)[Symbol.asyncIterator](), 1)).toEqual(['ADDED b']);
  const both = client.send({
    method: 'GET',
    path: '/api/v1/watch/namespaces/default/configmaps/b',
    query: { fieldSelector: 'metadata.name=a' },
  });
  expect(await failureText(both)).toBe("400 BadRequest: fieldSelector metadata.name doesn't match requested name");
});

test('WatchList: initial events, then a bookmark that says so', async () => {
  const { client, start } = await watching();
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  const events = await start({
    sendInitialEvents: 'true',
    allowWatchBookmarks: 'true',
    resourceVersionMatch: 'NotOlderThan',
  });
  expect(await take(events, 1)).toEqual(['ADDED a']);
  expect((await events.next()).value).toEqual({
    type: 'BOOKMARK',
    object: {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: '1',
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    },
  });
});

test.each([
  [{ sendInitialEvents: 'true' }, /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan$/],
  [{ resourceVersionMatch: 'NotOlderThan' }, /resourceVersionMatch is forbidden for watch unless sendInitialEvents/],
  [{ labelSelector: '!' }, /^400 BadRequest: unable to parse requirement/],
])('%j is refused before anything is sent', async (query, message) => {
  const { start } = await watching();
  expect(await failureText(start(query as Record<string, string>))).toMatch(message);
});

test('who asks for bookmarks and names no version gets that one too', async () => {
  const { client, start } = await watching();
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  for (const resourceVersion of ['', '0']) {
    const events = await start({ allowWatchBookmarks: 'true', resourceVersion });
    expect(await take(events, 2)).toEqual(['ADDED a', 'BOOKMARK']);
  }
});

test('not to begin with what there is: from now on', async () => {
  const { client, start } = await watching();
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  const events = await start({ sendInitialEvents: 'false', resourceVersionMatch: 'NotOlderThan' });
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  expect(await take(events, 1)).toEqual(['ADDED b']);
});

test('a version that is still to come', async () => {
  const { client, start } = await watching();
  const plain = await start({ resourceVersion: '2' });
  const list = await start({ resourceVersion: '2', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
  expect((await list.next()).value).toMatchObject({
    type: 'ERROR',
    object: { code: 504, message: 'Timeout: Too large resource version: 2, current: 0' },
  });
  expect(await list.next()).toEqual({ done: true, value: undefined });
  for (const name of ['a', 'b', 'c']) await client.create(CONFIG_MAPS, 'default', configMap(name));
  expect(await take(plain, 1)).toEqual(['ADDED c']);
});

test('a bookmark for who sends them: when everything has been told', async () => {
  const { client } = testServer();
  const query = { allowWatchBookmarks: 'true', resourceVersion: '0' };
  const watched = (await client.watch(PODS, 'default', query)) as WatchEvents;
  const events = watched[Symbol.asyncIterator]();
  expect(await watched.bookmark?.()).toBeUndefined();
  expect(await take(events, 1)).toEqual(['BOOKMARK']);
  // What happens elsewhere moves it on.
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  expect(await watched.bookmark?.()).toEqual({
    type: 'BOOKMARK',
    object: {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: '1' },
      spec: { containers: null },
      status: {},
    },
  });
  await client.create(PODS, 'default', pod('p'));
  expect(await watched.bookmark?.()).toBeUndefined();
  expect(await take(events, 1)).toEqual(['ADDED p']);
  expect(await watched.bookmark?.()).toMatchObject({ object: { metadata: { resourceVersion: '2' } } });
  await events.return?.();
  expect(await watched.bookmark?.()).toBeUndefined();
  const without = (await client.watch(PODS, 'default')) as WatchEvents;
  without[Symbol.asyncIterator]();
  expect(await without.bookmark?.()).toBeUndefined();
});

test('a past that is gone ends the watch with 410', async () => {
  const { client, start } = await watching({}, { history: 2 });
  for (let i = 0; i < 9; i++) await client.create(CONFIG_MAPS, 'default', configMap(`c${i}`));
  const events = await start({ resourceVersion: '1' });
  expect((await events.next()).value).toMatchObject({
    type: 'ERROR',
    object: { code: 410, reason: 'Expired', message: expect.stringMatching(/^too old resource version: 1 \(/) },
  });
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('who goes away is let go, also while waiting', async () => {
  const { client, start } = await watching();
  const abort = new AbortController();
  const aborted = await start({}, abort.signal);
  const waiting = aborted.next();
  abort.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  const returned = await start();
  const pending = returned.next();
  await returned.return?.();
  expect(await pending).toEqual({ done: true, value: undefined });
  const late = await start({}, abort.signal);
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  expect(await late.next()).toEqual({ done: true, value: undefined });
});

test('requests for the next event may overlap', async () => {
  const { client, start } = await watching();
  const events = await start();
  const two = Promise.all([events.next(), events.next()]);
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
  await client.create(CONFIG_MAPS, 'default', configMap('b'));
  expect((await two).map(({ value }) => value.object.metadata.name)).toEqual(['a', 'b']);
});

test('of what is not served', async () => {
  const { client } = testServer();
  const request = client.watch({ group: '', version: 'v1', resource: 'nosuch' }, '');
  expect((await failure(request)).code).toBe(404);
});
