import type { KubeObject } from '../../src/apimachinery/meta';
import { forbidden } from '../../src/apimachinery/status';
import { DEFAULT_PLUGINS } from '../../src/apiserver/admission/ordered-plugins';
import type { AdmissionPlugin } from '../../src/apiserver/admission/plugin';
import {
  CONFIG_MAPS,
  configMap,
  failure,
  failureText,
  NAMESPACES,
  PODS,
  pod,
  SERVICE_ACCOUNTS,
  testServer,
} from './server-for-tests';

const PRIORITY_CLASSES = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };

/** A server with the plugins that are on by default, the namespace `default` and its service account. */
async function admitting(account: Record<string, unknown> = {}) {
  const test = testServer({ admission: DEFAULT_PLUGINS });
  const { client } = test;
  await client.create(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' }, ...account };
  await client.create(SERVICE_ACCOUNTS, 'default', serviceAccount as KubeObject);
  return test;
}

describe('NamespaceLifecycle', () => {
  test('a namespace that is not there', async () => {
    const { client } = await admitting();
    expect(await failureText(client.create(CONFIG_MAPS, 'other', configMap('a')))).toBe(
      '404 NotFound: namespaces "other" not found',
    );
  });
  test('a namespace that is being deleted takes nothing new, and lets go of what it has', async () => {
    const { client } = await admitting();
    await client.create(NAMESPACES, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await client.create(CONFIG_MAPS, 'team', configMap('a'));
    await client.delete(NAMESPACES, '', 'team');
    expect(await failure(client.create(CONFIG_MAPS, 'team', configMap('b')))).toMatchObject({
      code: 403,
      message:
        'configmaps "b" is forbidden: unable to create new content in namespace team because it is being terminated',
      details: {
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace team is being terminated',
            field: 'metadata.namespace',
          },
        ],
      },
    });
    await client.patch(CONFIG_MAPS, 'team', 'a', 'merge', { data: { x: '1' } });
    await client.delete(CONFIG_MAPS, 'team', 'a');
  });
});

