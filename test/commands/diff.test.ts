import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
const configMap = (name: string, data: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\ndata: ${data}\n`;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('a.yaml', configMap('a', '{k: v, old: x}'));
  await cluster.ok('apply -f a.yaml');
});
const environment = { PATH: process.env.PATH ?? '' };
const diff = async (args: string, more: Record<string, string> = {}) => {
  const ran = await cluster.run(`diff ${args}`, { environment: { ...environment, ...more } });
  return { ...ran, lines: ran.out.split('\n').filter((line) => /^[+-][^+-]/.test(line)) };
};

test('no difference, no output, status 0', async () => {
  expect(await diff('-f a.yaml')).toMatchObject({ out: '', err: '', code: 0 });
});
test('what would be removed, changed and added', async () => {
  cluster.write('a.yaml', configMap('a', '{k: w, new: z}'));
  const { out, err, code, lines } = await diff('-f a.yaml');
  expect({ err, code }).toEqual({ err: '', code: 1 });
  expect(lines).toEqual(['-  k: v', '-  old: x', '+  k: w', '+  new: z']);
  expect(out).toMatch(/^diff -u -N \S*LIVE-\w+\/v1\.ConfigMap\.default\.a \S*MERGED-\w+\/v1\.ConfigMap\.default\.a\n/);
  expect(await cluster.ok('get cm a -o jsonpath={.data.k}')).toBe('v');
});
test('what is not there yet', async () => {
  cluster.write('b.yaml', configMap('b', '{k: v}'));
  expect((await diff('-f b.yaml')).lines).toEqual(
    expect.arrayContaining(['+apiVersion: v1', '+kind: ConfigMap', '+  name: b']),
  );
  expect(await cluster.ok('get cm b --ignore-not-found')).toBe('');
});
test('what others changed shows as changed back; managed fields where they are asked for', async () => {
  await cluster.ok(['patch', 'cm', 'a', '-p', '{"data":{"k":"other","live":"yes"}}']);
  expect((await diff('-f a.yaml')).lines).toEqual(['-  k: other', '+  k: v']);
  expect((await diff('-f a.yaml --show-managed-fields')).out).toContain('manager: kubectl-patch');
});
test('on the server', async () => {
  cluster.write('a.yaml', configMap('a', '{k: w}'));
  const refused = await diff('-f a.yaml --server-side --field-manager=me');
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('conflict with "kubectl-client-side-apply" using v1: .data.k');
  expect((await diff('-f a.yaml --server-side --field-manager=me --force-conflicts')).lines).toEqual([
    '-  k: v',
    '+  k: w',
  ]);
});
test('values of secrets are masked', async () => {
  const secret = (data: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: ${data}\n`;
  cluster.write('s.yaml', secret('{same: YQ==, differs: YQ==, gone: YQ==}'));
  await cluster.ok('apply -f s.yaml');
  cluster.write('s.yaml', secret('{same: YQ==, differs: Yg==, new: YQ==}'));
  expect((await diff('-f s.yaml')).lines).toEqual([
    "-  differs: '*** (before)'",
    "-  gone: '***'",
    "+  differs: '*** (after)'",
    "+  new: '***'",
  ]);
  expect((await diff('-f s.yaml --show-secrets')).lines).toContain('+  differs: Yg==');
});
test('what --prune would delete', async () => {
  cluster.write('b.yaml', configMap('b', '{k: v}', ', labels: {app: x}'));
  await cluster.ok('apply -f b.yaml');
  cluster.write('c.yaml', configMap('c', '{k: v}', ', labels: {app: x}'));
  await cluster.ok('apply -f c.yaml');
  const { lines } = await diff('-f c.yaml --prune -l app=x --prune-allowlist=core/v1/ConfigMap');
  expect(lines).toContain('-  name: b');
  expect(lines.filter((line) => line.startsWith('+'))).toEqual([]);
});
describe('another program', () => {
  test('its parameters go behind the folders', async () => {
    cluster.write('a.yaml', configMap('a', '{k: w, old: x}'));
    const { out, code } = await diff('-f a.yaml', { KUBECTL_EXTERNAL_DIFF: 'diff -q -N ;evil' });
    expect(code).toBe(1);
    expect(out).toMatch(/^Files \S+ and \S+ differ\n$/);
  });
  test('that is not there, or fails', async () => {
    expect(await diff('-f a.yaml', { KUBECTL_EXTERNAL_DIFF: 'nosuchdiff' })).toMatchObject({
      err: 'error: failed to run "nosuchdiff": exec: "nosuchdiff": executable file not found in $PATH\n',
      code: 2,
    });
    expect(await diff('-f a.yaml', { KUBECTL_EXTERNAL_DIFF: 'diff --nosuch' })).toMatchObject({
      err: expect.stringContaining('error: failed to run "diff": exit status 2\n'),
      code: 2,
    });
  });
});
test.each([
  ['', 'error: must specify one of -f and -k\n'],
  ['x', "error: Unexpected args: [x]\nSee 'kubectl diff -h' for help and examples\n"],
  ['-f a.yaml --nosuch', "error: unknown flag: --nosuch\nSee 'kubectl diff -h' for help and examples\n"],
  ['-f a.yaml --force-conflicts', 'error: --force-conflicts only works with --server-side\n'],
  ['-f nosuch.yaml', 'error: the path "nosuch.yaml" does not exist\n'],
])('refuses %j with a status above 1', async (args, err) => {
  expect(await diff(args)).toMatchObject({ out: '', err, code: 2 });
});
