/** The real kubectl, known by each kind of credential there is; who it is, it and ours say in the same words. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { issueAuthority, issueCertificate } from '../../src/apiserver/certificates/issue-certificate';
import { realClient } from '../differential/real-client';
import { type Printed, type ServeProcess, type StateFolder, stateFolder } from '../server/serve-process';

const kubectl = realClient('kubectl');
const all = process.env['KUBETICK_CLIENTS'] === 'all';
if ('missing' in kubectl) console.warn(kubectl.missing);
/** Each kind takes seconds of processes: all of them with `npm run test:clients`; without the real kubectl they are in test/authentication. */
const more = all ? test : test.skip;
const DAY = 86_400_000;

('path' in kubectl ? describe : describe.skip)('the real kubectl', () => {
  const { path: program } = kubectl as { path: string };
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let folder: StateFolder;
  let server: ServeProcess;
  const closing: Server[] = [];

  const real = (line: string): Promise<Printed> =>
    folder.run(line.split(' '), { program, environment: { KUBECONFIG: server.kubeconfig } });
  const ours = (line: string) => folder.run(['--kubeconfig', server.kubeconfig, ...line.split(' ')]);
  const file = (name: string, text: string) => writeFileSync(join(folder.home, name), text);
  const ok = async (said: Promise<Printed>) => {
    const { out, err, code } = await said;
    expect({ err, code }).toEqual({ err: '', code: 0 });
    return out;
  };

  beforeAll(async () => {
    folder = stateFolder();
    await folder.run(['init', '--nodes', '1']);
    server = await folder.serve('--speed', 'max', '--tick-every', '20ms');
  }, 60_000);
  afterAll(async () => {
    server?.kill('SIGTERM');
    await server?.ended;
    for (const one of closing) one.close();
  });

  /** Makes a user of the kubeconfig that shows this, and asks both who it is. */
  async function knownAs(flags: string): Promise<string> {
    await ok(real('config unset users.tried'));
    await ok(real(`config set-credentials tried ${flags}`));
    const said = await ok(real('auth whoami --user tried'));
    expect(await ok(ours('auth whoami --user tried'))).toBe(said);
    const pods = await real('get pods --user tried');
    expect(await ours('get pods --user tried')).toMatchObject({ err: pods.err, code: pods.code });
    return said.replace(/ +/g, ' ');
  }

  test('a service account’s token', async () => {
    await ok(real('create serviceaccount robot'));
    const token = await ok(real('create token robot'));
    expect(await knownAs(`--token ${token}`)).toMatch(
      /^Username system:serviceaccount:default:robot\nUID [\w-]{36}\nGroups /m,
    );
  });

  more('a token in a secret', async () => {
    file(
      'secret.yaml',
      'apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata:\n  name: robot\n  annotations:\n    kubernetes.io/service-account.name: robot\n',
    );
    await ok(real('apply -f secret.yaml'));
    await ok(real('wait secret/robot --for jsonpath={.data.token} --timeout 10s'));
    const token = Buffer.from(await ok(real('get secret robot -o jsonpath={.data.token}')), 'base64').toString();
    expect(await knownAs(`--token ${token}`)).toContain('Username system:serviceaccount:default:robot\n');
  });

  test('a certificate that kubetick user create got', async () => {
    expect(await ok(ours('user create ann --group ops'))).toContain('Context "ann" created.');
    const said = await ok(real('auth whoami --context ann'));
    expect(await ok(ours('auth whoami --context ann'))).toBe(said);
    expect(said.replace(/ +/g, ' ')).toMatch(/^Username ann\nGroups \[ops system:authenticated\]\n/m);
  });

  more('the same by hand, as the command says it', async () => {
    const said = await ok(ours('user create bob --group dev-team --dry-run'));
    const script = said.replaceAll('kubectl ', `KUBECONFIG=${server.kubeconfig} ${program} `);
    execFileSync('sh', ['-e', '-c', script], { cwd: folder.home, stdio: 'pipe' });
    expect((await ok(real('auth whoami --context bob'))).replace(/ +/g, ' ')).toMatch(
      /^Username bob\nGroups \[dev-team system:authenticated\]\n/m,
    );
  });

  more('tokens and passwords of files', async () => {
    file('tokens.csv', 'sesame,eve,7,"ops,devs"\n');
    file('passwords.csv', 'secret,joe,8\n');
    await ok(folder.run(['auth', 'enable', 'token-file', 'tokens.csv']));
    expect((await folder.run(['auth', 'enable', 'password-file', 'passwords.csv'])).code).toBe(0);
    expect(await knownAs('--token sesame')).toContain('Username eve\nUID 7\nGroups [ops devs system:authenticated]\n');
    await ok(real('config unset users.tried'));
    await ok(real('config set-credentials tried --username joe --password secret'));
    const [theirs, our] = [await real('auth whoami --user tried'), await ours('auth whoami --user tried')];
    expect(our).toEqual(theirs);
    expect(theirs.err).toMatch(/^Warning: authentication by password was removed from Kubernetes/);
    expect(theirs.out).toContain('joe');
  });

  more('a bootstrap token', async () => {
    file(
      'bootstrap.yaml',
      'apiVersion: v1\nkind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata:\n  name: bootstrap-token-abcdef\n  namespace: kube-system\nstringData:\n  token-id: abcdef\n  token-secret: 0123456789abcdef\n  usage-bootstrap-authentication: "true"\n  auth-extra-groups: system:bootstrappers:workers\n',
    );
    await ok(real('apply -f bootstrap.yaml'));
    expect(await knownAs('--token abcdef.0123456789abcdef')).toContain(
      'Username system:bootstrap:abcdef\nGroups [system:bootstrappers system:bootstrappers:workers system:authenticated]\n',
    );
  });

  more('a token of an OpenID Connect issuer on this machine, which is asked for its keys', async () => {
    const days = { from: new Date(Date.now() - DAY), to: new Date(Date.now() + DAY) };
    const authority = await issueAuthority(days);
    const { certificate: cert, key } = await issueCertificate(authority, {
      subject: { commonName: 'issuer' },
      ...days,
      server: ['127.0.0.1'],
    });
    const issuer = createHttpsServer({ cert, key }, (request, response) => {
      response.setHeader('content-type', 'application/json');
      const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }];
      const isKeys = request.url === '/keys';
      response.end(JSON.stringify(isKeys ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
    });
    closing.push(issuer);
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    file('issuer-ca.crt', authority.certificate);
    await ok(
      folder.run(
        `auth enable oidc --oidc-issuer-url ${url} --oidc-client-id cluster --oidc-ca-file issuer-ca.crt --oidc-username-prefix oidc: --oidc-groups-claim groups`.split(
          ' ',
        ),
      ),
    );
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 600;
    const text = `${part({ alg: 'RS256', kid: 'one' })}.${part({ iss: url, aud: 'cluster', sub: 'zoe', groups: ['ops'], exp })}`;
    const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    expect(await knownAs(`--token ${token}`)).toContain('Username oidc:zoe\nGroups [ops system:authenticated]\n');
  });

  more('a token that a webhook knows', async () => {
    const hook = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        const { spec, ...review } = JSON.parse(text);
        const user = { username: 'max', uid: '42', groups: ['guests'] };
        const status = spec.token === 'hooked' ? { authenticated: true, user } : { authenticated: false };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ...review, status }));
      });
    });
    closing.push(hook);
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const { port } = hook.address() as AddressInfo;
    file(
      'webhook.kubeconfig',
      `clusters: [{name: hook, cluster: {server: "http://127.0.0.1:${port}/review"}}]\nusers: [{name: api, user: {}}]\ncontexts: [{name: hook, context: {cluster: hook, user: api}}]\ncurrent-context: hook\n`,
    );
    await ok(folder.run(['auth', 'enable', 'webhook', 'webhook.kubeconfig']));
    expect(await knownAs('--token hooked')).toContain('Username max\nUID 42\nGroups [guests system:authenticated]\n');
    await ok(real('config set-credentials tried --token unhooked'));
    expect((await real('auth whoami --user tried')).err).toBe(
      'error: You must be logged in to the server (Unauthorized)\n',
    );
  });
});
