/** Credentials that are wrong, over HTTPS, as an attacker would show them. None gets in. */
import 'reflect-metadata';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { issueAuthority, issueCertificate, type KeyPair } from '../../src/apiserver/certificates/issue-certificate';
import { type ServedTestFolder, servedFolder } from '../server/served-folder';

const DAY = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

let served: ServedTestFolder;
let authority: KeyPair;
const inFolder = (name: string) => readFileSync(join(served.stateFolder, 'pki', name), 'utf8');

beforeAll(async () => {
  served = await servedFolder();
  authority = { certificate: inFolder('ca.crt'), key: inFolder('ca.key') };
});

/** What the API server makes of a client that shows this: a status code, and a name where it is known. */
function ask(
  path: string,
  { certificate, key, headers = {} }: Partial<KeyPair> & { headers?: Record<string, string> } = {},
) {
  return new Promise<{ code: number; text: string }>((resolve, reject) => {
    const client = { ...(certificate ? { cert: certificate } : {}), ...(key ? { key } : {}) };
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    const isReview = path.endsWith('selfsubjectreviews');
    const sent = request({
      host: '127.0.0.1',
      port: served.port,
      path,
      method: isReview ? 'POST' : 'GET',
      ca: authority.certificate,
      agent: false,
      ...client,
      headers: { ...headers, ...(isReview ? { 'content-type': 'application/json' } : {}) },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
    });
    sent.end(isReview ? body : undefined);
  });
}

const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

async function whoami(shown: Parameters<typeof ask>[1]): Promise<string> {
  const { code, text } = await ask(WHOAMI, shown);
  return code === 201 ? JSON.parse(text).status.userInfo.username : String(code);
}

const now = Date.now();
const subject = { commonName: 'kubernetes-admin', organization: 'system:masters' };
const days = (from: number, to: number) => ({ from: new Date(now + from * DAY), to: new Date(now + to * DAY) });

let keyNumber = 1;

