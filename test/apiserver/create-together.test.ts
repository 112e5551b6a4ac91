/**
 * Events that are created many at a time: of those that are alike one is looked at whole, and all must come out as they do when each
 * is. Each case is played on two servers, on one of them each event by itself, and both must hold the same in the end.
 */
import type { Json, JsonObject } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import { apiError } from '../../src/apimachinery/status';
import { DEFAULT_PLUGINS } from '../../src/apiserver/admission/ordered-plugins';
import type { AdmissionPlugin } from '../../src/apiserver/admission/plugin';
import { formOf } from '../../src/apiserver/alike-events';
import { ADMIN, namedUser } from '../../src/apiserver/authentication';
import { createTogether } from '../../src/apiserver/create-together';
import type { Client } from '../../src/client/client';
import { NAMESPACES, testServer } from './server-for-tests';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
const TIME = '2026-01-01T00:00:00Z';

function event(name: string, rest: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'team' },
    involvedObject: { kind: 'Pod', namespace: 'team', name: 'web', uid: '1', apiVersion: 'v1', resourceVersion: '7' },
    reason: 'Seen',
    message: `I saw ${name}`,
    type: 'Normal',
    source: { component: 'tester' },
    firstTimestamp: TIME,
    lastTimestamp: TIME,
    count: 1,
    reportingComponent: 'tester',
    reportingInstance: '',
    eventTime: null,
    ...rest,
  };
}

const ofNode = (host: string) => ({ source: { component: 'tester', host }, reportingInstance: host });
const OF_NEWER_RECORDER = {
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  count: undefined,
  eventTime: '2026-01-01T00:00:00.000000Z',
  action: 'Looking',
  reportingInstance: 'tester-1',
} as unknown as JsonObject;

