/** Every way to be known to a cluster, turned on and off as a user types it, and what it makes of credentials. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { memoryCluster, type Ran, type TestCluster } from '../commands/harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
});
const auth = (line: string): Promise<Ran> => cluster.run(`auth ${line}`, { program: 'kubetick' });
const enabled = async (line: string) => expect(await auth(`enable ${line}`)).toMatchObject({ code: 0 });

/** Who it is, or what was said against it. */
async function known(flags: string): Promise<string> {
  const { out } = await auth(`explain ${flags} -o json`);
  const { user, error = '' } = JSON.parse(out);
  return user ? `${user.name} ${user.uid ?? '-'} ${user.groups.join(',')}` : error;
}
const token = (text: string) => known(`--credential-token ${text}`);

describe('token-file', () => {
  test('lines of token, name, uid and groups', async () => {
    cluster.write('users.csv', 'sesame,ann,7,"ops,devs"\nopen,bob,8\n,nobody,9\n"a,b",eve,10\n');
    await enabled('token-file users.csv');
    expect(await token('sesame')).toBe('ann 7 ops,devs,system:authenticated');
    expect(await token('open')).toBe('bob 8 system:authenticated');
    expect(await token('a,b')).toBe('eve 10 system:authenticated');
    expect(await token('sesam')).toBe('invalid bearer token');
    expect((await auth('disable token-file')).out).toBe('authentication by token-file disabled\n');
    expect(await token('sesame')).toBe('invalid bearer token');
  });

  test('lines that are too short', async () => {
    cluster.write('short.csv', 'sesame,ann\n');
    expect((await auth('enable token-file short.csv')).err).toBe(
      "error: token file 'short.csv' must have at least 3 columns (token, user name, user uid), found 2\n",
    );
  });
});

test('password-file: off by default, and with a warning', async () => {
  const basic = (text: string) => known(`--credential-basic ${text}`);
  expect(await basic('ann:secret')).toBe('system:anonymous - system:unauthenticated');
  cluster.write('passwords.csv', 'secret,ann,7,ops\n');
  expect(await auth('enable password-file passwords.csv')).toEqual({
    out: 'authentication by password-file enabled\n',
    err: 'Warning: authentication by password was removed from Kubernetes in v1.19: passwords in a file are for learning only\n',
    code: 0,
  });
  expect(await basic('ann:secret')).toBe('ann 7 ops,system:authenticated');
  for (const wrong of ['ann:secre', 'ann:', 'bob:secret', 'ann'])
    expect(await basic(wrong)).toBe('invalid username/password combination');
  await auth('disable password-file');
});

test('anonymous: everywhere, on some paths, nowhere', async () => {
  expect(await known('--path /api')).toBe('system:anonymous - system:unauthenticated');
  await enabled('anonymous --path /healthz --path /livez');
  expect(await known('--path /livez')).toBe('system:anonymous - system:unauthenticated');
  expect((await auth('explain --path /api')).out).toMatch(/\n401 Unauthorized\n$/);
  await auth('disable anonymous');
  expect((await auth('explain --path /healthz')).code).toBe(1);
  await enabled('anonymous');
});

describe('bootstrap-token', () => {
  const secret = (fields: Record<string, string>) => {
    const stringData = {
      'token-id': '07401b',
      'token-secret': 'f395accd246ae52d',
      'usage-bootstrap-authentication': 'true',
      ...fields,
    };
    const metadata = { name: 'bootstrap-token-07401b', namespace: 'kube-system' };
    cluster.write(
      'token.json',
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'bootstrap.kubernetes.io/token', stringData }),
    );
    return cluster.ok('replace --force -f token.json');
  };
  const TOKEN = '07401b.f395accd246ae52d';

  test('is a member of its groups', async () => {
    expect(await token(TOKEN)).toBe('invalid bearer token');
    await secret({ 'auth-extra-groups': 'system:bootstrappers:worker,system:bootstrappers:ingress' });
    expect(await token(TOKEN)).toBe(
      'system:bootstrap:07401b - system:bootstrappers,system:bootstrappers:worker,system:bootstrappers:ingress,system:authenticated',
    );
  });

  test.each([
    ['has another token-secret', { 'token-secret': 'f395accd246ae52e' }],
    ['is not for authentication', { 'usage-bootstrap-authentication': 'false' }],
    ['has expired', { expiration: '2025-12-31T23:59:59Z' }],
    ['has expired', { expiration: 'tomorrow' }],
    ['has groups that are none of system:bootstrappers', { 'auth-extra-groups': 'system:masters' }],
  ])('%s: then nobody knows it', async (why, fields) => {
    await secret(fields as Record<string, string>);
    expect(await token(TOKEN)).toBe('invalid bearer token');
    expect((await auth(`explain --credential-token ${TOKEN}`)).out).toContain(
      `not known: secret kube-system/bootstrap-token-07401b ${why}`,
    );
  });
});

