/** Requests for certificates and their signers; `kubetick user create`. */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { memoryCluster, type Ran, run, type TestCluster } from '../commands/harness';

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING = 'kubernetes.io/kubelet-serving';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

interface Asked {
  name: string;
  subject: { O?: string[]; CN: string };
  signer: string;
  usages: string[];
  dns?: string[];
  seconds?: number;
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 1 });
});
const kubetick = (line: string) => cluster.ok(line, { program: 'kubetick' });

async function ask({ name, subject, signer, usages, dns = [], seconds }: Asked, flags = ''): Promise<Ran> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [...(subject.O ?? []).map((value) => ({ O: [value] })), { CN: [subject.CN] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions:
      dns.length > 0 ? [new SubjectAlternativeNameExtension(dns.map((value) => ({ type: 'dns', value })))] : [],
  });
  const spec = { request: btoa(request.toString('pem')), signerName: signer, usages, expirationSeconds: seconds };
  cluster.write(
    `${name}.json`,
    JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec,
    }),
  );
  return cluster.run(`create -f ${name}.json ${flags}`);
}

const column = async (name: string) => (await cluster.ok(`get csr ${name} --no-headers`)).trim().split(/ +/).at(-1);
const failure = (name: string) =>
  cluster.ok(`get csr ${name} -o 'jsonpath={.status.conditions[?(@.type=="Failed")].message}'`);
const issued = async (name: string) =>
  new X509Certificate(Buffer.from(await cluster.ok(`get csr ${name} -o jsonpath={.status.certificate}`), 'base64'));

test('approved, a request of a client is signed at once, for as long as it asks', async () => {
  await ask({
    name: 'ann',
    subject: { O: ['ops', 'devs'], CN: 'ann' },
    signer: CLIENT,
    usages: ['client auth'],
    seconds: 3600,
  });
  expect(await column('ann')).toBe('Pending');
  await cluster.ok('certificate approve ann');
  expect(await column('ann')).toBe('Approved,Issued');
  const certificate = await issued('ann');
  expect(certificate.subject).toBe('O=ops\nO=devs\nCN=ann');
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  // By the cluster's clock, five minutes back.
  expect([certificate.validFrom, certificate.validTo]).toEqual([
    'Dec 31 23:55:00 2025 GMT',
    'Jan  1 01:00:00 2026 GMT',
  ]);
});

test('denied, it is not', async () => {
  await ask({ name: 'bob', subject: { CN: 'bob' }, signer: CLIENT, usages: ['client auth'] });
  await cluster.ok('certificate deny bob');
  await kubetick('tick 1s');
  expect(await column('bob')).toBe('Denied');
});

test.each<[string, Omit<Asked, 'name'>, string]>([
  [
    'a use of servers',
    { subject: { CN: 'x' }, signer: CLIENT, usages: ['client auth', 'server auth'] },
    'invalid usage for client certificate: server auth',
  ],
  [
    'no use of clients',
    { subject: { CN: 'x' }, signer: CLIENT, usages: ['digital signature'] },
    'missing required usage for client certificate: client auth',
  ],
  [
    'a kubelet that is of other groups',
    { subject: { O: ['ops'], CN: 'system:node:a' }, signer: SERVING, usages: ['server auth'], dns: ['a'] },
    'subject organization is not system:nodes',
  ],
  [
    'a kubelet without a name',
    {
      subject: { O: ['system:nodes'], CN: 'system:node:a' },
      signer: SERVING,
      usages: ['server auth', 'digital signature'],
    },
    'DNS or IP subjectAltName is required',
  ],
  [
    'a kubelet of no name of a node',
    { subject: { O: ['system:nodes'], CN: 'a' }, signer: KUBELET, usages: ['client auth', 'digital signature'] },
    'subject common name does not begin with system:node:',
  ],
  [
    'a kubelet for other uses',
    { subject: { O: ['system:nodes'], CN: 'system:node:a' }, signer: KUBELET, usages: ['client auth'] },
    'usages did not match [client auth digital signature key encipherment]',
  ],
])('approved, but asking for %s, it fails', async (_, asked, why) => {
  const name = `wrong-${asked.signer.length}-${asked.usages.length}-${(asked.subject.O ?? []).length}-${asked.subject.CN.length}`;
  await ask({ name, ...asked });
  await cluster.ok(`certificate approve ${name}`);
  await kubetick('tick 1s');
  expect(await failure(name)).toBe(why);
  expect(await column(name)).toBe('Approved,Failed');
});

test('nobody becomes an admin by asking', async () => {
  const asked = {
    name: 'mallory',
    subject: { O: ['ops', 'system:masters'], CN: 'mallory' },
    signer: CLIENT,
    usages: ['client auth'],
  };
  expect((await ask(asked)).err).toBe(
    'Error from server (Forbidden): error when creating "mallory.json": certificatesigningrequests.certificates.k8s.io "mallory" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed\n',
  );
});

