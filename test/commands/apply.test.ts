import { LAST_APPLIED } from '../../src/commands/last-applied';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('a.yaml', SETTINGS('blue', 'size: large\n  '));
  cluster.write('b.yaml', SETTINGS('green', 'weight: "7"\n  '));
});

const SETTINGS = (colour: string, more: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {tier: front}\ndata:\n  ${more}colour: ${colour}\n`;
const live = (template: string) => cluster.ok(['get', 'cm', 'settings', '-o', `jsonpath=${template}`]);

describe('client-side', () => {
  test('makes, changes, and leaves alone', async () => {
    expect(await cluster.ok('apply -f a.yaml')).toBe('configmap/settings created\n');
    expect(await cluster.ok('apply -f a.yaml')).toBe('configmap/settings unchanged\n');
    expect(await cluster.ok('apply -f b.yaml')).toBe('configmap/settings configured\n');
    expect(await cluster.ok('apply -f b.yaml -o name')).toBe('configmap/settings\n');
  });

  test('three ways: the file decides, others keep theirs, what was dropped goes', async () => {
    await cluster.ok('apply -f a.yaml');
    await cluster.ok(['patch', 'cm', 'settings', '-p', '{"data":{"theirs":"kept","size":"huge"}}']);
    await cluster.ok('apply -f b.yaml');
    expect(await live('{.data}')).toBe('{"colour":"green","theirs":"kept","weight":"7"}');
  });

  test('remembers the file, as text, with its namespace', async () => {
    await cluster.ok('apply -f a.yaml');
    const annotation = await live(`{.metadata.annotations.${LAST_APPLIED.replaceAll('.', '\\.')}}`);
    expect(annotation).toBe(
      '{"apiVersion":"v1","data":{"colour":"blue","size":"large"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"tier":"front"},"name":"settings","namespace":"default"}}\n',
    );
    expect(await cluster.ok('apply view-last-applied cm settings -o json')).toBe(
      `${JSON.stringify(JSON.parse(annotation), null, 2)}\n`,
    );
    expect(await cluster.ok('apply view-last-applied -f a.yaml')).toMatch(/^apiVersion: v1\ndata:\n {2}colour: blue\n/);
    expect((await cluster.run('apply view-last-applied cm settings -o xml')).err).toMatch(
      /^error: Unexpected -o output mode: xml, the flag 'output' must be one of yaml\|json\nSee 'kubectl apply view-last-applied -h'/,
    );
  });

  test('warns where the annotation is missing, once', async () => {
    await cluster.ok('create -f a.yaml');
    const { out, err } = await cluster.run('apply -f a.yaml');
    expect(out).toBe('configmap/settings configured\n');
    expect(err).toBe(
      `Warning: resource configmaps/settings is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
    expect(await cluster.ok('apply -f a.yaml')).toBe('configmap/settings unchanged\n');
  });

  test('create --save-config makes what apply can take over', async () => {
    await cluster.ok('create -f a.yaml --save-config');
    expect(await cluster.ok('apply -f b.yaml')).toBe('configmap/settings configured\n');
    expect(await live('{.data}')).toBe('{"colour":"green","weight":"7"}');
  });

  test.each(['client', 'server'])('--dry-run=%s changes nothing', async (dryRun) => {
    const mark = dryRun === 'client' ? '(dry run)' : '(server dry run)';
    expect(await cluster.ok(`apply -f a.yaml --dry-run=${dryRun}`)).toBe(`configmap/settings created ${mark}\n`);
    expect((await cluster.run('get cm settings')).code).toBe(1);
    await cluster.ok('apply -f a.yaml');
    expect(await cluster.ok(`apply -f a.yaml --dry-run=${dryRun}`)).toBe(`configmap/settings unchanged ${mark}\n`);
    expect(await cluster.ok(`apply -f b.yaml --dry-run=${dryRun}`)).toBe(`configmap/settings configured ${mark}\n`);
    expect(await cluster.ok(['apply', '-f', 'b.yaml', `--dry-run=${dryRun}`, '-o', 'jsonpath={.data}'])).toBe(
      '{"colour":"green","weight":"7"}',
    );
    expect(await live('{.data.colour}')).toBe('blue');
  });

  test('nulls of a file are left out of what is made', async () => {
    const stdin = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, labels: null}\ndata: {a: null, b: x}\n';
    await cluster.ok('apply -f -', { stdin });
    expect(await live('{.data}')).toBe('{"b":"x"}');
  });

  test('a name must be given', async () => {
    const stdin = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}\n';
    expect((await cluster.run('apply -f -', { stdin })).err).toBe(
      'error: from x-: cannot use generate name with apply\n',
    );
  });

  test('an immutable field is refused, and --force makes it anew', async () => {
    const file = (data: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\nimmutable: true\ndata: {a: "${data}"}\n`;
    await cluster.ok('apply -f -', { stdin: file('1') });
    const refused = await cluster.run('apply -f -', { stdin: file('2') });
    expect(refused.err).toBe(
      'The ConfigMap "settings" is invalid: data: Forbidden: field is immutable when `immutable` is set\n',
    );
    const uid = await live('{.metadata.uid}');
    expect(await cluster.ok('apply --force -f -', { stdin: file('2') })).toBe('configmap/settings configured\n');
    expect(await live('{.data.a}')).toBe('2');
    expect(await live('{.metadata.uid}')).not.toBe(uid);
  });

  test('--overwrite=false refuses to undo what others did', async () => {
    await cluster.ok('apply -f a.yaml');
    await cluster.ok(['patch', 'cm', 'settings', '-p', '{"data":{"colour":"red"}}']);
    const { err, code } = await cluster.run('apply -f a.yaml --overwrite=false');
    expect(code).toBe(1);
    expect(err).toContain('warning: error calculating patch from openapi v3 spec: patch:\n');
    expect(err).toContain('conflicts with changes made from original to current:\n');
  });

  test('several objects: the rest is applied when one fails', async () => {
    const stdin =
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: ok1}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: Not_OK}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: ok2}}\n';
    const ran = await cluster.run('apply -f -', { stdin });
    expect(ran.out).toBe('configmap/ok1 created\nconfigmap/ok2 created\n');
    expect(ran.err).toMatch(/^The ConfigMap "Not_OK" is invalid: metadata\.name: Invalid value: "Not_OK": /);
  });

  test('-o yaml of several is a list, at the end', async () => {
    cluster.write('c.yaml', SETTINGS('c', '').replace('settings', 'other'));
    const out = await cluster.ok('apply -f a.yaml -f c.yaml -o yaml');
    expect(out).toMatch(/^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}data:\n {4}colour: blue\n/);
    expect(out).toMatch(/\nkind: List\nmetadata: \{\}\n$/);
  });
});

describe('--prune', () => {
  const file = (...names: string[]) =>
    names
      .map((name) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, labels: {app: shop}}}\n`)
      .join('---\n');

  test('deletes what was applied and is not in the files any more', async () => {
    await cluster.ok('apply -f -', { stdin: file('one', 'two', 'three') });
    await cluster.ok('create -f -', { stdin: file('made-by-create') });
    const pruned = await cluster.run('apply --prune -l app=shop -f -', { stdin: file('two') });
    expect(pruned.out).toBe('configmap/two unchanged\nconfigmap/one pruned\nconfigmap/three pruned\n');
    expect(await cluster.ok('get cm -l app=shop -o name')).toBe('configmap/made-by-create\nconfigmap/two\n');
  });

  test('only of the types that --prune-allowlist names', async () => {
    await cluster.ok('apply -f -', { stdin: file('one', 'two') });
    const line = 'apply --prune --all -f - --prune-allowlist=';
    expect(await cluster.ok(`${line}core/v1/Secret`, { stdin: file('one') })).toBe('configmap/one unchanged\n');
    expect(await cluster.ok(`${line}core/v1/ConfigMap --dry-run=client`, { stdin: file('one') })).toBe(
      'configmap/one unchanged (dry run)\nconfigmap/two pruned (dry run)\n',
    );
    expect(await cluster.ok(`${line}core/v1/ConfigMap`, { stdin: file('one') })).toBe(
      'configmap/one unchanged\nconfigmap/two pruned\n',
    );
    expect((await cluster.run(`${line}v1/ConfigMap`, { stdin: file('one') })).err).toBe(
      'error: invalid GroupVersionKind format: v1/ConfigMap, please follow <group/version/kind>\n',
    );
  });
});

