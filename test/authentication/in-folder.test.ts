/** Credentials on the command line: to the cluster in the folder they mean what they mean to a server. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, run } from '../commands/harness';
import { servedFolder } from '../server/served-folder';

const home = mkdtempSync(join(tmpdir(), 'kubetick-authn-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const environment = { HOME: home, KUBETICK_STATE: join(home, 'state') };
const kubectl = (line: string): Promise<Ran> => run(line, { environment });

test('a token of a service account, and the key that is made for it, for its owner’s eyes only', async () => {
  await kubectl('create serviceaccount robot');
  const { out: token } = await kubectl('create token robot');
  const file = join(home, 'state', 'pki', 'sa.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect((await kubectl(`auth whoami -o jsonpath={.status.userInfo.username} --token ${token}`)).out).toBe(
    'system:serviceaccount:default:robot',
  );
  expect((await kubectl(`get pods --token ${token}`)).err).toBe(
    'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "default"\n',
  );
  await kubectl('create rolebinding robot --clusterrole view --serviceaccount default:robot');
  expect((await kubectl(`get pods --token ${token}`)).err).toBe('No resources found in default namespace.\n');
  expect(await kubectl('get pods --token sesame')).toEqual({
    out: '',
    err: 'error: You must be logged in to the server (Unauthorized)\n',
    code: 1,
  });
});

test('a certificate, and a server of the same process after it', async () => {
  await run('user create ann', { environment, program: 'kubetick' });
  expect((await kubectl('auth whoami --context ann -o jsonpath={.status.userInfo.username}')).out).toBe('ann');
  expect((await kubectl('get pods --client-certificate state/pki/ca.crt')).code).toBe(1);
});

test('the same token over HTTPS, and the admin’s token once there is one', async () => {
  const { out: token } = await kubectl('create token robot');
  const served = await servedFolder({ stateFolder: environment.KUBETICK_STATE });
  const asked = async (bearer: string, path: string) =>
    (await served.ask(path, { credentials: 'none', headers: { authorization: `Bearer ${bearer}` } })).code;
  expect(await asked(token, '/api/v1/namespaces/default/pods')).toBe(200);
  expect(await asked(token, '/api/v1/namespaces/default/secrets')).toBe(403);
  expect(await asked(`${token}x`, '/api/v1/namespaces/default/pods')).toBe(401);
  // The command finds the server, and comes as who it says.
  expect((await kubectl(`get secrets --token ${token}`)).err).toContain('User "system:serviceaccount:default:robot"');
  await served.close();
  const { adminToken } = served.credentials;
  expect((await kubectl(`auth whoami -o jsonpath={.status.userInfo.username} --token ${adminToken}`)).out).toBe(
    'kubernetes-admin',
  );
});

test('as somebody else, because the kubeconfig says so of its user', async () => {
  await kubectl('config set-credentials acting');
  await kubectl('config set users.acting.as ann');
  const who = (flags = '') =>
    kubectl(`auth whoami --user acting -o jsonpath={.status.userInfo.username},{.status.userInfo.groups} ${flags}`);
  expect(await who()).toMatchObject({ err: '', out: 'ann,["system:authenticated"]' });
  expect(await who('--as bob --as-group ops')).toMatchObject({ err: '', out: 'bob,["ops","system:authenticated"]' });
  await kubectl('config unset users.acting.as');
  await kubectl('config set users.acting.as-uid 7');
  expect((await who()).err).toBe(
    'error: requesting uid, groups or user-extra for acting without impersonating a user\n',
  );
});