test('a kubelet that may is approved without anybody, and signed', async () => {
  const usages = ['client auth', 'digital signature', 'key encipherment'];
  const node = { subject: { O: ['system:nodes'], CN: 'system:node:new' }, signer: KUBELET, usages };
  await cluster.ok(
    'create clusterrolebinding bootstrap --clusterrole system:node-bootstrapper --group system:bootstrappers',
  );
  await cluster.ok(
    'create clusterrolebinding approve --clusterrole system:certificates.k8s.io:certificatesigningrequests:nodeclient --group system:bootstrappers',
  );
  const as = '--as system:bootstrap:abcdef --as-group system:bootstrappers --as-group system:authenticated';
  expect(await ask({ name: 'joins', ...node }, as)).toMatchObject({ err: '' });
  await ask({ name: 'waits', ...node });
  await kubetick('tick 2s');
  expect(await column('joins')).toBe('Approved,Issued');
  expect(
    await cluster.ok('get csr joins -o jsonpath={.status.conditions[0].reason}:{.status.conditions[0].message}'),
  ).toBe('AutoApproved:Auto approving kubelet client certificate after SubjectAccessReview.');
  // An admin may ask for anything, even as a node that it is not.
  expect(await column('waits')).toBe('Approved,Issued');
});

test('a kubelet asks for no certificate of another node', async () => {
  const usages = ['client auth', 'digital signature', 'key encipherment'];
  const request = (CN: string) => ({ subject: { O: ['system:nodes'], CN }, signer: KUBELET, usages });
  const as = '--as system:node:node-1 --as-group system:nodes --as-group system:authenticated';
  expect((await ask({ name: 'another', ...request('system:node:node-2') }, as)).err).toMatch(
    'is forbidden: can only create a node CSR with CN=system:node:node-1',
  );
  expect(await ask({ name: 'renews', ...request('system:node:node-1') }, as)).toMatchObject({ err: '' });
  await cluster.ok('delete csr renews');
});

test('requests go: an hour after they were decided, a day after they were made', async () => {
  await ask({ name: 'forgotten', subject: { CN: 'x' }, signer: CLIENT, usages: ['client auth'] });
  await kubetick('tick 2h');
  expect(await cluster.ok('get csr -o name')).toBe('certificatesigningrequest.certificates.k8s.io/forgotten\n');
  await kubetick('tick 23h');
  expect((await cluster.run('get csr')).err).toBe('No resources found\n');
});

describe('kubetick user create', () => {
  const home = mkdtempSync(join(tmpdir(), 'kubetick-user-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const environment = { HOME: home, KUBETICK_STATE: join(home, 'state') };
  const typed = (line: string) => run(line, { environment, program: 'kubetick' });

  test('makes ann, who is known by her certificate until it runs out', async () => {
    const { out, err } = await typed('user create ann --group ops --duration 1h');
    expect(err).toBe('');
    expect(out.split('\n\n')).toEqual([
      `certificatesigningrequest.certificates.k8s.io/ann created
certificatesigningrequest.certificates.k8s.io/ann approved
User "ann" set.
Context "ann" created.`,
      'The same by hand:',
      expect.stringMatching(
        /^openssl genpkey [\s\S]*openssl req -new -key ann.key -subj \/O=ops\/CN=ann -out ann.csr\n[\s\S]*expirationSeconds: 3600\n[\s\S]*kubectl config set-context ann --cluster=kubetick --user=ann\n$/,
      ),
    ]);
    const whoami = 'auth whoami -o jsonpath={.status.userInfo.username}:{.status.userInfo.groups}';
    expect((await typed(`${whoami} --context ann`)).out).toBe('ann:["ops","system:authenticated"]');
    expect((await typed('get pods --context ann')).err).toMatch(
      'Error from server (Forbidden): pods is forbidden: User "ann" cannot list',
    );
    await typed('create rolebinding ops --clusterrole view --group ops');
    expect((await typed('get pods --context ann')).code).toBe(0);
    await typed('tick 61m');
    expect((await typed('get pods --context ann')).err).toBe(
      'error: You must be logged in to the server (Unauthorized)\n',
    );
    expect((await typed('auth whoami -o jsonpath={.status.userInfo.username}')).out).toBe('kubernetes-admin');
  });

  test('a name that needs quotes', async () => {
    const { out } = await typed(['user', 'create', "o'neil", '--group', 'a/b', '--dry-run'] as unknown as string);
    expect(out).toContain(`-subj '/O=a\\/b/CN=o'\\''neil'`);
    expect(readFileSync(join(home, 'state', 'kubeconfig'), 'utf8')).not.toContain('neil');
  });

  test.each([
    ['', 'error: exactly one NAME is required, got 0\n'],
    [
      'root --group system:masters',
      /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/,
    ],
    ['quick --duration 1m', /may not specify a duration less than 600 seconds \(10 minutes\)/],
  ])('user create %s is refused', async (line, why) => {
    const { err, code } = await typed(`user create ${line}`);
    expect(err).toMatch(why);
    expect(code).toBe(1);
  });
});
