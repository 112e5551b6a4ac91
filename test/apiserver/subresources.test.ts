import type { KubeObject } from '../../src/apimachinery/meta';
import { Client } from '../../src/client/client';
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  failure,
  failureText,
  PODS,
  pod,
  testServer,
} from './server-for-tests';

const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

describe('scale', () => {
  const path = '/apis/apps/v1/namespaces/default/deployments/web/scale';
  async function withWeb() {
    const test = testServer();
    const created = await test.client.create(DEPLOYMENTS, 'default', deployment('web'));
    return { ...test, created };
  }
  const getScale = (client: Client) => client.request<KubeObject>({ method: 'GET', path } as never);

  test('what it is', async () => {
    const { client, created } = await withWeb();
    const { uid, resourceVersion, creationTimestamp } = created.metadata;
    expect(await getScale(client)).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'web', namespace: 'default', uid, resourceVersion, creationTimestamp },
      spec: { replicas: 1 },
      status: { replicas: 0, selector: 'app=web' },
    });
  });

  test('patched and put, it is the object that changes', async () => {
    const { client } = await withWeb();
    const patched = await client.patch(DEPLOYMENTS, 'default', 'web', 'merge', { spec: { replicas: 4 } }, {}, 'scale');
    expect(patched).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
    const stored = await client.get(DEPLOYMENTS, 'default', 'web');
    expect(stored).toMatchObject({ spec: { replicas: 4 }, metadata: { generation: 2 } });
    expect(stored.metadata.managedFields?.at(-1)).toMatchObject({
      subresource: 'scale',
      apiVersion: 'apps/v1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
    const scale = await getScale(client);
    await client.update<KubeObject>(DEPLOYMENTS, { ...scale, spec: { replicas: 0 } }, undefined, 'scale');
    expect((await client.get(DEPLOYMENTS, 'default', 'web'))['spec'].replicas).toBe(0);
    expect(await failureText(client.update(DEPLOYMENTS, scale, undefined, 'scale'))).toBe(
      '409 Conflict: Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('applied, its manager owns the replicas and nothing else', async () => {
    const { client } = await withWeb();
    const scale = (replicas: number) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas },
    });
    const apply = (replicas: number, force = 'true') =>
      client.patch(DEPLOYMENTS, 'default', 'web', 'apply', scale(replicas), { fieldManager: 'me', force }, 'scale');
    expect(await failureText(apply(3, 'false'))).toBe(
      '409 Conflict: Apply failed with 1 conflict: conflict with "tester" using apps/v1: .spec.replicas',
    );
    expect(await apply(3)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    const stored = await client.get(DEPLOYMENTS, 'default', 'web');
    expect(stored['spec'].replicas).toBe(3);
    expect(stored.metadata.managedFields?.find(({ manager }) => manager === 'me')).toMatchObject({
      operation: 'Apply',
      subresource: 'scale',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
    expect((await failure(apply(-1))).code).toBe(422);
  });

  test('not below zero, and not of what is not there', async () => {
    const { client } = await withWeb();
    const scaleTo = (name: string, replicas: number) =>
      client.patch(DEPLOYMENTS, 'default', name, 'merge', { spec: { replicas } }, {}, 'scale');
    expect(await failureText(scaleTo('web', -1))).toBe(
      '422 Invalid: Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(await failureText(scaleTo('nosuch', 1))).toBe('404 NotFound: deployments.apps "nosuch" not found');
  });
});

describe('binding', () => {
  const bind = (client: Client, name: string, node: string, metadata = {}) =>
    client.createSubresource(PODS, 'default', name, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, ...metadata },
      target: { kind: 'Node', name: node },
    } as KubeObject);

  test('once', async () => {
    const { client, clock } = testServer();
    await client.create(PODS, 'default', pod('a'));
    clock.advanceTo(clock.now() + 1000);
    expect(await bind(client, 'a', 'node-1', { annotations: { by: 'me' }, labels: { zone: 'z' } })).toMatchObject({
      kind: 'Status',
      status: 'Success',
    });
    expect(await client.get(PODS, 'default', 'a')).toMatchObject({
      metadata: { annotations: { by: 'me' }, labels: { zone: 'z' } },
      spec: { nodeName: 'node-1' },
      status: {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'True',
            lastProbeTime: null,
            lastTransitionTime: '2026-01-01T00:00:01Z',
          },
        ],
      },
    });
    expect(await failureText(bind(client, 'a', 'node-2'))).toBe(
      '409 Conflict: Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "node-1"',
    );
  });

  test.each([
    ['being deleted', { finalizers: ['example.com/x'] }, {}, 'pod a is being deleted, cannot be assigned to a host'],
    ['gated', {}, { schedulingGates: [{ name: 'example.com/g' }] }, 'pod a has non-empty .spec.schedulingGates'],
  ])('a pod that is %s', async (what, metadata, spec, why) => {
    const { client } = testServer();
    await client.create(PODS, 'default', pod('a', spec, metadata));
    if (what === 'being deleted') await client.delete(PODS, 'default', 'a', { gracePeriodSeconds: 0 });
    expect(await failureText(bind(client, 'a', 'n'))).toBe(
      `409 Conflict: Operation cannot be fulfilled on pods/binding "a": ${why}`,
    );
  });

  test('the wrong pod', async () => {
    const { client } = testServer();
    expect(await failureText(bind(client, 'a', 'n'))).toBe('404 NotFound: pods "a" not found');
    await client.create(PODS, 'default', pod('a'));
    expect((await failure(bind(client, 'a', 'n', { uid: 'other' }))).code).toBe(409);
    expect((await failure(bind(client, 'a', 'n', { name: 'b' }))).message).toBe(
      'name in URL does not match name in Binding object',
    );
  });

  test('as it was done once, by posting to bindings', async () => {
    const { client } = testServer();
    await client.create(PODS, 'default', pod('a'));
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: { name: 'n' } };
    await client.create({ group: '', version: 'v1', resource: 'bindings' }, 'default', binding);
    expect((await client.get(PODS, 'default', 'a'))['spec'].nodeName).toBe('n');
  });
});