describe('certificates', () => {
  test('of the authority get in: its own, and one that it signs from outside', async () => {
    expect(await whoami(served.credentials.admin)).toBe('kubernetes-admin');
    const bob = await issueCertificate(authority, { subject: { commonName: 'bob' }, ...days(-1, 1) });
    expect(await whoami(bob)).toBe('bob');
  });

  test.each<[string, () => Promise<KeyPair>]>([
    ['expired', () => issueCertificate(authority, { subject, ...days(-2, -1) })],
    ['not yet valid', () => issueCertificate(authority, { subject, ...days(1, 2) })],
    ['for servers only', () => issueCertificate(authority, { subject, ...days(-1, 1), server: ['localhost'] })],
    [
      'of an authority of the same name',
      async () => issueCertificate(await issueAuthority(days(-1, 1)), { subject, ...days(-1, 1) }),
    ],
    ['self-signed', () => selfSigned()],
    ['the server’s own', async () => served.credentials.server],
    [
      'signed with the key of a client',
      async () => {
        const bob = await issueCertificate(authority, { subject: { commonName: 'bob' }, ...days(-1, 1) });
        const forged = await issueCertificate(bob, { subject, ...days(-1, 1) });
        return { certificate: forged.certificate + bob.certificate, key: forged.key };
      },
    ],
    ['without a name', () => signedWith({ name: [{ O: ['system:masters'] }] })],
    [
      'by the cluster’s clock over',
      () => signedWith({ serialNumber: '6b7469636b01', to: new Date('2025-12-31T00:00:00Z') }),
    ],
    [
      'by the cluster’s clock to come',
      () => signedWith({ serialNumber: '6b7469636b02', from: new Date('2026-06-01T00:00:00Z') }),
    ],
  ])('that is %s does not', async (_, make) => {
    const { certificate, key } = await make();
    const name = await whoami({ certificate, key });
    // Without a name it says nothing of anybody: then one is nobody.
    expect(['401', '403', 'system:anonymous']).toContain(name);
    expect((await ask('/api/v1/secrets', { certificate, key })).code).toBeGreaterThanOrEqual(401);
  });

  describe('that others stand between', () => {
    const bob = { subject: { commonName: 'bob' }, ...days(-1, 1) };
    /** What the last of these signed, with all of them, and who it is to the server. */
    const signedThrough = async (...wanted: Parameters<typeof subAuthority>[1][]) => {
      const between: KeyPair[] = [];
      for (const one of wanted) between.unshift(await subAuthority(between[0] ?? authority, one));
      const { certificate, key } = await issueCertificate(between[0] ?? authority, bob);
      return { certificate: [certificate, ...between.map((one) => one.certificate)].join(''), key };
    };

    test('who are authorities: they get in', async () => {
      expect(await whoami(await signedThrough({}))).toBe('bob');
      expect(await whoami(await signedThrough({ pathLength: 1 }, { pathLength: 0 }))).toBe('bob');
      expect(await whoami(await signedThrough({ usages: [ExtendedKeyUsage.clientAuth] }, {}))).toBe('bob');
      expect(await whoami(await signedThrough({}, {}, {}))).toBe('bob');
    });

    test.each<[string, Parameters<typeof subAuthority>[1][]]>([
      ['more than one allows', [{ pathLength: 0 }, {}]],
      ['more than the first allows', [{ pathLength: 1 }, {}, {}]],
      ['for servers only', [{ usages: [ExtendedKeyUsage.serverAuth] }]],
      ['for servers only, the one above', [{ usages: [ExtendedKeyUsage.serverAuth] }, {}]],
      ['that are over', [days(-3, -2)]],
      ['that are to come', [{}, days(2, 3)]],
      ['that are none', [{ ca: false }]],
    ])('%s: they do not', async (_, between) => {
      expect(await whoami(await signedThrough(...between))).toBe('401');
    });

    test('without those between they do not', async () => {
      const { certificate, key } = await signedThrough({}, {});
      const [leaf = '', first = '', second = ''] = certificate.split(/(?=-----BEGIN)/);
      expect(await whoami({ certificate: leaf, key })).toBe('401');
      expect(await whoami({ certificate: leaf + first, key })).toBe('401');
      expect(await whoami({ certificate: leaf + second, key })).toBe('401');
    });
  });

  /** One that another stands behind. */
  async function subAuthority(
    by: KeyPair,
    wanted: { pathLength?: number; usages?: string[]; from?: Date; to?: Date; ca?: boolean },
  ): Promise<KeyPair> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const { from, to } = { ...days(-1, 1), ...wanted };
    const certificate = await X509CertificateGenerator.create({
      subject: [{ CN: [`between ${keyNumber++}`] }],
      issuer: new X509Certificate(by.certificate).subjectName,
      notBefore: from,
      notAfter: to,
      publicKey: keys.publicKey,
      signingKey: await signingKeyOf(by),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(wanted.ca ?? true, wanted.pathLength, true),
        ...(wanted.usages ? [new ExtendedKeyUsageExtension(wanted.usages)] : []),
      ],
    });
    return pair(certificate, keys.privateKey);
  }

  async function selfSigned(): Promise<KeyPair> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ O: ['system:masters'] }, { CN: ['kubernetes-admin'] }],
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + DAY),
      keys,
      signingAlgorithm: ALGORITHM,
    });
    return pair(certificate, keys.privateKey);
  }

  async function signedWith(wanted: {
    name?: { [part: string]: string[] }[];
    serialNumber?: string;
    from?: Date;
    to?: Date;
  }): Promise<KeyPair> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const issuer = new X509Certificate(authority.certificate);
    const signingKey = await signingKeyOf(authority);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: wanted.serialNumber ?? '01',
      subject: wanted.name ?? [{ O: ['system:masters'] }, { CN: ['kubernetes-admin'] }],
      issuer: issuer.subjectName,
      notBefore: wanted.from ?? new Date('2025-12-01T00:00:00Z'),
      notAfter: wanted.to ?? new Date('2036-01-01T00:00:00Z'),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        new BasicConstraintsExtension(false, undefined, true),
      ],
    });
    return pair(certificate, keys.privateKey);
  }

  function signingKeyOf({ key }: KeyPair) {
    return crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), ALGORITHM, false, ['sign']);
  }

  async function pair(
    certificate: X509Certificate,
    key: Parameters<typeof crypto.subtle.exportKey>[1],
  ): Promise<KeyPair> {
    const exported = await crypto.subtle.exportKey('pkcs8', key);
    return {
      certificate: `${certificate.toString('pem')}\n`,
      key: PemConverter.encode(exported, PemConverter.PrivateKeyTag),
    };
  }
});