test('a bootstrap token that has expired is cleaned away', async () => {
  const left = () => cluster.run('get secrets -n kube-system -o name');
  await cluster.ok(
    `patch secret bootstrap-token-07401b -n kube-system -p '{"stringData":{"expiration":"2026-01-01T01:00:00Z"}}'`,
  );
  await cluster.ok('tick 59m', { program: 'kubetick' });
  expect((await left()).out).toBe('secret/bootstrap-token-07401b\n');
  await cluster.ok('tick 61s', { program: 'kubetick' });
  expect((await left()).out).toBe('');
});

describe('oidc', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ISSUER = 'https://issuer.example';
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (claims: object, key: KeyObject = privateKey, header: object = { alg: 'RS256', kid: 'one' }) => {
    const text = `${part(header)}.${part({ iss: ISSUER, aud: 'cluster', sub: 'u-1', exp: now + 600, ...claims })}`;
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  };
  beforeAll(async () => {
    cluster.write(
      'keys.json',
      JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] }),
    );
    await enabled(
      `oidc --oidc-issuer-url ${ISSUER} --oidc-client-id cluster --oidc-username-claim email --oidc-groups-claim groups --oidc-groups-prefix oidc: --oidc-required-claim hd=example.com --jwks keys.json`,
    );
  });
  const good = { email: 'ann@example.com', email_verified: true, groups: ['ops', 'devs'], hd: 'example.com' };

  test('names and groups, with prefixes', async () => {
    expect(await token(signed(good))).toBe('ann@example.com - oidc:ops,oidc:devs,system:authenticated');
    expect(await token(signed({ ...good, groups: 'ops', aud: ['other', 'cluster'] }))).toBe(
      'ann@example.com - oidc:ops,system:authenticated',
    );
  });

  test.each<[string, () => string, RegExp | string]>([
    ['another issuer', () => signed({ ...good, iss: 'https://evil.example' }), 'invalid bearer token'],
    [
      'another audience',
      () => signed({ ...good, aud: 'bank' }),
      'oidc: verify token: oidc: expected audience in ["cluster"] got ["bank"]',
    ],
    [
      'expired',
      () => signed({ ...good, exp: now - 600 }),
      /^oidc: verify token: oidc: token is expired \(Token Expiry: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\)$/,
    ],
    ['without an end', () => signed({ ...good, exp: undefined }), /^oidc: verify token: /],
    [
      'not yet valid',
      () => signed({ ...good, nbf: now + 600 }),
      'oidc: verify token: oidc: current time is before the nbf (not before) time',
    ],
    [
      'of another key',
      () => signed(good, other.privateKey),
      'oidc: verify token: failed to verify signature: failed to verify id token signature',
    ],
    [
      'of a key that is not there',
      () => signed(good, other.privateKey, { alg: 'RS256', kid: 'two' }),
      /failed to verify id token signature$/,
    ],
    [
      'alg none',
      () => `${part({ alg: 'none' })}.${part({ iss: ISSUER, aud: 'cluster', exp: now + 600, ...good })}.`,
      /^oidc: verify token: /,
    ],
    [
      'HS256 with the public key',
      () => {
        const text = `${part({ alg: 'HS256', kid: 'one' })}.${part({ iss: ISSUER, aud: 'cluster', exp: now + 600, ...good })}`;
        const secret = publicKey.export({ type: 'spki', format: 'pem' });
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      },
      'oidc: verify token: oidc: id token signed with unsupported algorithm',
    ],
    ['no name', () => signed({ ...good, email: undefined }), 'oidc: parse username claims "email": claim not present'],
    ['an address nobody has verified', () => signed({ ...good, email_verified: false }), 'oidc: email not verified'],
    [
      'a claim that is required',
      () => signed({ ...good, hd: undefined }),
      'oidc: required claim hd not present in ID token',
    ],
    [
      'a claim of another value',
      () => signed({ ...good, hd: 'evil.com' }),
      'oidc: required claim hd value does not match. Got = evil.com, want = example.com',
    ],
    ['groups that are none', () => signed({ ...good, groups: [1] }), /^oidc: parse groups claim "groups": /],
  ])('%s', async (_, make, why) => {
    const said = await token(make());
    if (typeof why === 'string') expect(said).toBe(why);
    else expect(said).toMatch(why);
  });

  test('an AuthenticationConfiguration, with expressions', async () => {
    cluster.write(
      'authentication.yaml',
      `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: ${ISSUER}
    audiences: [cluster]
  claimValidationRules:
  - expression: claims.exp - claims.iat <= 86400
    message: good for more than a day
  claimMappings:
    username:
      expression: claims.sub + ":" + claims.team
    groups:
      expression: claims.roles.split(",")
    uid:
      claim: sub
    extra:
    - key: example.com/team
      valueExpression: claims.team
  userValidationRules:
  - expression: "!user.username.startsWith('system:')"
    message: names of the system are taken
anonymous:
  enabled: true
  conditions:
  - path: /healthz
`,
    );
    await enabled('oidc authentication.yaml --jwks keys.json');
    const claims = { iat: now, team: 'blue', roles: 'ops,devs' };
    expect(await token(signed(claims))).toBe('u-1:blue u-1 ops,devs,system:authenticated');
    expect(JSON.parse((await auth(`explain --credential-token ${signed(claims)} -o json`)).out).user.extra).toEqual({
      'example.com/team': ['blue'],
    });
    expect(await token(signed({ ...claims, exp: now + 90000 }))).toBe(
      "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat <= 86400' failed: good for more than a day",
    );
    expect(await token(signed({ ...claims, sub: 'system' }))).toBe(
      "oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith('system:')' failed: names of the system are taken",
    );
    expect(await token(signed({ ...claims, team: undefined }))).toMatch(
      /^oidc: error evaluating username claim expression: .*no such key: team/,
    );
    expect((await auth('explain --path /api')).code).toBe(1);
    await enabled('anonymous');
  });

  test.each([
    ['http://issuer.example', 'jwt[0].issuer.url: Invalid value: "http://issuer.example": URL scheme must be https'],
    ['https://kubernetes.default.svc.cluster.local', /URL must not overlap with disallowed issuers/],
    ['https://a:b@issuer.example', /URL must not contain a username or password/],
  ])('an issuer that is none: %s', async (url, why) => {
    expect((await auth(`enable oidc --oidc-issuer-url ${url} --oidc-client-id cluster`)).err).toMatch(why);
  });

  test('what is wrong with a file is told', async () => {
    cluster.write(
      'wrong.yaml',
      `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://a.example", audiences: []}
  claimMappings: {username: {claim: sub}, groups: {expression: "claims.x +"}}
`,
    );
    expect((await auth('enable oidc wrong.yaml')).err).toMatch(
      /jwt\[0\].issuer.audiences: Required value: .*jwt\[0\].claimMappings.username.prefix: Required value: prefix is required when claim is set.*jwt\[0\].claimMappings.groups.expression: Invalid value: "claims.x \+": compilation failed/s,
    );
    cluster.write('more.yaml', 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwks: []\n');
    expect((await auth('enable oidc more.yaml')).err).toBe('error: strict decoding error: unknown field "jwks"\n');
  });
});