describe('eviction', () => {
  async function guarded(status: Record<string, unknown>, ready = true) {
    const test = testServer();
    const { client } = test;
    const created = await client.create<KubeObject>(
      PODS,
      'default',
      pod('a', { nodeName: 'n' }, { labels: { app: 'x' } }),
    );
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
    await client.updateStatus<KubeObject>(PODS, { ...created, status: { phase: 'Running', conditions } });
    const budget = await client.create<KubeObject>(BUDGETS, 'default', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
    });
    const { generation } = budget.metadata;
    await client.updateStatus<KubeObject>(BUDGETS, {
      ...budget,
      status: {
        observedGeneration: generation,
        currentHealthy: 1,
        desiredHealthy: 1,
        disruptionsAllowed: 0,
        expectedPods: 1,
        ...status,
      },
    });
    const evict = (query?: Record<string, string>) =>
      client.createSubresource(
        PODS,
        'default',
        'a',
        'eviction',
        { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } },
        query,
      );
    return { ...test, evict };
  }

  test('a budget with nothing left says no', async () => {
    const { evict } = await guarded({});
    expect(await failure(evict())).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
        ],
      },
    });
  });

  test('a budget with something left gives it', async () => {
    const { client, evict } = await guarded({ disruptionsAllowed: 1, currentHealthy: 2 });
    await evict({ dryRun: 'All' });
    expect((await client.get(BUDGETS, 'default', 'b'))['status'].disruptionsAllowed).toBe(1);
    expect(await evict()).toMatchObject({ status: 'Success' });
    expect((await client.get(BUDGETS, 'default', 'b'))['status']).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { a: '2026-01-01T00:00:00Z' },
    });
    const marked = await client.get(PODS, 'default', 'a');
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    expect(marked['status'].conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }),
    );
  });

  test('a budget that has not been looked at yet', async () => {
    const { evict } = await guarded({ observedGeneration: 0 });
    expect((await failure(evict())).details).toMatchObject({
      causes: [{ message: 'The disruption budget b is still being processed by the server.' }],
      retryAfterSeconds: 10,
    });
  });

  test('an unready pod of a healthy application goes without asking', async () => {
    const { client, evict } = await guarded({}, false);
    await evict();
    expect((await client.get(PODS, 'default', 'a')).metadata.deletionTimestamp).toBeDefined();
  });
});

