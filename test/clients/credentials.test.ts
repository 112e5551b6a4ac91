/** The real kubectl, known by each kind of credential there is; who it is, it and ours say in the same words. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request as ask, createServer as createHttpsServer, type RequestOptions } from 'node:https';
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
const UNAUTHORIZED = 'error: You must be logged in to the server (Unauthorized)\n';
const ANONYMOUS =
  'Error from server (Forbidden): pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"\n';

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
    expect((await real('auth whoami --user tried')).err).toBe(UNAUTHORIZED);
  });

  more('a proxy that names whom it knows, with a certificate of its own authority', async () => {
    const days = { from: new Date(Date.now() - DAY), to: new Date(Date.now() + DAY) };
    const [authority, stranger] = [await issueAuthority(days), await issueAuthority(days)];
    const certified = async (by: typeof authority, commonName: string) => {
      const { certificate: cert, key } = await issueCertificate(by, { subject: { commonName }, ...days });
      return { cert, key };
    };
    file('proxy-ca.crt', authority.certificate);
    await ok(
      folder.run(
        'auth enable request-header --requestheader-client-ca-file proxy-ca.crt --requestheader-allowed-names front-proxy'.split(
          ' ',
        ),
      ),
    );
    const headers = {
      'x-remote-user': 'amy',
      'x-remote-group': ['ops', 'devs'],
      'x-remote-uid': '9',
      'x-remote-extra-reason': 'on%20call',
    };
    const proxies: Record<string, string> = {};
    for (const [name, shows] of Object.entries({
      good: await certified(authority, 'front-proxy'),
      other: await certified(authority, 'back-proxy'),
      strange: await certified(stranger, 'front-proxy'),
      bare: {},
    }))
      proxies[name] = await proxyTo(server.endpoint, headers, shows);
    await ok(real('config set-credentials unknown'));
    const whoami = `auth whoami --user unknown --server`;
    const said = await ok(real(`${whoami} ${proxies['good']}`));
    expect(await ok(ours(`${whoami} ${proxies['good']}`))).toBe(said);
    expect(said.replace(/ +/g, ' ')).toBe(
      'ATTRIBUTE VALUE\nUsername amy\nUID 9\nGroups [ops devs system:authenticated]\nExtra: reason [on%20call]\n',
    );
    const pods = `get pods --user unknown --server`;
    expect((await real(`${pods} ${proxies['good']}`)).err).toBe(
      'Error from server (Forbidden): pods is forbidden: User "amy" cannot list resource "pods" in API group "" in the namespace "default"\n',
    );
    // Neither another of its authority's nor another authority's is believed; without any it is nobody.
    const raw = 'get --raw /api/v1/namespaces/default/pods --user unknown --server';
    for (const name of ['other', 'strange']) expect((await real(`${raw} ${proxies[name]}`)).err).toBe(UNAUTHORIZED);
    expect((await real(`${raw} ${proxies['bare']}`)).err).toBe(ANONYMOUS);
    await ok(folder.run(['auth', 'disable', 'request-header']));
    expect((await real(`${raw} ${proxies['good']}`)).err).toBe(UNAUTHORIZED);
  });

  more('nothing that anybody knows', async () => {
    // Without any credentials the real kubectl asks the terminal for a name; nobody has known passwords since 1.19.
    await folder.run(['auth', 'disable', 'password-file']);
    await ok(real('config set-credentials unknown --username nobody --password nothing'));
    const both = async (line: string) => {
      const theirs = await real(`${line} --user unknown`);
      expect(await ours(`${line} --user unknown`)).toEqual(theirs);
      return theirs;
    };
    const pods = 'get --raw /api/v1/namespaces/default/pods';
    expect((await both('auth whoami')).err).toBe(
      'error: the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it\n',
    );
    expect((await both(pods)).err).toBe(ANONYMOUS);
    expect((await both('get --raw /metrics')).err).toBe(
      'Error from server (Forbidden): forbidden: User "system:anonymous" cannot get path "/metrics"\n',
    );
    expect((await both('get --raw /livez')).out).toBe('ok');
    for (const role of ['view', 'system:discovery'])
      await ok(real(`create clusterrolebinding anybody:${role} --clusterrole ${role} --group system:unauthenticated`));
    expect(await both('get pods')).toEqual({ out: '', err: 'No resources found in default namespace.\n', code: 0 });
    expect((await both('delete pod a')).err).toBe(
      'Error from server (Forbidden): pods "a" is forbidden: User "system:anonymous" cannot delete resource "pods" in API group "" in the namespace "default"\n',
    );
    await ok(folder.run('auth enable anonymous --path /livez'.split(' ')));
    expect((await both('get --raw /livez')).out).toBe('ok');
    expect((await both(pods)).err).toBe(UNAUTHORIZED);
    await ok(folder.run(['auth', 'disable', 'anonymous']));
    expect((await both('get --raw /livez')).err).toBe(UNAUTHORIZED);
    await ok(folder.run(['auth', 'enable', 'anonymous']));
    await ok(real('delete clusterrolebinding anybody:view anybody:system:discovery'));
  });

  more('somebody else, by flags', async () => {
    const both = async (line: string) => {
      const theirs = await real(line);
      expect(await ours(line)).toEqual(theirs);
      return { ...theirs, out: theirs.out.replace(/ +/g, ' ') };
    };
    expect(
      await both('auth whoami --as ann --as-group ops --as-group devs --as-uid 7 --as-user-extra reason=test'),
    ).toEqual({
      out: 'ATTRIBUTE VALUE\nUsername ann\nUID 7\nGroups [ops devs system:authenticated]\nExtra: reason [test]\n',
      err: '',
      code: 0,
    });
    expect((await both('auth whoami --as system:serviceaccount:default:robot')).out).toContain(
      'Groups [system:serviceaccounts system:serviceaccounts:default system:authenticated]\n',
    );
    expect((await both('get --raw /api/v1/namespaces/default/pods --as system:anonymous')).err).toBe(ANONYMOUS);
    expect((await both('get pods --as-group ops')).err).toBe(
      'error: requesting uid, groups or user-extra for kubetick without impersonating a user\n',
    );
    expect((await both('get pods --as ann')).err).toContain('User "ann" cannot list resource "pods"');
    await ok(ours('user create carl'));
    const carl = (rest: string) => both(`auth whoami --context carl --as ann ${rest}`.trim());
    const forbidden = (what: string, verb: string, resource: string, group: string) =>
      `Error from server (Forbidden): ${what} is forbidden: User "carl" cannot ${verb} resource "${resource}" in API group "${group}" at the cluster scope\n`;
    const api = 'authentication.k8s.io';
    expect((await carl('')).err).toBe(
      'error: the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it\n',
    );
    expect((await both('get nodes --context carl --as ann')).err).toBe(
      forbidden('nodes', 'impersonate-on:user-info:list', 'nodes', ''),
    );
    await ok(real('create clusterrole as-ann --verb impersonate --resource users --resource-name ann'));
    await ok(real('create clusterrolebinding as-ann --clusterrole as-ann --user carl'));
    expect((await carl('')).out).toContain('Username ann\n');
    // From now on the server tells what was wrong with the way that was good before.
    const nodes = (rest: string) => both(`get nodes --context carl --as ann ${rest}`);
    expect((await nodes('--as-group ops')).err).toBe(forbidden('groups "ops"', 'impersonate', 'groups', ''));
    expect((await nodes('--as-uid 7')).err).toBe(forbidden(`uids.${api} "7"`, 'impersonate', 'uids', api));
    expect((await nodes('--as-user-extra reason=test')).err).toBe(
      forbidden(`userextras.${api} "test"`, 'impersonate', 'userextras/reason', api),
    );
  });

  more('somebody else, by what the kubeconfig says of its user', async () => {
    const token = (await ok(real('create token default'))).trim();
    await ok(real(`config set-credentials acting --token ${token}`));
    await ok(real('create clusterrolebinding acting --clusterrole cluster-admin --serviceaccount default:default'));
    const written = readFileSync(server.kubeconfig, 'utf8');
    const acting =
      '    as: ann\n    as-uid: "7"\n    as-groups: [ops]\n    as-user-extra: {reason: [test], shift: [night]}\n';
    writeFileSync(
      server.kubeconfig,
      written.replace(`    token: ${token}`, (line) => acting + line),
    );
    const both = async (line: string) => {
      const said = await ok(real(line));
      expect(await ok(ours(line))).toBe(said);
      return said.replace(/ +/g, ' ');
    };
    expect(await both('auth whoami --user acting')).toBe(
      'ATTRIBUTE VALUE\nUsername ann\nUID 7\nGroups [ops system:authenticated]\nExtra: reason [test]\nExtra: shift [night]\n',
    );
    expect(await both('auth whoami --user acting --as bob --as-group devs --as-user-extra reason=more')).toBe(
      'ATTRIBUTE VALUE\nUsername bob\nUID 7\nGroups [devs system:authenticated]\nExtra: reason [more]\nExtra: shift [night]\n',
    );
  });

  /** Passes requests on with these headers, and this certificate. */
  async function proxyTo(endpoint: string, headers: IncomingHttpHeaders, shows: RequestOptions): Promise<string> {
    const proxy = createServer((incoming, answer) => {
      const { method, url = '' } = incoming;
      const onward = ask(
        new URL(url, endpoint),
        { ...shows, method, headers: { ...incoming.headers, ...headers }, rejectUnauthorized: false },
        (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(answer);
        },
      );
      incoming.pipe(onward);
    });
    closing.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  }
});