describe('ServiceAccount', () => {
  test('the default account, its token in every container, and its pull secrets', async () => {
    const { client } = await admitting({ imagePullSecrets: [{ name: 'registry' }] });
    const { spec } = (await client.create<KubeObject>(PODS, 'default', {
      ...pod('a'),
      spec: {
        initContainers: [{ name: 'init', image: 'x' }],
        containers: [
          { name: 'one', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
          {
            name: 'two',
            image: 'x',
            volumeMounts: [{ name: 'v', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
          },
        ],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    })) as KubeObject;
    expect(spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      imagePullSecrets: [{ name: 'registry' }],
    });
    const volume = spec.volumes[1];
    expect(volume).toEqual({
      name: expect.stringMatching(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/),
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    });
    const mount = {
      name: volume.name,
      readOnly: true,
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    };
    expect(spec.initContainers[0].volumeMounts).toEqual([mount]);
    expect(spec.containers[0].volumeMounts).toEqual([{ name: 'v', mountPath: '/v' }, mount]);
    expect(spec.containers[1].volumeMounts).toHaveLength(1);
  });

  test.each([
    [{ automountServiceAccountToken: false }, {}, 0],
    [{ automountServiceAccountToken: false }, { automountServiceAccountToken: true }, 1],
    [{}, { automountServiceAccountToken: false }, 0],
  ])('account %j, pod %j: %i volumes', async (account, spec, count) => {
    const { client } = await admitting(account);
    const created = await client.create(PODS, 'default', pod('a', spec));
    expect(created['spec'].volumes ?? []).toHaveLength(count);
  });

  test('an account that is not there; what has no name yet is called by its prefix', async () => {
    const { client } = await admitting();
    expect(await failureText(client.create(PODS, 'default', pod('a', { serviceAccountName: 'x' })))).toBe(
      '403 Forbidden: pods "a" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    );
    const generated = { ...pod('a', { serviceAccountName: 'x' }), metadata: { generateName: 'web-' } };
    expect(await failureText(client.create(PODS, 'default', generated as KubeObject))).toBe(
      '403 Forbidden: pods "web-" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    );
  });

  test('an account that allows only the secrets it lists', async () => {
    const { client } = await admitting({
      metadata: { name: 'default', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
      secrets: [{ name: 'mine' }],
    });
    const using = (name: string) =>
      client.create(PODS, 'default', pod(`p-${name}`, { volumes: [{ name: 's', secret: { secretName: name } }] }));
    await using('mine');
    expect(await failureText(using('theirs'))).toBe(
      '403 Forbidden: pods "p-theirs" is forbidden: volume with secret.secretName="theirs" is not allowed because service account default does not reference that secret',
    );
    const environment = pod('e', {
      containers: [
        { name: 'main', image: 'x', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'theirs', key: 'k' } } }] },
      ],
    });
    expect(await failureText(client.create(PODS, 'default', environment))).toBe(
      '403 Forbidden: pods "e" is forbidden: container main with envVar A referencing secret.secretName="theirs" is not allowed because service account default does not reference that secret',
    );
  });

  test('mirror pods stand alone', async () => {
    const { client } = await admitting();
    const mirror = (spec: Record<string, unknown>) =>
      pod('m', { nodeName: 'n', ...spec }, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
    expect(await failureText(client.create(PODS, 'default', mirror({ serviceAccountName: 'default' })))).toBe(
      '403 Forbidden: pods "m" is forbidden: a mirror pod may not reference service accounts',
    );
    expect(
      await failureText(
        client.create(PODS, 'default', mirror({ volumes: [{ name: 's', secret: { secretName: 'x' } }] })),
      ),
    ).toBe('403 Forbidden: pods "m" is forbidden: a mirror pod may not reference secrets');
    expect((await client.create(PODS, 'default', mirror({})))['spec']).not.toHaveProperty('serviceAccountName');
  });
});

describe('Priority', () => {
  const priorityClass = (name: string, value: number, more = {}) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    preemptionPolicy: 'PreemptLowerPriority',
    ...more,
  });

  test('none, named, and by default', async () => {
    const { client } = await admitting();
    const specOf = async (name: string, spec = {}) => (await client.create(PODS, 'default', pod(name, spec)))['spec'];
    expect(await specOf('a')).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    await client.create(PRIORITY_CLASSES, '', priorityClass('high', 1000, { preemptionPolicy: 'Never' }));
    expect(await specOf('b', { priorityClassName: 'high' })).toMatchObject({
      priority: 1000,
      priorityClassName: 'high',
      preemptionPolicy: 'Never',
    });
    await client.create(PRIORITY_CLASSES, '', priorityClass('usual', 7, { globalDefault: true }));
    expect(await specOf('c')).toMatchObject({ priority: 7, priorityClassName: 'usual' });
    expect(await failureText(client.create(PODS, 'default', pod('d', { priority: 9 })))).toBe(
      '403 Forbidden: pods "d" is forbidden: the integer value of priority (9) must not be provided in pod spec; priority admission controller computed 7 from the given PriorityClass name',
    );
    expect(await failureText(client.create(PODS, 'default', pod('d', { priorityClassName: 'nosuch' })))).toBe(
      '403 Forbidden: pods "d" is forbidden: no PriorityClass with name nosuch was found',
    );
    expect(
      await failureText(client.create(PRIORITY_CLASSES, '', priorityClass('more', 8, { globalDefault: true }))),
    ).toBe(
      '403 Forbidden: priorityclasses.scheduling.k8s.io "more" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
  });

  test('stays when a pod is replaced by one that does not say it', async () => {
    const { client } = await admitting();
    const created = await client.create(PODS, 'default', pod('a'));
    const { priority: _, preemptionPolicy: __, ...spec } = created['spec'];
    const updated = await client.update<KubeObject>(PODS, {
      ...created,
      spec,
      metadata: { ...created.metadata, labels: { a: 'b' } },
    });
    expect(updated['spec']).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
  });
});

describe('DefaultTolerationSeconds', () => {
  const five = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  test.each([
    [[], [five('node.kubernetes.io/not-ready'), five('node.kubernetes.io/unreachable')]],
    [[{ operator: 'Exists' }], [{ operator: 'Exists' }]],
    [
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
      [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
        five('node.kubernetes.io/unreachable'),
      ],
    ],
  ])('%j', async (tolerations, expected) => {
    const { client } = await admitting();
    expect((await client.create(PODS, 'default', pod('a', { tolerations })))['spec'].tolerations).toEqual(expected);
  });
});

describe('the chain', () => {
  test('plugins change in order, then all judge the result; dry runs pass through too', async () => {
    const said: string[] = [];
    const plugin = (name: string): AdmissionPlugin => ({
      name,
      handles: (operation, { info }) => info.plural === 'configmaps' && operation !== 'CONNECT',
      admit({ object, operation, dryRun }) {
        said.push(`${name} admits ${operation}${dryRun ? ' dry' : ''}`);
        if (object) object.metadata.labels = { ...object.metadata.labels, [name]: 'yes' };
      },
      validate({ object, name: objectName, resource, warn }) {
        said.push(`${name} sees ${Object.keys(object?.metadata.labels ?? {}).join()}`);
        warn(`from ${name}`);
        if (objectName === 'bad') throw forbidden(resource.groupResource, objectName, 'not here');
      },
    });
    const { client, warnings } = testServer({ admission: [plugin('a'), plugin('b')] });
    await client.create(CONFIG_MAPS, 'default', configMap('x'), { dryRun: 'All' });
    await client.create(CONFIG_MAPS, 'default', configMap('x'));
    await client.delete(CONFIG_MAPS, 'default', 'x');
    expect(said).toEqual([
      'a admits CREATE dry',
      'b admits CREATE dry',
      'a sees a,b',
      'b sees a,b',
      'a admits CREATE',
      'b admits CREATE',
      'a sees a,b',
      'b sees a,b',
      'a admits DELETE',
      'b admits DELETE',
      'a sees ',
      'b sees ',
    ]);
    expect(warnings.slice(0, 2)).toEqual(['from a', 'from b']);
    expect(await failureText(client.create(CONFIG_MAPS, 'default', configMap('bad')))).toBe(
      '403 Forbidden: configmaps "bad" is forbidden: not here',
    );
    expect((await failure(client.get(CONFIG_MAPS, 'default', 'bad'))).code).toBe(404);
  });
});