test.each([
  ['--force-conflicts', '--force-conflicts only works with --server-side'],
  [
    '--server-side --dry-run=client',
    "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
  ],
  ['--server-side --force', '--force cannot be used with --server-side'],
  ['--force --dry-run=server', '--dry-run=server cannot be used with --force'],
  ['--all -l a=b', 'cannot set --all and --selector at the same time'],
  ['--prune --force --all', '--force cannot be used with --prune'],
  [
    '--prune',
    'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
  ],
  [
    '--prune --all --server-side',
    "--prune is in alpha and doesn't currently work on objects created by server-side apply",
  ],
  ['--subresource=status', '--subresource can only be specified for --server-side'],
  ['--validate=maybe', 'invalid - validate option "maybe"; must be one of: strict (or true), warn, ignore (or false)'],
  ['--dry-run=maybe', 'Invalid dry-run value (maybe). Must be "none", "server", or "client".'],
  ['--cascade=maybe', 'invalid cascade value (maybe). Must be "background", "foreground", or "orphan"'],
])('apply %s is refused', async (flags, message) => {
  expect(await cluster.run(`apply -f a.yaml ${flags}`)).toEqual({ out: '', err: `error: ${message}\n`, code: 1 });
});

describe('server-side', () => {
  test('applies with an owner for each field', async () => {
    expect(await cluster.ok('apply --server-side -f a.yaml')).toBe('configmap/settings serverside-applied\n');
    expect(await live('{.metadata.managedFields[*].manager}')).toBe('kubectl');
    expect(await live('{.metadata.annotations}')).toBe('');
    expect(await cluster.ok('apply --server-side -f b.yaml')).toBe('configmap/settings serverside-applied\n');
    expect(await live('{.data}')).toBe('{"colour":"green","weight":"7"}');
  });

  test('a field of somebody else is a conflict, and --force-conflicts takes it', async () => {
    await cluster.ok('apply --server-side -f a.yaml --field-manager=ann');
    const { err } = await cluster.run('apply --server-side -f b.yaml');
    expect(err).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "ann": \.data\.colour\nPlease review the fields above/,
    );
    await cluster.ok('apply --server-side -f b.yaml --force-conflicts');
    expect(await live('{.data.colour}')).toBe('green');
  });

  test('takes over from client-side apply', async () => {
    await cluster.ok('apply -f a.yaml');
    expect(await cluster.ok('apply --server-side -f b.yaml')).toBe('configmap/settings serverside-applied\n');
    expect(await live('{.data}')).toBe('{"colour":"green","weight":"7"}');
    const managers = (await live('{range .metadata.managedFields[*]}{.manager}:{.operation} {end}')).split(' ');
    expect(managers.sort().join(' ').trim()).toBe('kubectl-last-applied:Apply kubectl:Apply');
  });
});

describe('set-last-applied', () => {
  test('writes the annotation and nothing else', async () => {
    await cluster.ok('apply -f a.yaml');
    expect(await cluster.ok('apply set-last-applied -f b.yaml')).toBe('configmap/settings configured\n');
    expect(await live('{.data.colour}')).toBe('blue');
    expect(await cluster.ok('apply view-last-applied cm settings')).toMatch(/\n {2}colour: green\n/);
    expect(await cluster.ok('apply set-last-applied -f b.yaml')).toBe(
      'set-last-applied settings: no changes required.\n',
    );
  });

  test('does not make one unless told', async () => {
    await cluster.ok('create -f a.yaml');
    expect((await cluster.run('apply set-last-applied -f a.yaml')).err).toBe(
      'error: no last-applied-configuration annotation found on resource: settings, to create the annotation, run the command with --create-annotation\n',
    );
    expect(await cluster.ok('apply set-last-applied -f a.yaml --create-annotation')).toBe(
      'configmap/settings configured\n',
    );
  });
});
