import fc from 'fast-check';
import type { KubeList } from '../../src/apimachinery/meta';
import { decodeContinue, encodeContinue } from '../../src/apiserver/continue-token';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, failure, failureText, PODS, pod, testServer } from './server-for-tests';

const names = (list: KubeList) => list.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

async function some(count: number, options = {}) {
  const test = testServer(options);
  for (let i = 0; i < count; i++)
    await test.client.create(CONFIG_MAPS, i % 2 ? 'odd' : 'even', configMap(`c${i}`, {}, { labels: { n: String(i) } }));
  return test;
}

test('by namespace and over all, in the order of their names', async () => {
  const { client } = await some(5);
  const all = await client.list(CONFIG_MAPS);
  expect(all).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '5' } });
  expect(names(all)).toEqual(['even/c0', 'even/c2', 'even/c4', 'odd/c1', 'odd/c3']);
  expect(names(await client.list(CONFIG_MAPS, 'odd'))).toEqual(['odd/c1', 'odd/c3']);
  expect(await client.list(CONFIG_MAPS, 'none')).toMatchObject({ items: [] });
  expect(await client.list(DEPLOYMENTS)).toMatchObject({ kind: 'DeploymentList', apiVersion: 'apps/v1', items: [] });
});

describe('selectors', () => {
  test.each([
    [{ labelSelector: 'n in (1,2)' }, ['even/c2', 'odd/c1']],
    [{ labelSelector: 'n>2' }, ['even/c4', 'odd/c3']],
    [{ labelSelector: '!n' }, []],
    [{ fieldSelector: 'metadata.name=c3' }, ['odd/c3']],
    [{ fieldSelector: 'metadata.name!=c3,metadata.namespace=odd' }, ['odd/c1']],
    [{ fieldSelector: 'metadata.namespace=even', labelSelector: 'n!=0' }, ['even/c2', 'even/c4']],
    [{ fieldSelector: 'metadata.name=' }, []],
    [{ fieldSelector: 'metadata.namespace=../x' }, []],
  ])('%j', async (query, expected) => {
    const { client } = await some(5);
    expect(names(await client.list(CONFIG_MAPS, '', query))).toEqual(expected);
  });

  test.each([
    [{ labelSelector: 'a in (b' }, `400 BadRequest: unable to parse requirement: found '', expected: ',' or ')'`],
    [{ fieldSelector: 'x' }, `400 BadRequest: invalid selector: 'x'; can't understand 'x'`],
    [{ fieldSelector: 'spec.nosuch=1' }, '400 BadRequest: field label not supported: spec.nosuch'],
    [{ limit: 'x' }, '400 BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
  ])('%j is refused', async (query, message) => {
    const { client } = testServer();
    expect(await failureText(client.list(PODS, 'default', query))).toBe(message);
  });

  test('a kind without fields of its own', async () => {
    const { client } = testServer();
    expect(await failureText(client.list(CONFIG_MAPS, '', { fieldSelector: 'data.x=1' }))).toBe(
      '400 BadRequest: "data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });

  test('fields that a kind declares', async () => {
    const { client } = testServer();
    await client.create(PODS, 'default', pod('a', { nodeName: 'n1' }));
    await client.create(PODS, 'default', pod('b'));
    const on = async (selector: string) => names(await client.list(PODS, '', { fieldSelector: selector }));
    expect(await on('spec.nodeName=n1')).toEqual(['default/a']);
    expect(await on('spec.nodeName=')).toEqual(['default/b']);
    expect(await on('spec.nodeName!=n1,metadata.name=b')).toEqual(['default/b']);
  });
});

describe('limit and continue', () => {
  test('pages are consistent, whatever happens in between', async () => {
    const { client } = await some(6);
    const first = await client.list(CONFIG_MAPS, '', { limit: '2' });
    expect(names(first)).toEqual(['even/c0', 'even/c2']);
    expect(first.metadata).toMatchObject({ resourceVersion: '6', remainingItemCount: 4 });
    await client.delete(CONFIG_MAPS, 'odd', 'c1');
    await client.create(CONFIG_MAPS, 'even', configMap('c3'));
    const second = await client.list(CONFIG_MAPS, '', { limit: '2', continue: first.metadata.continue });
    expect(names(second)).toEqual(['even/c4', 'odd/c1']);
    const third = await client.list(CONFIG_MAPS, '', { limit: '2', continue: second.metadata.continue });
    expect(names(third)).toEqual(['odd/c3', 'odd/c5']);
    expect(third.metadata).toEqual({ resourceVersion: '6' });
  });

  test('from version 0 on everything comes at once, as from a cache', async () => {
    const { client } = await some(6);
    const list = await client.list(CONFIG_MAPS, '', { limit: '2', resourceVersion: '0' });
    expect(list.items).toHaveLength(6);
    expect(list.metadata).toEqual({ resourceVersion: '6' });
  });

  test('a selector fills its pages', async () => {
    const { client } = await some(60);
    const page = await client.list(CONFIG_MAPS, '', { limit: '2', labelSelector: 'n in (3,57,59)' });
    expect(names(page)).toEqual(['odd/c3', 'odd/c57']);
    expect(page.metadata).not.toHaveProperty('remainingItemCount');
    const rest = await client.list(CONFIG_MAPS, '', {
      limit: '2',
      labelSelector: 'n in (3,57,59)',
      continue: page.metadata.continue,
    });
    expect(names(rest)).toEqual(['odd/c59']);
    expect(rest.metadata.continue).toBeUndefined();
  });

  test('a token too old says how to go on', async () => {
    const { client } = await some(6, { history: 3 });
    const { metadata } = await client.list(CONFIG_MAPS, '', { limit: '2' });
    for (let i = 0; i < 10; i++) await client.create(CONFIG_MAPS, 'zoo', configMap(`z${i}`));
    const gone = await failure(client.list(CONFIG_MAPS, '', { limit: '2', continue: metadata.continue }));
    expect(gone).toMatchObject({ code: 410, reason: 'Expired' });
    expect(gone.message).toMatch(/^The provided continue parameter is too old to display a consistent list result\./);
    const token = (gone.metadata as { continue?: string }).continue;
    const rest = await client.list(CONFIG_MAPS, '', { continue: token, limit: '1' });
    expect(names(rest)).toEqual(['even/c4']);
    expect(rest.metadata.resourceVersion).toBe('16');
  });

  test.each([
    ['x', /^400 BadRequest: invalid continue token: continue key is not valid: /],
    ['!!', /^400 BadRequest: invalid continue token: continue key is not valid: illegal base64 data/],
    [encodeContinue('/p/../../x', '/p/', 1), /^400 BadRequest: invalid continue token: continue key is not valid/],
    [encodeContinue('/p/a', '/p/', 0), /incorrect encoded start resourceVersion/],
    [encodeContinue('/p/', '/p/', 1), /encoded start key empty/],
  ])('%s is no token', async (token, message) => {
    const { client } = testServer();
    expect(await failureText(client.list(CONFIG_MAPS, '', { continue: token }))).toMatch(message);
  });

  test('tokens keep any key', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9€]{1,9}$/), fc.integer({ min: 1, max: 2 ** 50 }), (name, revision) => {
        expect(decodeContinue(encodeContinue(`/p/${name}\0`, '/p/', revision), '/p/')).toEqual({
          key: `/p/${name}\0`,
          revision,
        });
      }),
    );
  });

  test('pages of any size give the same list', async () => {
    const { client } = await some(23);
    const all = names(await client.list(CONFIG_MAPS));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.constantFrom('', 'n!=4', 'n in (1,7,8,22)'),
        async (limit, labelSelector) => {
          const wanted = labelSelector ? names(await client.list(CONFIG_MAPS, '', { labelSelector })) : all;
          const seen: string[] = [];
          let token: string | undefined;
          do {
            const page: KubeList = await client.list(CONFIG_MAPS, '', {
              limit: String(limit),
              ...(labelSelector ? { labelSelector } : {}),
              ...(token ? { continue: token } : {}),
            });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            seen.push(...names(page));
            token = page.metadata.continue;
          } while (token);
          expect(seen).toEqual(wanted);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('resourceVersion', () => {
  test('Exact shows the past', async () => {
    const { client } = await some(3);
    const past = await client.list(CONFIG_MAPS, '', { resourceVersion: '2', resourceVersionMatch: 'Exact' });
    expect(names(past)).toEqual(['even/c0', 'odd/c1']);
    expect(past.metadata.resourceVersion).toBe('2');
  });
  test('not older than', async () => {
    const { client } = await some(3);
    const now = await client.list(CONFIG_MAPS, '', { resourceVersion: '2' });
    expect(now.metadata.resourceVersion).toBe('3');
    expect(names(await client.list(CONFIG_MAPS, '', { resourceVersion: '0' }))).toHaveLength(3);
  });
  test.each([
    [{ resourceVersion: '9' }, '504 Timeout: Timeout: Too large resource version: 9, current: 3'],
    [
      { resourceVersion: 'x' },
      '400 BadRequest: invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ],
    [
      { resourceVersionMatch: 'Exact' },
      '422 Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      { resourceVersion: '0', resourceVersionMatch: 'Exact' },
      '422 Invalid: ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      { sendInitialEvents: 'true' },
      '422 Invalid: ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
  ])('%j', async (query, message) => {
    const { client } = await some(3);
    expect(await failureText(client.list(CONFIG_MAPS, '', query))).toBe(message);
  });
  test('a past that is gone', async () => {
    const { client } = await some(9, { history: 2 });
    const request = client.list(CONFIG_MAPS, '', { resourceVersion: '2', resourceVersionMatch: 'Exact' });
    expect(await failureText(request)).toBe('410 Expired: The resourceVersion for the provided list is too old.');
  });
  test('of one object', async () => {
    const { client } = await some(1);
    await client.get(CONFIG_MAPS, 'even', 'c0', { resourceVersion: '1' });
    expect((await failure(client.get(CONFIG_MAPS, 'even', 'c0', { resourceVersion: '2' }))).code).toBe(504);
  });
});
