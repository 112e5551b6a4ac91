/** Preferences on the cluster of a test. What needs no server is compared with the real kubectl in test/differential. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryCluster, type RunOptions, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 2 });
  await cluster.ok('create configmap one');
});

const HEAD = 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n';
const write = (name: string, text: string) => {
  mkdirSync(join(cluster.folder, name, '..'), { recursive: true });
  writeFileSync(join(cluster.folder, name), HEAD + text);
};
/** The home folder is that of the test. */
const at = (environment: Record<string, string> = {}): RunOptions => ({
  environment: { HOME: cluster.folder, KUBETICK_STATE: join(cluster.folder, 'state'), ...environment },
});

const named = (output: string) => `defaults: [{command: get, options: [{name: output, default: ${output}}]}]\n`;

test('~/.kube/kuberc is read; the state folder, KUBERC and --kuberc come before it', async () => {
  write('.kube/kuberc', named('name'));
  expect(await cluster.ok('get cm one', at())).toBe('configmap/one\n');
  write('state/kuberc', named('"jsonpath={.kind}"'));
  expect(await cluster.ok('get cm one', at())).toBe('ConfigMap');
  write('other', named('"jsonpath={.apiVersion}"'));
  expect(await cluster.ok('get cm one', at({ KUBERC: 'other' }))).toBe('v1');
  write('third', named('"jsonpath={.metadata.name}"'));
  expect(await cluster.ok('get cm one --kuberc third', at({ KUBERC: 'other' }))).toBe('one');
  // A state folder that the command line names counts here too.
  write('elsewhere/kuberc', named('"jsonpath={.metadata.namespace}"'));
  expect(await cluster.ok('get cm one --state elsewhere', at())).toBe('default');
});

test('a flag that is given counts, in whatever way it is given', async () => {
  write('k', named('name'));
  for (const given of ['-o=jsonpath={.kind}', '-ojsonpath={.kind}', '-o jsonpath={.kind}', '--output=jsonpath={.kind}'])
    expect(await cluster.ok(`get cm one ${given}`, at({ KUBERC: 'k' }))).toBe('ConfigMap');
});

test('KUBERC=off and KUBECTL_KUBERC=false switch it off', async () => {
  write('.kube/kuberc', named('name'));
  for (const [name, value] of [
    ['KUBERC', 'off'],
    ['KUBECTL_KUBERC', 'false'],
  ] as const)
    expect(await cluster.ok('get cm one --no-headers', at({ [name]: value }))).toMatch(/^one +0 +/);
  expect((await cluster.run('kuberc view', at({ KUBERC: 'off' }))).err).toBe(
    'error: KUBERC is disabled via KUBERC=off environment variable\n',
  );
  expect((await cluster.run('kuberc view', at({ KUBECTL_KUBERC: 'false' }))).err).toMatch(/unknown command "kuberc"/);
  expect((await cluster.run('get cm --kuberc x', at({ KUBECTL_KUBERC: 'false' }))).err).toMatch(
    /unknown flag: --kuberc/,
  );
  expect((await cluster.run('get cm --kuberc x', at({ KUBERC: 'off' }))).err).toBe(
    'error occurred while applying preferences kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive\n',
  );
});

test('an alias is a command with arguments and flags of its own', async () => {
  write(
    'k',
    `${named('yaml')}aliases:
- {name: getn, command: get, prependArgs: [nodes], options: [{name: output, default: name}]}
- {name: c, command: create}
- {name: mk, command: create configmap, appendArgs: [--from-literal=a=b, --dry-run=client, -o, "jsonpath={.data}"]}
`,
  );
  const options = at({ KUBERC: 'k' });
  expect(await cluster.ok('getn', options)).toBe('node/node-1\nnode/node-2\n');
  expect(await cluster.ok('getn node-2', options)).toBe('node/node-2\n');
  expect(await cluster.ok('getn node-2 -o jsonpath={.kind}', options)).toBe('Node');
  expect(await cluster.ok('mk two', options)).toBe('{"a":"b"}');
  expect(await cluster.ok('c cm two --dry-run=client -o name', options)).toBe('configmap/two\n');
  expect((await cluster.run(['__complete', 'getn', ''], options)).out).toBe('node-1\nnode-2\n:4\n');
  expect((await cluster.run('getn nosuch', options)).err).toBe(
    'Error from server (NotFound): nodes "nosuch" not found\n',
  );
});

test('defaults of what kubectl does not have belong into the file of the state folder', async () => {
  write('state/kuberc', 'defaults: [{command: tick, options: [{name: quiet, default: "true"}]}]\n');
  expect(await cluster.ok('tick', at())).toBe('');
  expect(await cluster.ok('tick --quiet=false', at())).not.toBe('');
});

test('set writes the file that is in force, and makes it', async () => {
  const options = at({ HOME: join(cluster.folder, 'newcomer') });
  options.environment = { ...options.environment, KUBETICK_STATE: join(cluster.folder, 'nowhere') };
  const path = join(cluster.folder, 'newcomer/.kube/kuberc');
  expect(await cluster.ok('kuberc set --section defaults --command get --option output=name', options)).toBe(
    `Updated ${path}\n`,
  );
  expect(readFileSync(path, 'utf8')).toBe(
    `aliases: null\napiVersion: kubectl.config.k8s.io/v1beta1\ndefaults:\n- command: get\n  options:\n  - default: name\n    name: output\nkind: Preference\n`,
  );
  expect(await cluster.ok('get cm one', options)).toBe('configmap/one\n');
});

test('view offers to write a file where there is none', async () => {
  const options = at({ HOME: join(cluster.folder, 'asked'), KUBETICK_STATE: join(cluster.folder, 'nowhere') });
  const path = join(cluster.folder, 'asked/.kube/kuberc');
  const question = `kuberc file not found at ${path}\nWould you like to generate a default kuberc file with recommended options? (y/N): `;
  expect(await cluster.ok('kuberc view', { ...options, stdin: 'n\n' })).toBe(question);
  expect(await cluster.ok('kuberc view', { ...options, stdin: 'Y\n' })).toBe(`${question}Updated ${path}\n`);
  expect(await cluster.ok('kuberc view -o jsonpath={.defaults[*].command}', options)).toBe('apply delete');
});

test.each([
  ['credentialPluginPolicy: DenyAll', 'plugin "./helper" not allowed: policy set to "DenyAll"'],
  [
    'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: other}]',
    'plugin path "./helper" is not permitted by the credential plugin allowlist',
  ],
])('%s: credential plugins', async (policy, why) => {
  writeFileSync(join(cluster.folder, 'helper'), '#!/bin/sh\nexit 5\n', { mode: 0o755 });
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './helper', interactiveMode: 'Never' };
  cluster.write(
    'kubeconfig',
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'a', user: { exec } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    }),
  );
  const { connectToFolder } = await import('../../src/commands/connection');
  const line = 'get pods --kubeconfig kubeconfig --kuberc policy';
  write('policy', policy);
  const refused = await cluster.run(line, { ...at(), connect: connectToFolder });
  expect(refused).toEqual({
    out: '',
    err: `Unable to connect to the server: getting credentials: ${why}\n`,
    code: 1,
  });
  // One that is allowed is run.
  write('policy', 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: ./helper}]');
  const ran = await cluster.run(line, { ...at(), connect: connectToFolder });
  expect(ran.err).toContain('executable ./helper failed with exit code 5');
});
