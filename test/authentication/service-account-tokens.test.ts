/** `create token` and what the token is good for, in process; what is not good is in attacks.test.ts. */
import { createPublicKey, verify } from 'node:crypto';
import type { KubeObject } from '../../src/apimachinery/meta';
import type { TokenVerdict } from '../../src/apiserver/authentication';
import type { Client } from '../../src/client/client';
import { memoryCluster, type TestCluster } from '../commands/harness';

const REVIEWS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const ISSUER = 'https://kubernetes.default.svc.cluster.local';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create serviceaccount robot');
});

function claimsOf(token: string) {
  const [header = '', payload = ''] = token.split('.');
  const json = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
  return { header: json(header), claims: json(payload) };
}

async function review(client: Client, token: string, audiences?: string[]): Promise<TokenVerdict> {
  const spec = { token, ...(audiences ? { audiences } : {}) };
  const body: KubeObject = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec };
  return (await client.create(REVIEWS, '', body))['status'];
}

const uidOf = async (object: string) => cluster.ok(`get ${object} -o jsonpath={.metadata.uid}`);
const tokenFor = async (flags = '') => (await cluster.ok(`create token robot ${flags}`)).trim();
const moves = async (by: string) => cluster.ok(`tick ${by}`, { program: 'kubetick' });