/** Without what is undefined: no event that comes from outside has that. */
function stored(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

interface Outcome {
  events: Json;
  refused: string[];
}

async function played(
  drafts: readonly KubeObject[],
  atOnce: number,
  plugins: readonly AdmissionPlugin[],
  before: (client: Client) => Promise<void>,
): Promise<Outcome> {
  const { client, server, store } = testServer({ admission: plugins });
  for (const name of ['team', 'other'])
    await client.create(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await before(client);
  const { revision } = await store.range('/', { limit: 0 });
  const refused: string[] = [];
  for (let i = 0; i < drafts.length; i += atOnce) {
    const some = drafts.slice(i, i + atOnce).map((object, at) => ({
      user: at % 2 ? namedUser(`system:node:n${at}`) : ADMIN,
      object: stored(object) as unknown as KubeObject,
    }));
    for (const { status } of await createTogether(server.core, EVENTS, some, 'tester/1.0'))
      refused.push(String(status.message));
  }
  const { entries } = await store.range('/registry/core/events/');
  for (const { value, revision: at } of entries) {
    expect(at).toBeGreaterThan(revision);
    expect(isFrozen(value)).toBe(true);
  }
  // The uid hangs on the revision before it, which is one for all that are created at once.
  const uids = new Set(entries.map(({ value }) => (value as unknown as KubeObject).metadata.uid));
  expect(uids.size).toBe(entries.length);
  const events = stored(entries.map(({ key, value }) => ({ key, value }))) as { value: KubeObject }[] & Json;
  for (const { value } of events) delete value.metadata.uid;
  return { events, refused };
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

/** Plays both ways; how it comes out. */
async function alike(
  drafts: readonly KubeObject[],
  plugins: readonly AdmissionPlugin[] = DEFAULT_PLUGINS,
  before: (client: Client) => Promise<void> = async () => {},
): Promise<{ events: KubeObject[]; refused: string[] }> {
  const together = await played(drafts, drafts.length, plugins, before);
  const apart = await played(drafts, 1, plugins, before);
  // Byte for byte: the order of the fields, too.
  expect(JSON.stringify(together)).toBe(JSON.stringify(apart));
  const events = (together.events as unknown as { value: KubeObject }[]).map(({ value }) => value);
  return { events, refused: together.refused };
}

test('each form has managers of its own', async () => {
  const forms: JsonObject[] = [
    {},
    ofNode('node-1'),
    OF_NEWER_RECORDER,
    { reason: '' },
    { message: '' },
    { ...ofNode('node-1'), type: 'Warning' },
    { count: 0 },
    { series: { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' } },
    { related: { kind: 'Node', name: 'n' } },
    { metadata: { name: 'noted', namespace: 'team', annotations: { why: 'so' } } },
  ];
  const drafts = [1, 2, 3].flatMap((round) =>
    forms.map((form, i) => {
      const { metadata, ...rest } = event(`e${i}.${round}`, form);
      return { ...rest, metadata: { ...metadata, name: `e${i}.${round}` } } as KubeObject;
    }),
  );
  const { events, refused } = await alike(drafts);
  expect(refused).toEqual([]);
  const owned = new Set(events.map(({ metadata }) => JSON.stringify(metadata.managedFields?.[0]?.fieldsV1)));
  expect([events.length, owned.size]).toEqual([30, forms.length - 1]);
});

test('what is refused of those that are alike is refused by itself', async () => {
  const other = { kind: 'Pod', namespace: 'other', name: 'web', uid: '1', apiVersion: 'v1', resourceVersion: '7' };
  const { events, refused } = await alike([
    event('a.1'),
    event('Not.a.name'),
    event('a.2'),
    event('a.3', { involvedObject: other }),
    event('a.4', { metadata: { name: 'a.4', namespace: 'gone' } }),
    event('b.1', OF_NEWER_RECORDER),
    event('b.2', { ...OF_NEWER_RECORDER, message: 'x'.repeat(1025) }),
    event('b.3', { ...OF_NEWER_RECORDER, message: 'x'.repeat(1024) }),
    event('b.4', { ...OF_NEWER_RECORDER, reason: 'x'.repeat(200) }),
    event('a.5', { message: 'x'.repeat(100_000) }),
  ]);
  expect(events.map(({ metadata }) => metadata.name)).toEqual(['a.1', 'a.2', 'a.5', 'b.1', 'b.3']);
  expect(refused.map((text) => text.slice(0, 30))).toEqual([
    'Event "Not.a.name" is invalid:',
    'Event "a.3" is invalid: involv',
    'namespaces "gone" not found',
    'Event "b.2" is invalid: messag',
    'Event "b.4" is invalid: reason',
  ]);
});

test('what is there already is refused, and no other', async () => {
  const { events, refused } = await alike([event('a.1'), event('a.2'), event('a.1'), event('a.3')]);
  expect(events).toHaveLength(3);
  expect(refused).toEqual(['events "a.1" already exists']);
});

describe('each is shown to admission that has something to say of it', () => {
  const refuse = (attributes: { object?: KubeObject }) => {
    if (attributes.object?.metadata.name === 'a.3') throw apiError(403, 'Forbidden', 'not this one');
  };
  const mark = ({ object }: { object?: KubeObject }) => {
    (object as KubeObject).metadata.labels = { name: object?.metadata.name as string };
  };
  const PLUGINS: Record<string, AdmissionPlugin> = {
    'a plugin that says nothing of what it goes by': {
      name: 'Own',
      handles: () => true,
      admit: mark,
      validate: refuse,
    },
    'a plugin that goes by what is in the store': {
      name: 'Own',
      handles: () => true,
      admit: mark,
      validate: refuse,
      grounds: () => ({ empty: ['/registry/core/namespaces/'] }),
    },
  };
  test.each([
    ['labels', mark],
    [
      'another message',
      ({ object }: { object?: KubeObject }) => {
        (object as KubeObject)['message'] = 'as it was made';
      },
    ],
  ])('a plugin that says the same while nothing changes: %s', async (_, admit) => {
    const plugin: AdmissionPlugin = {
      name: 'Own',
      handles: (_, { info }) => info.plural === 'events',
      admit,
      grounds: () => ({ unchanged: ['/registry/core/namespaces/'] }),
    };
    const { events } = await alike(four(), [...DEFAULT_PLUGINS, plugin]);
    expect(events.map(({ metadata, message }) => metadata.labels?.['name'] ?? message)).not.toContain('I saw a.3');
  });

  const four = () => [1, 2, 3, 4].map((i) => event(`a.${i}`));

  test.each(Object.entries(PLUGINS))('%s', async (_, plugin) => {
    const ofEvents = {
      ...plugin,
      handles: (_: unknown, { info }: { info: { plural: string } }) => info.plural === 'events',
    };
    const { events, refused } = await alike(four(), [...DEFAULT_PLUGINS, ofEvents]);
    expect(events.map(({ metadata }) => metadata.labels)).toEqual([{ name: 'a.1' }, { name: 'a.2' }, { name: 'a.4' }]);
    expect(refused).toEqual(['not this one']);
  });

  test('a policy', async () => {
    const group = 'admissionregistration.k8s.io';
    const { events, refused } = await alike(four(), DEFAULT_PLUGINS, async (client) => {
      await client.create({ group, version: 'v1', resource: 'validatingadmissionpolicies' }, '', {
        apiVersion: `${group}/v1`,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'no-third' },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['events'] }],
          },
          validations: [{ expression: 'object.metadata.name != "a.3"', message: 'not this one' }],
        },
      } as KubeObject);
      await client.create({ group, version: 'v1', resource: 'validatingadmissionpolicybindings' }, '', {
        apiVersion: `${group}/v1`,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'no-third' },
        spec: { policyName: 'no-third', validationActions: ['Deny'] },
      } as KubeObject);
    });
    expect(events).toHaveLength(3);
    expect(refused).toEqual([expect.stringMatching(/not this one$/)]);
  });
});

test('an event that has more than recorders give to most has no form', () => {
  expect(formOf(event('a'))).toBe(formOf(event('b', { reason: 'Other', type: 'Warning' })));
  for (const rest of [
    { related: { name: 'n' } },
    { metadata: { name: 'a', namespace: 'team', labels: {} } },
    { source: { component: 'tester', more: 'x' } },
    { involvedObject: {} },
    { metadata: { name: 'a' } },
    { message: 'x'.repeat(5000) },
  ] as unknown as JsonObject[])
    expect(formOf(event('a', rest))).toBeUndefined();
});