describe('auth', () => {
  test('explain tells what each of them says', async () => {
    const ran = await auth('explain --credential-token nonsense');
    expect(ran.code).toBe(1);
    expect(ran.out.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'AUTHENTICATOR SAYS',
      'x509 nothing of its kind',
      'service-account (in a secret) nothing of its kind',
      'service-account nothing of its kind',
      'bootstrap-token nothing of its kind',
      'oidc https://issuer.example nothing of its kind',
      'bearer-token refused: invalid bearer token',
      '',
      '401 Unauthorized: invalid bearer token',
      '',
    ]);
  });

  test('is for admins', async () => {
    await cluster.ok('create clusterrolebinding ann --clusterrole cluster-admin --user ann');
    expect((await auth('explain --as ann')).err).toMatch(/Forbidden/);
    expect((await auth('disable x509 --as ann')).err).toMatch(/Forbidden/);
  });

  test.each([
    ['enable', 'METHOD is required; one of anonymous, bootstrap-token, oidc'],
    ['enable magic', 'there is no method "magic"; one of'],
    ['enable x509 --client-crl-file list.pem', 'certificates can not be revoked by a list: Kubernetes reads no CRL.'],
    ['enable token-file', 'the name of a token file is required'],
    ['enable token-file nowhere.csv', 'open nowhere.csv: no such file or directory'],
    ['enable request-header', '--requestheader-client-ca-file is required'],
    ['enable oidc', 'oidc-issuer-url and oidc-client-id must be specified together'],
    ['enable webhook', 'the name of a kubeconfig is required'],
  ])('%s', async (line, why) => {
    const { err, code } = await auth(line);
    expect(err).toContain(why);
    expect(code).toBe(1);
  });
});
