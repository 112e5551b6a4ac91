/** `certificate approve` and `deny` as a user types them, and who may. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { DEFAULT_PLUGINS } from '../../src/apiserver/admission/ordered-plugins';
import { Client } from '../../src/client/client';
import { failureText, testServer } from '../apiserver/server-for-tests';
import { memoryCluster, type TestCluster } from './harness';

const PEM = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n';
const request = (name: string): KubeObject => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name },
  spec: { request: btoa(PEM), signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
});

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('a.json', JSON.stringify(request('a')));
  cluster.write('b.json', JSON.stringify(request('b')));
  await cluster.ok('create clusterrolebinding ann --clusterrole=cluster-admin --user=ann');
  await cluster.ok('create -f a.json -f b.json --as=ann --as-uid=7 --as-user-extra=team=blue');
});

const conditions = (name: string) => cluster.ok(`get csr ${name} -o jsonpath={.status.conditions}`);

test('approve', async () => {
  expect(await cluster.ok('certificate approve a')).toBe('certificatesigningrequest.certificates.k8s.io/a approved\n');
  expect(JSON.parse(await conditions('a'))).toEqual([
    {
      type: 'Approved',
      status: 'True',
      reason: 'KubectlApprove',
      message: 'This CSR was approved by kubectl certificate approve.',
      lastUpdateTime: '2026-01-01T00:00:00Z',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ]);
  expect(await cluster.ok('get csr a --no-headers')).toMatch(/ ann +<none> +Approved\n$/);
});

test('deny, by file; what is printed is the request as it was found', async () => {
  expect(await cluster.ok('certificate deny -f a.json -f b.json -o jsonpath={.metadata.name}{.status}')).toBe('a{}b{}');
  expect(JSON.parse(await conditions('b'))).toMatchObject([{ type: 'Denied', reason: 'KubectlDeny' }]);
});

test('what is decided stays decided', async () => {
  await cluster.ok('certificate approve a');
  const version = await cluster.ok('get csr a -o jsonpath={.metadata.resourceVersion}');
  expect(await cluster.ok('certificate approve a --force')).toContain('/a approved\n');
  expect(await cluster.ok('get csr a -o jsonpath={.metadata.resourceVersion}')).toBe(version);
  expect(await cluster.run('certificate deny a b')).toEqual({
    out: 'certificatesigningrequest.certificates.k8s.io/b denied\n',
    err: 'error: certificate signing request "a" is already Approved\n',
    code: 1,
  });
});

test('only requests for certificates', async () => {
  await cluster.ok('create configmap c');
  cluster.write('cm.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n');
  expect((await cluster.run('certificate approve nosuch')).err).toBe(
    'Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "nosuch" not found\n',
  );
  expect((await cluster.run('certificate approve namespace/default')).err).toBe(
    'error: can only handle CertificateSigningRequest.certificates.k8s.io objects, got Namespace\n',
  );
  expect((await cluster.run('certificate approve -f cm.yaml')).err).toBe(
    'error: no namespace set on resource /v1, Resource=configmaps "c"\n',
  );
});

test('the request tells who made it', async () => {
  expect(JSON.parse(await cluster.ok('get csr a -o jsonpath={.spec}'))).toMatchObject({
    username: 'ann',
    uid: '7',
    groups: ['system:authenticated'],
    extra: { team: ['blue'] },
  });
});

describe('where there is an authorizer', () => {
  const REQUESTS = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' };
  /** bob may do what is asked of requests, and this of signers. */
  async function ruled(...signers: string[]) {
    const { client, server } = testServer({
      admission: DEFAULT_PLUGINS,
      authorizer: {
        authorize: ({ name: user }, { resource, verb, name }) => ({
          allowed: user !== 'bob' || resource !== 'signers' || signers.includes(`${verb} ${name}`),
        }),
      },
    });
    const created = await client.create(REQUESTS, '', request('a'));
    return { bob: new Client(server, { user: 'bob' }), created };
  }
  const approved = (created: KubeObject): KubeObject => ({
    ...created,
    status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] },
  });

  test.each(['approve kubernetes.io/kube-apiserver-client', 'approve kubernetes.io/*'])('%s', async (right) => {
    const { bob, created } = await ruled(right);
    const answer = await bob.update(REQUESTS, approved(created), {}, 'approval');
    expect(answer['status'].conditions).toHaveLength(1);
  });

  test('who may not approve for this signer, or sign for it', async () => {
    const { bob, created } = await ruled('approve other.io/*');
    expect(await failureText(bob.update(REQUESTS, approved(created), {}, 'approval'))).toBe(
      '403 Forbidden: certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
    );
    const signed = { ...created, status: { certificate: btoa('x') } };
    expect(await failureText(bob.update(REQUESTS, signed, {}, 'status'))).toContain(
      'user not permitted to sign requests',
    );
    expect(await bob.update(REQUESTS, created, {}, 'status')).toBeDefined();
  });
});