describe('a token', () => {
  test('says who it is for, until when, and is signed by the key that the cluster publishes', async () => {
    const token = await tokenFor();
    const { header, claims } = claimsOf(token);
    const { keys } = JSON.parse(await cluster.ok('get --raw /openid/v1/jwks'));
    expect(keys).toEqual([{ use: 'sig', kty: 'RSA', kid: header.kid, alg: 'RS256', n: expect.any(String), e: 'AQAB' }]);
    expect(header).toEqual({ alg: 'RS256', kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(Object.keys(claims)).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'kubernetes.io', 'nbf', 'sub']);
    expect(claims).toMatchObject({
      aud: [ISSUER],
      iss: ISSUER,
      sub: 'system:serviceaccount:default:robot',
      'kubernetes.io': {
        namespace: 'default',
        serviceaccount: { name: 'robot', uid: await uidOf('serviceaccount/robot') },
      },
    });
    expect(claims.exp - claims.iat).toBe(3600);
    expect(claims.iat).toBe(claims.nbf);
    const [signed, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]];
    const key = createPublicKey({ key: keys[0], format: 'jwk' });
    expect(verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('is found where OpenID Connect looks for its issuer', async () => {
    expect(JSON.parse(await cluster.ok('get --raw /.well-known/openid-configuration'))).toEqual({
      issuer: ISSUER,
      jwks_uri: expect.stringMatching(/^https:\/\/[\d.]+:6443\/openid\/v1\/jwks$/),
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });

  test('is told whole with -o', async () => {
    const request = JSON.parse(await cluster.ok('create token robot --duration 20m --audience a --audience b -o json'));
    expect(request).toMatchObject({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: 'robot', namespace: 'default' },
      spec: { audiences: ['a', 'b'], expirationSeconds: 1200, boundObjectRef: null },
    });
    const { claims } = claimsOf(request.status.token);
    expect(claims.aud).toEqual(['a', 'b']);
    expect(request.status.expirationTimestamp).toBe(new Date(claims.exp * 1000).toISOString().replace('.000', ''));
  });

  test.each([
    [
      'robot --duration 9m59s',
      'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    [
      'robot --duration 1193047h',
      'spec.expirationSeconds: Invalid value: 4294969200: may not specify a duration larger than 2^32 seconds',
    ],
  ])('create token %s is refused', async (line, why) => {
    const { err, code } = await cluster.run(`create token ${line}`);
    expect(err).toBe(`error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: ${why}\n`);
    expect(code).toBe(1);
  });

  test.each([
    ['nobody', 'serviceaccounts "nobody" not found'],
    ['robot --bound-object-kind Secret --bound-object-name nothing', 'secrets "nothing" not found'],
    [
      'robot --bound-object-kind Node --bound-object-name node-1 --bound-object-uid 7',
      /Operation cannot be fulfilled on Node "node-1": the UID in the bound object reference \(7\) does not match the UID in record\. The object might have been deleted and then recreated/,
    ],
  ])('create token %s fails', async (line, why) => {
    const { err, code } = await cluster.run(`create token ${line}`);
    expect(err).toMatch(why);
    expect(code).toBe(1);
  });
});

describe('a TokenReview', () => {
  test('tells whose a token is', async () => {
    const token = await tokenFor();
    expect(await review(cluster.client, token)).toEqual({
      authenticated: true,
      user: {
        username: 'system:serviceaccount:default:robot',
        uid: await uidOf('serviceaccount/robot'),
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claimsOf(token).claims.jti}`] },
      },
      audiences: [ISSUER],
    });
  });

  test('tells for whom it is meant', async () => {
    const token = await tokenFor('--audience vault --audience other');
    expect(await review(cluster.client, token, ['vault', 'bank'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
    });
    expect(await review(cluster.client, token)).toEqual({
      user: {},
      error: `token audiences ["vault" "other"] is invalid for the target audiences ["${ISSUER}"]`,
    });
  });

  test('needs a token', async () => {
    await expect(review(cluster.client, '')).rejects.toThrow('token is required for TokenReview in authentication');
  });

  test('of what is none', async () => {
    expect(await review(cluster.client, 'nonsense')).toEqual({ user: {}, error: 'invalid bearer token' });
  });
});

describe('a token is no good any more', () => {
  test('when its time is over, on the cluster’s clock', async () => {
    const token = await tokenFor('--duration 10m');
    await moves('11m');
    expect((await review(cluster.client, token)).user).toMatchObject({
      username: 'system:serviceaccount:default:robot',
    });
    await moves('1s');
    expect(await review(cluster.client, token)).toEqual({ user: {}, error: 'service account token has expired' });
  });

  test('when its account is another of the same name', async () => {
    await cluster.ok('create serviceaccount short');
    const old = await uidOf('serviceaccount/short');
    const token = (await cluster.ok('create token short')).trim();
    await cluster.ok('delete serviceaccount short');
    expect((await review(cluster.client, token)).error).toBe('serviceaccounts "short" not found');
    await cluster.ok('create serviceaccount short');
    expect((await review(cluster.client, token)).error).toBe(
      `service account UID (${await uidOf('serviceaccount/short')}) does not match claim (${old})`,
    );
  });

  test.each(['Secret', 'Pod', 'Node'])('when the %s that it is bound to is gone', async (kind) => {
    const create: Record<string, string> = {
      Secret: 'create secret generic bound',
      Pod: `run bound --image nginx --overrides '{"spec":{"serviceAccountName":"robot"}}'`,
      Node: 'create -f node.yaml',
    };
    cluster.write('node.yaml', 'apiVersion: v1\nkind: Node\nmetadata:\n  name: bound\n');
    await cluster.ok(create[kind] as string);
    const uid = await uidOf(`${kind}/bound`);
    const token = await tokenFor(`--bound-object-kind ${kind} --bound-object-name bound`);
    const { claims } = claimsOf(token);
    expect(claims['kubernetes.io'][kind.toLowerCase()]).toEqual({ name: 'bound', uid });
    const { user } = await review(cluster.client, token);
    const told = kind === 'Secret' ? {} : { [`authentication.kubernetes.io/${kind.toLowerCase()}-name`]: ['bound'] };
    expect(user?.extra).toMatchObject(told);
    expect((await cluster.run(`delete ${kind} bound --force --grace-period 0`)).code).toBe(0);
    expect((await review(cluster.client, token)).error).toBe('service account token has been invalidated');
  });

  test('for a pod of another account there is none', async () => {
    await cluster.ok('run other --image nginx');
    const { err } = await cluster.run('create token robot --bound-object-kind Pod --bound-object-name other');
    expect(err).toBe(
      'error: failed to create token: cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.\n',
    );
  });

  test('a pod’s own token lasts a year, and says when it should have been renewed', async () => {
    await cluster.ok(`run mine --image nginx --overrides '{"spec":{"serviceAccountName":"robot"}}'`);
    await moves('10s');
    const { claims } = claimsOf(await tokenFor('--bound-object-kind Pod --bound-object-name mine --duration 3607s'));
    expect(claims.exp - claims.iat).toBe(365 * 24 * 3600);
    expect(claims['kubernetes.io'].warnafter - claims.iat).toBe(3607);
    expect(claims['kubernetes.io'].node).toEqual({ name: 'node-1', uid: await uidOf('node/node-1') });
  });
});
