/** Tokens that lie in secrets, and what service accounts do for pods. */
import { memoryCluster, type TestCluster } from '../commands/harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 1 });
});
const settle = () => cluster.ok('tick --settle', { program: 'kubetick' });
const SECRET = (name: string, account: string) => `apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata:
  name: ${name}
  annotations:
    kubernetes.io/service-account.name: ${account}
`;
const whoseIs = async (token: string) => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
  const path = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
  const { status } = (await cluster.client.create(path, '', body)) as {
    status?: { error?: string; user?: { username?: string } };
  };
  return status?.error ?? status?.user?.username;
};

test('a secret for an account is filled, works, and goes with the account', async () => {
  await cluster.ok('create serviceaccount builder');
  cluster.write('secret.yaml', SECRET('builder-token', 'builder'));
  await cluster.ok('apply -f secret.yaml');
  await settle();
  const described = await cluster.ok('describe secret builder-token');
  expect(described).toMatch(
    /^Annotations:\s+kubernetes.io\/service-account.name: builder\n\s+kubernetes.io\/service-account.uid: [\w-]{36}$/m,
  );
  expect(described).toMatch(/^ca.crt:\s+\d+ bytes$/m);
  expect(described).toMatch(/^namespace:\s+7 bytes$/m);
  const token = /^token:\s+(\S+)$/m.exec(described)?.[1] as string;
  expect(JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())).toMatchObject({
    iss: 'kubernetes/serviceaccount',
    sub: 'system:serviceaccount:default:builder',
    'kubernetes.io/serviceaccount/secret.name': 'builder-token',
  });
  expect(await whoseIs(token)).toBe('system:serviceaccount:default:builder');
  await cluster.ok('label secret builder-token kubernetes.io/legacy-token-invalid-since=2026-01-01');
  expect(await whoseIs(token)).toMatch(
    'the token in secret default/builder-token for service account default/builder has been marked invalid',
  );
  await cluster.ok('label secret builder-token kubernetes.io/legacy-token-invalid-since-');
  await cluster.ok(`patch secret builder-token -p '{"data":{"token":"QUJD"}}'`);
  expect(await whoseIs(token)).toBe("Token does not match server's copy");
  await cluster.ok('delete serviceaccount builder');
  await settle();
  expect((await cluster.run('get secret builder-token')).err).toMatch('secrets "builder-token" not found');
  expect(await whoseIs(token)).toBe('Token has been invalidated');
});

test('a secret for nobody goes', async () => {
  cluster.write('nobody.yaml', SECRET('nobody-token', 'nobody'));
  await cluster.ok('apply -f nobody.yaml');
  await settle();
  expect((await cluster.run('get secret nobody-token')).code).toBe(1);
});

test('a secret that names no account is refused', async () => {
  cluster.write('none.yaml', SECRET('none-token', '""'));
  expect((await cluster.run('create -f none.yaml')).err).toMatch(
    'metadata.annotations[kubernetes.io/service-account.name]: Required value',
  );
});

test('every namespace has an account; its pods see its token, unless somebody says no', async () => {
  await cluster.ok('create namespace team');
  await settle();
  expect(await cluster.ok('get serviceaccount -n team -o name')).toBe('serviceaccount/default\n');
  await cluster.ok('create serviceaccount quiet -n team');
  await cluster.ok(
    `patch serviceaccount quiet -n team -p '{"automountServiceAccountToken":false,"imagePullSecrets":[{"name":"registry"}]}'`,
  );
  await cluster.ok('run loud --image nginx -n team');
  await cluster.ok(`run still --image nginx -n team --overrides '{"spec":{"serviceAccountName":"quiet"}}'`);
  await cluster.ok(
    `run asking --image nginx -n team --overrides '{"spec":{"serviceAccountName":"quiet","automountServiceAccountToken":true}}'`,
  );
  const mounts = (pod: string) =>
    cluster.ok(`get pod ${pod} -n team -o jsonpath={.spec.containers[0].volumeMounts[*].mountPath}`);
  expect(await mounts('loud')).toBe('/var/run/secrets/kubernetes.io/serviceaccount');
  expect(await mounts('still')).toBe('');
  expect(await mounts('asking')).toBe('/var/run/secrets/kubernetes.io/serviceaccount');
  expect(await cluster.ok('get pod still -n team -o jsonpath={.spec.imagePullSecrets[*].name}')).toBe('registry');
  expect(JSON.parse(await cluster.ok('get pod loud -n team -o jsonpath={.spec.volumes[0].projected}'))).toEqual({
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
      {
        downwardAPI: {
          items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }],
        },
      },
    ],
  });
});
