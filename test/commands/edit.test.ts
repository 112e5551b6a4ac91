import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n');
  await cluster.ok('apply -f a.yaml');
});
/**
 * Runs a command with an editor that applies the n-th of these functions of the file's text at its n-th start; it keeps what
 * it was shown. Functions are run in the editor's own process, so they stand alone.
 */
async function edit(line: string, ...edits: ((text: string) => string)[]) {
  const script = `const fs = require('node:fs');
const path = process.argv[2];
const count = fs.existsSync('count') ? Number(fs.readFileSync('count', 'utf8')) : 0;
fs.writeFileSync('count', String(count + 1));
const text = fs.readFileSync(path, 'utf8');
fs.writeFileSync('seen' + count, text);
const edits = [${edits.map(String).join(', ')}];
const change = edits[count];
if (!change) process.exit(3);
fs.writeFileSync(path, change(text));
`;
  cluster.write('editor.cjs', script);
  cluster.write('count', '0');
  const environment = {
    PATH: process.env.PATH ?? '',
    KUBE_EDITOR: `${process.execPath} editor.cjs`,
  };
  const ran = await cluster.run(line, { environment });
  for (const [, path] of ran.err.matchAll(/"?(\S*kubectl-edit-\w+\.(?:yaml|json))/g)) kept.push(path as string);
  return ran;
}
/** Files that commands left for the user. */
const kept: string[] = [];
afterEach(() => {
  for (const path of kept.splice(0)) rmSync(path, { force: true });
});
const seen = (count: number) => readFileSync(join(cluster.folder, `seen${count}`), 'utf8');
const value = () => cluster.ok('get cm a -o jsonpath={.data.k}');

test('what is changed in the editor is patched', async () => {
  expect(await edit('edit cm a', (text) => text.replace('k: v', 'k: w'))).toEqual({
    out: 'configmap/a edited\n',
    err: '',
    code: 0,
  });
  expect(await value()).toBe('w');
  expect(seen(0)).toMatch(
    /^# Please edit the object below\. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit\. If an error occurs while saving this file will be\n# reopened with the relevant failures\.\n#\napiVersion: v1\ndata:\n {2}k: v\nkind: ConfigMap\n/,
  );
  expect(seen(0)).not.toContain('managedFields');
  const managers = await cluster.ok('get cm a -o jsonpath={.metadata.managedFields[*].manager}');
  expect(managers).toContain('kubectl-edit');
});
test.each([['nothing changed', (text: string) => `${text}# a note\n`, 'Edit cancelled, no changes made.\n']])(
  '%s',
  async (_, change, err) => {
    expect(await edit('edit cm a', change)).toEqual({ out: '', err, code: 0 });
  },
);
test('a file without anything is no object; unchanged again, it is given up', async () => {
  const { out, err, code } = await edit(
    'edit cm a',
    () => '',
    (text) => text,
  );
  expect({ out, code }).toEqual({ out: '', code: 1 });
  expect(err).toMatch(
    /^error: configmaps "a" is invalid\nA copy of your changes has been stored to "\S*\.yaml"\nerror: Edit cancelled, no valid changes were saved\.\n$/,
  );
  expect(seen(1)).toContain(
    '# configmaps "a" was not valid:\n# * <nil>: Invalid value: "The edited file failed validation": invalid object to validate\n#\n',
  );
});
test('without validation an empty file ends it', async () => {
  expect(await edit('edit cm a --validate=false', () => '# only this\n')).toEqual({
    out: '',
    err: 'Edit cancelled, saved file was empty.\n',
    code: 0,
  });
});
test('what the server refuses is opened again, with the reasons and what was written', async () => {
  const ran = await edit(
    'edit cm a',
    (text) => text.replace('  name: a', '  labels: {x: "a b"}\n  name: a'),
    (text) => text.replaceAll('a b', 'ab'),
  );
  expect(ran).toEqual({ out: 'configmap/a edited\n', err: 'error: configmaps "a" is invalid\n', code: 0 });
  expect(seen(1)).toMatch(
    /#\n# configmaps "a" was not valid:\n(?:# \* metadata\.labels: Invalid value: "a b": .*\n)+#\napiVersion: v1\n/,
  );
  expect(await cluster.ok('get cm a -o jsonpath={.metadata.labels.x}')).toBe('ab');
});
test('a file that is no YAML is opened again', async () => {
  const ran = await edit(
    'edit cm a',
    (text) => text.replace('data:', 'data: ['),
    (text) => text.replace('data: [', 'data:').replace('k: v', 'k: w'),
  );
  expect(ran).toMatchObject({ out: 'configmap/a edited\n', code: 0 });
  expect(seen(1)).toMatch(/# \* <nil>: Invalid value: "The edited file failed validation": yaml: line \d+: /);
  expect(await value()).toBe('w');
});
test('another name is refused, and what was written is kept', async () => {
  const { err, code } = await edit('edit cm a', (text) => text.replace('  name: a', '  name: b'));
  expect(code).toBe(1);
  const told =
    /^A copy of your changes has been stored to "(\S*)"\nerror: At least one of apiVersion, kind and name was changed\n$/.exec(
      err,
    );
  expect(told && existsSync(told[1] as string)).toBe(true);
});
test('somebody was quicker', async () => {
  const { err, code } = await edit('edit cm a', (text) =>
    text.replace(/resourceVersion: .*/, 'resourceVersion: "1"').replace('k: v', 'k: w'),
  );
  expect(code).toBe(1);
  expect(err).toMatch(
    /^error: configmaps "a" could not be patched: Operation cannot be fulfilled on configmaps "a": .*\nYou can run `kubectl replace -f \S*` to try this update again\.\n$/,
  );
});
test('several at once, some skipped', async () => {
  await cluster.ok('create cm b --from-literal=k=v');
  const ran = await edit('edit cm a b --output-patch', (text) => text.replace(/k: v(?![\s\S]*k: v)/, 'k: w'));
  expect(ran.err).toBe('');
  expect(ran.out).toBe('configmap/a skipped\nPatch: {"data":{"k":"w"}}\nconfigmap/b edited\n');
  expect(seen(0)).toContain('kind: List');
});
test('JSON has no header', async () => {
  const ran = await edit('edit cm a -o json', (text) => text.replace('"k": "v"', '"k": "w"'));
  expect(seen(0).startsWith('{\n')).toBe(true);
  expect(JSON.parse(ran.out).data).toEqual({ k: 'w' });
});
test('Windows line endings', async () => {
  const ran = await edit('edit cm a --windows-line-endings', (text) => text.replace('k: v', 'k: w'));
  expect(seen(0)).toContain('apiVersion: v1\r\n');
  expect(ran.out).toBe('configmap/a edited\n');
  expect(await value()).toBe('w');
});
test('apply edit-last-applied', async () => {
  expect(await edit('apply edit-last-applied cm/a', (text) => text.replace('k: v', 'k: w'))).toEqual({
    out: 'configmap/a edited\n',
    err: '',
    code: 0,
  });
  expect(seen(0)).toMatch(/^# Please edit the 'last-applied-configuration' annotations below\.\n/);
  expect(await value()).toBe('v');
  expect(await cluster.ok('apply view-last-applied cm/a -o json')).toContain('"k": "w"');
  await cluster.ok('create cm b');
  expect((await edit('apply edit-last-applied cm/b')).err).toBe(
    'error: no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`\n',
  );
});
test('create --edit', async () => {
  cluster.write('b.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n');
  expect(await edit('create -f b.yaml --edit', (text) => text.replace('k: v', 'k: w'))).toEqual({
    out: 'configmap/b created\n',
    err: '',
    code: 0,
  });
  expect(await cluster.ok('get cm b -o jsonpath={.data.k}')).toBe('w');
});
test('editors that are not there, fail, or need a shell', async () => {
  const PATH = process.env.PATH ?? '';
  expect(await cluster.run('edit cm a', { environment: { PATH, EDITOR: 'nosucheditor -x' } })).toEqual({
    out: '',
    err: 'error: unable to launch the editor "nosucheditor -x"\n',
    code: 1,
  });
  expect((await cluster.run('edit cm a', { environment: { PATH, EDITOR: 'false' } })).err).toBe(
    'error: there was a problem with the editor "false"\n',
  );
  cluster.write('e.sh', '#!/bin/sh\nsed -i "s/k: v/k: w/" "$2"\n');
  chmodSync(join(cluster.folder, 'e.sh'), 0o755);
  const ran = await cluster.run('edit cm a', {
    environment: { PATH, SHELL: '/bin/sh', EDITOR: './e.sh "an argument"' },
  });
  expect(ran.out).toBe('configmap/a edited\n');
});