describe('tokens of service accounts', () => {
  const part = (value: object | string) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let good: string;
  let header: Record<string, unknown>;
  let claims: Record<string, unknown>;
  let key: KeyObject;
  beforeAll(async () => {
    await served.run('create serviceaccount robot');
    await served.run('create serviceaccount admin');
    await served.run('create clusterrolebinding admin --clusterrole cluster-admin --serviceaccount default:admin');
    good = (await served.run('create token robot')).out;
    [header, claims] = good
      .split('.')
      .slice(0, 2)
      .map((text) => JSON.parse(Buffer.from(text, 'base64url').toString())) as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    key = createPrivateKey(inFolder('sa.key'));
  });
  const signed = (head: object, body: object, by: KeyObject = key) => {
    const text = `${part(head)}.${part(body)}`;
    return `${text}.${sign('sha256', Buffer.from(text), by).toString('base64url')}`;
  };
  const as = (token: string) => whoami({ headers: { authorization: `Bearer ${token}` } });

  test('that are good get in', async () => {
    expect(await as(good)).toBe('system:serviceaccount:default:robot');
    expect(await as(signed(header, claims))).toBe('system:serviceaccount:default:robot');
  });

  test.each<[string, () => string]>([
    ['alg none', () => `${part({ ...header, alg: 'none' })}.${good.split('.')[1]}.`],
    ['alg None', () => `${part({ ...header, alg: 'None' })}.${good.split('.')[1]}.${good.split('.')[2]}`],
    ['no signature', () => `${good.slice(0, good.lastIndexOf('.'))}.`],
    ['no third part', () => good.slice(0, good.lastIndexOf('.'))],
    ['a changed signature', () => `${good.slice(0, -4)}AAAA`],
    [
      'claims of another account',
      () =>
        `${good.split('.')[0]}.${part({ ...claims, sub: 'system:serviceaccount:default:admin' })}.${good.split('.')[2]}`,
    ],
    ['the key of somebody else', () => signed(header, claims, other.privateKey)],
    ['the key of somebody else, and its name', () => signed({ ...header, kid: 'mine' }, claims, other.privateKey)],
    [
      'the key of somebody else, brought along',
      () => signed({ alg: 'RS256', jwk: other.publicKey.export({ format: 'jwk' }) }, claims, other.privateKey),
    ],
    [
      'a key that is to be fetched',
      () => signed({ ...header, jku: 'https://127.0.0.1/keys' }, claims, other.privateKey),
    ],
    ['a part that must be understood', () => signed({ ...header, crit: ['b64'], b64: false }, claims)],
    [
      'HS256 with the public key, as PEM',
      () => hmac(createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()),
    ],
    ['HS256 with the public key, as DER', () => hmac(createPublicKey(key).export({ type: 'spki', format: 'der' }))],
    ['HS256 with its name', () => hmac(String(header['kid']))],
    ['HS256 with nothing', () => hmac('')],
    ['RS512', () => signed({ ...header, alg: 'RS512' }, claims)],
    ['another issuer', () => signed(header, { ...claims, iss: 'https://evil.example' })],
    ['no issuer', () => signed(header, { ...claims, iss: undefined })],
    ['another audience', () => signed(header, { ...claims, aud: ['vault'] })],
    ['expired', () => signed(header, { ...claims, exp: Number(claims['iat']) - 61 })],
    ['no end', () => signed(header, { ...claims, exp: undefined })],
    ['not yet valid', () => signed(header, { ...claims, nbf: Number(claims['iat']) + 61 })],
    ['issued in the future', () => signed(header, { ...claims, iat: Number(claims['iat']) + 61 })],
    ['no account', () => signed(header, { ...claims, 'kubernetes.io': {} })],
    [
      'another uid',
      () =>
        signed(header, {
          ...claims,
          'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot', uid: '7' } },
        }),
    ],
    [
      'another namespace',
      () =>
        signed(header, {
          ...claims,
          'kubernetes.io': { namespace: 'default/robot/../..', serviceaccount: { name: 'robot' } },
        }),
    ],
    ['claims that are none', () => signed(header, ['x'])],
    ['nonsense', () => 'a.b.c'],
    [
      'a JSON serialization',
      () => part(JSON.stringify({ payload: good.split('.')[1], signature: good.split('.')[2] })),
    ],
    ['two', () => `${good},${good}`],
  ])('with %s do not', async (_, make) => {
    expect(await as(make())).toBe('401');
  });

  function hmac(secret: string | Buffer): string {
    const text = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  }

  test('of an account that is gone', async () => {
    await served.run('create serviceaccount short');
    const { out: token } = await served.run('create token short');
    expect(await as(token)).toBe('system:serviceaccount:default:short');
    await served.run('delete serviceaccount short');
    expect(await as(token)).toBe('401');
    await served.run('create serviceaccount short');
    expect(await as(token)).toBe('401');
  });

  test('for another account are not given to one who may not', async () => {
    const { err } = await served.run(`create token admin --token ${good}`);
    expect(err).toMatch(
      'serviceaccounts "admin" is forbidden: User "system:serviceaccount:default:robot" cannot create resource "serviceaccounts/token"',
    );
  });

  test('in the wrong place, or twice, are none', async () => {
    expect((await ask(`/api/v1/secrets?token=${good}&access_token=${good}`)).code).toBe(403);
    expect(await whoami({ headers: { authorization: good } })).not.toContain('robot');
    expect(await whoami({ headers: { authorization: `Bearer  ${good}` } })).not.toContain('robot');
    expect(await whoami({ headers: { authorization: `Basic ${good}` } })).not.toContain('robot');
  });
});