describe('what is asked and not kept', () => {
  test('who am I', async () => {
    const { client, server } = testServer();
    const reviews = { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' };
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} };
    const me = async (one: Client) => (await one.create<KubeObject>(reviews, '', review))['status'].userInfo;
    expect(await me(client)).toEqual({
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    });
    expect(await me(new Client(server, { user: 'system:serviceaccount:kube-system:job-controller' }))).toEqual({
      username: 'system:serviceaccount:kube-system:job-controller',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
    });
  });

  test('may I', async () => {
    const reviews = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' };
    const { client } = testServer({
      authorizer: {
        authorize: (_, { verb, resource }) => ({
          allowed: verb === 'create' && resource !== 'pods',
          reason: 'by decree',
        }),
      },
    });
    const may = async (verb: string, resource: string) => {
      const answer = await client.create<KubeObject>(reviews, '', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: {},
        spec: { resourceAttributes: { verb, resource } },
      });
      return answer['status'];
    };
    expect(await may('create', 'configmaps')).toEqual({ allowed: true, reason: 'by decree' });
    expect((await may('delete', 'configmaps')).allowed).toBe(false);
    expect(await failureText(client.create(PODS, 'default', pod('a')))).toBe(
      '403 Forbidden: pods is forbidden: User "kubernetes-admin" cannot create resource "pods" in API group "" in the namespace "default": by decree',
    );
    expect(await failureText(client.get(CONFIG_MAPS, 'default', 'a'))).toBe(
      '403 Forbidden: configmaps "a" is forbidden: User "kubernetes-admin" cannot get resource "configmaps" in API group "" in the namespace "default": by decree',
    );
    expect(await failureText(client.request({ method: 'GET', path: '/version' }))).toBe(
      '403 Forbidden: forbidden: User "kubernetes-admin" cannot get path "/version": by decree',
    );
  });

  test('how are the components', async () => {
    const { client, warnings } = testServer();
    const components = { group: '', version: 'v1', resource: 'componentstatuses' };
    expect((await client.list(components)).items.map(({ metadata }) => metadata.name)).toContain('scheduler');
    expect(warnings).toEqual(['v1 ComponentStatus is deprecated in v1.19+']);
    expect((await failure(client.get(components, '', 'x'))).code).toBe(404);
  });
});

test.each([
  ['exec', '400 BadRequest: pod a does not have a host assigned'],
  ['attach', '400 BadRequest: pod a does not have a host assigned'],
  ['portforward', '400 BadRequest: pod a does not have a host assigned'],
  ['log?container=x', '400 BadRequest: container x is not valid for pod a'],
  ['proxy', '501 NotImplemented: pods/proxy is not available in this cluster'],
])('pods/%s is refused clearly', async (subresource, text) => {
  const { client } = testServer();
  await client.create(PODS, 'default', pod('a'));
  const path = `/api/v1/namespaces/default/pods/a/${subresource}`;
  expect(await failureText(client.request({ method: 'GET', path }))).toBe(text);
});

test('other paths belong to who registered them; the longest prefix counts', async () => {
  const { server, client } = testServer();
  const answer = (body: string) => async () => ({ code: 200, headers: {}, body, warnings: [] });
  server.handle('/kubetick/', answer('short'));
  server.handle('/kubetick/tick', answer('long'));
  const get = (path: string) => client.request({ method: 'GET', path });
  expect(await get('/kubetick/x')).toBe('short');
  expect(await get('/kubetick/tick/now')).toBe('long');
  await client.create(CONFIG_MAPS, 'default', configMap('a'));
});