test('headers of a proxy are nothing without its certificate, nor with that of a client', async () => {
  const headers = { 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters' };
  const bob = await issueCertificate(authority, { subject: { commonName: 'bob' }, ...days(-1, 1) });
  expect((await ask('/api/v1/secrets', { headers })).code).toBe(403);
  const proxies = await issueAuthority(days(-1, 1));
  const file = join(served.stateFolder, 'proxy-ca.crt');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(file, proxies.certificate);
  await served.run(
    `auth enable request-header --requestheader-client-ca-file ${file} --requestheader-allowed-names proxy`,
    { program: 'kubetick' },
  );
  const proxy = await issueCertificate(proxies, { subject: { commonName: 'proxy' }, ...days(-1, 1) });
  const stranger = await issueCertificate(proxies, { subject: { commonName: 'stranger' }, ...days(-1, 1) });
  expect(await whoami({ ...proxy, headers: { 'x-remote-user': 'ann', 'x-remote-group': 'ops' } })).toBe('ann');
  expect(await whoami({ ...bob, headers })).toBe('bob');
  expect((await ask('/api/v1/secrets', { headers })).code).toBe(403);
  expect(await whoami({ ...stranger, headers })).toBe('401');
  const late = await issueCertificate(proxies, { subject: { commonName: 'proxy' }, ...days(-2, -1) });
  expect(await whoami({ ...late, headers })).toBe('401');
});

test('the admin’s token, nearly', async () => {
  const { adminToken } = served.credentials;
  for (const token of [adminToken.slice(1), `${adminToken}0`, adminToken.toUpperCase(), adminToken.slice(0, -1), '']) {
    const name = await whoami({ headers: { authorization: `Bearer ${token}` } });
    expect(name).not.toBe('kubernetes-admin');
  }
});
