/** `apply --prune --applyset`. */
import { applySetId } from '../../src/commands/apply/apply-set-parent';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
});

const gate = { environment: { KUBECTL_APPLYSET: 'true' } };
const map = (name: string, namespace = 'default', labels = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}${labels}}\ndata: {a: b}\n---\n`;
const NAMESPACE = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n---\n`;

const apply = (line: string, stdin: string) => cluster.run(`apply --prune -f - ${line}`, { ...gate, stdin });
const parent = async (reference: string) => {
  const { metadata } = JSON.parse(await cluster.ok(`get ${reference} -o json --show-managed-fields`));
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations).map(([key, value]) => [key.replace('applyset.kubernetes.io/', ''), value]),
  );
  return { annotations, labels: metadata.labels, managers: metadata.managedFields };
};

// name.namespace.kind.group: base64 of the SHA-256 of `shop.default.Secret.`, as kubectl 1.36.3 has it.
const ID = 'applyset-deGdy9cO9XA_cS6jkZBQNNHCB9v4eVtcTMJd6JKtoOg-v1';

test('a secret knows what belongs together, and what is not wanted any more goes', async () => {
  const first = await apply('--applyset=shop -n default', map('one') + map('two'));
  expect(first).toEqual({ out: 'configmap/one created\nconfigmap/two created\n', err: '', code: 0 });
  expect(await parent('secret/shop')).toEqual({
    annotations: {
      'additional-namespaces': '',
      'contains-group-kinds': 'ConfigMap',
      tooling: 'kubectl/v1.36.3',
    },
    labels: { 'applyset.kubernetes.io/id': ID },
    managers: [expect.objectContaining({ manager: 'kubectl-applyset', operation: 'Apply' })],
  });
  expect(await cluster.ok(['get', 'cm', '-l', `applyset.kubernetes.io/part-of=${ID}`, '-o', 'name'])).toBe(
    'configmap/one\nconfigmap/two\n',
  );
  // What others made is none of its business.
  await cluster.ok('create configmap stranger');
  const second = await apply('--applyset=shop -n default', map('two'));
  expect(second.out).toBe('configmap/two unchanged\nconfigmap/one pruned\n');
  expect(await cluster.ok('get cm stranger two -o name')).toBe('configmap/stranger\nconfigmap/two\n');
});

test('a parent without a namespace, of a kind whose definition allows it, has members in many', async () => {
  const all = NAMESPACE('a') + NAMESPACE('b') + map('one', 'a') + map('two', 'b');
  const line = '--server-side --applyset=priorityclasses.scheduling.k8s.io/shop';
  const notPermitted =
    'resource "scheduling.k8s.io/v1, Resource=priorityclasses" is not permitted as an ApplySet parent';
  expect((await apply(line, all)).err).toBe(`error: ${notPermitted}\n`);
  await cluster.ok('create -f -', { stdin: DEFINITION });
  expect((await apply(line, all)).err).toBe(
    'error: custom resource ApplySet parents cannot be created automatically\n',
  );
  await cluster.ok('apply --server-side -f -', { stdin: await set('shop') });
  expect((await apply(line, all)).out).toBe(
    'namespace/a serverside-applied\nnamespace/b serverside-applied\nconfigmap/one serverside-applied\nconfigmap/two serverside-applied\n',
  );
  expect((await parent('priorityclass/shop')).annotations).toMatchObject({
    'additional-namespaces': 'a,b',
    'contains-group-kinds': 'ConfigMap,Namespace',
  });
  const second = await apply(line, NAMESPACE('a') + NAMESPACE('b'));
  expect(second.out.split('\n').slice(2)).toEqual(['configmap/one pruned', 'configmap/two pruned', '']);
  expect((await parent('priorityclass/shop')).annotations).toMatchObject({
    'additional-namespaces': '',
    'contains-group-kinds': 'Namespace',
  });
});

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: priorityclasses.scheduling.k8s.io
  labels: {applyset.kubernetes.io/is-parent-type: "true"}
  annotations: {api-approved.kubernetes.io: "unapproved, a test"}
spec:
  group: scheduling.k8s.io
  names: {kind: PriorityClass, plural: priorityclasses, singular: priorityclass, listKind: PriorityClassList}
  scope: Cluster
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
const set = async (name: string) => `
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: ${name}
  labels: {applyset.kubernetes.io/id: ${await applySetId({ kind: 'PriorityClass', group: 'scheduling.k8s.io' }, name, '')}}
  annotations: {applyset.kubernetes.io/tooling: kubectl/v1.36.3, applyset.kubernetes.io/contains-group-kinds: ""}
value: 1
`;

test('--dry-run changes nothing, the parent neither', async () => {
  await apply('--applyset=shop -n default', map('one') + map('two'));
  const before = await cluster.ok('get secret,cm -o yaml');
  expect((await apply('--applyset=shop -n default --dry-run=client', map('two'))).out).toBe(
    'configmap/two unchanged (dry run)\nconfigmap/one pruned (dry run)\n',
  );
  expect((await apply('--applyset=shop -n default --dry-run=server', map('two'))).out).toBe(
    'configmap/two unchanged (server dry run)\nconfigmap/one pruned (server dry run)\n',
  );
  expect((await apply('--applyset=other -n default --dry-run=client', map('three'))).code).toBe(0);
  expect(await cluster.ok('get secret,cm -o yaml')).toBe(before);
});

test('who is interrupted loses nothing: the parent names old and new until all is done', async () => {
  await apply('--applyset=shop -n default', map('one'));
  const broken = `${map('two')}apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: Bad_Name, namespace: default}\n`;
  expect((await apply('--applyset=shop -n default', broken)).code).toBe(1);
  expect((await parent('secret/shop')).annotations['contains-group-kinds']).toBe('ConfigMap,ServiceAccount');
  expect((await apply('--applyset=shop -n default', map('two'))).out).toBe(
    'configmap/two unchanged\nconfigmap/one pruned\n',
  );
  expect((await parent('secret/shop')).annotations['contains-group-kinds']).toBe('ConfigMap');
});

test('annotations that somebody took over are taken back, with a warning', async () => {
  await apply('--applyset=shop -n default', map('one'));
  const thief = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\n  namespace: default\n  annotations: {applyset.kubernetes.io/contains-group-kinds: "ConfigMap,Pod"}\n`;
  await cluster.ok('apply --server-side --force-conflicts --field-manager=thief -f -', { stdin: thief });
  const ran = await apply('--applyset=shop -n default', map('one'));
  expect(ran.err).toMatch(
    /^Warning: WARNING: failed to update ApplySet: Apply failed with 1 conflict: conflict with "thief": \.metadata\.annotations\.applyset\.kubernetes\.io\/contains-group-kinds\nApplySet field manager kubectl-applyset should own these fields\. Retrying with conflicts forced\.\n$/,
  );
  expect({ out: ran.out, code: ran.code }).toEqual({ out: 'configmap/one unchanged\n', code: 0 });
});

const ours = (name: string, more: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  namespace: default\n  ${more}\n`;

test.each<[what: string, parent: string, message: string]>([
  ['a stranger', ours('s', ''), 'already exists and is missing required annotation "applyset.kubernetes.io/tooling"'],
  [
    'of another tool',
    ours('s', 'annotations: {applyset.kubernetes.io/tooling: helm/v3}'),
    'already exists and is managed by tooling "helm" instead of "kubectl"',
  ],
  [
    'without id',
    ours('s', 'annotations: {applyset.kubernetes.io/tooling: kubectl/v1.27}'),
    'exists and does not have required label applyset.kubernetes.io/id',
  ],
  [
    'with a wrong id',
    ours('s', 'labels: {applyset.kubernetes.io/id: x}\n  annotations: {applyset.kubernetes.io/tooling: kubectl/v1}'),
    'exists and has incorrect value for label "applyset.kubernetes.io/id" (got: x, want: applyset-',
  ],
])('a parent %s is left alone', async (_, object, message) => {
  await cluster.ok('create -f -', { stdin: object });
  const ran = await apply('--applyset=s -n default', map('one'));
  expect(ran.err).toContain(`error: ApplySet parent object "secrets./s" ${message}`);
  expect({ out: ran.out, code: ran.code }).toEqual({ out: '', code: 1 });
});

test('kinds that the parent names must be served; the older annotation is understood', async () => {
  const id = await applySetId({ kind: 'Secret', group: '' }, 's', 'default');
  const withKinds = (key: string, value: string) =>
    ours(
      's',
      `labels: {applyset.kubernetes.io/id: ${id}}\n  annotations: {applyset.kubernetes.io/tooling: kubectl/v1.26, applyset.kubernetes.io/${key}: "${value}"}`,
    );
  const attempt = async (key: string, value: string) => {
    await cluster.run('delete secret s');
    await cluster.ok('apply --server-side --field-manager=kubectl-applyset -f -', { stdin: withKinds(key, value) });
    return (await apply('--applyset=s -n default', map('two'))).err;
  };
  expect(await attempt('contains-group-kinds', 'Gone.example.com')).toBe(
    'error: parsing ApplySet annotation on "secrets./s": could not find mapping for kind in "applyset.kubernetes.io/contains-group-kinds" annotation: no matches for kind "Gone" in group "example.com"\n',
  );
  expect(await attempt('contains-group-resources', 'gone.example.com')).toBe(
    'error: parsing ApplySet annotation on "secrets./s": invalid group resource in "applyset.kubernetes.io/contains-group-resources" annotation: no matches for example.com/, Resource=gone\n',
  );
  expect(await attempt('other', '')).toBe(
    'error: parsing ApplySet annotation on "secrets./s": kubectl requires the "applyset.kubernetes.io/contains-group-kinds" annotation to be set on all ApplySet parent objects\n',
  );
  expect(await attempt('contains-group-resources', 'configmaps,deployments.apps')).toBe('');
  const { annotations } = await parent('secret/s');
  expect(Object.keys(annotations)).toEqual(['additional-namespaces', 'contains-group-kinds', 'tooling']);
});

test.each([
  ['--applyset=x', 'namespace is required to use namespace-scoped ApplySet'],
  ['--applyset= -n default', 'all resources selected for prune without explicitly passing --all.'],
  ['--applyset=cm/ -n default', 'invalid parent reference "cm/": name cannot be blank'],
  ['--applyset=nosuch/x', 'invalid parent reference "nosuch/x": no matches for /, Resource=nosuch'],
  ['--applyset=a.b.c/x', 'invalid parent reference "a.b.c/x": no matches for b.c/, Resource=a'],
  ['--applyset=namespaces/x', 'resource "/v1, Resource=namespaces" is not permitted as an ApplySet parent'],
  ['--applyset=x -n default --all', '--all is incompatible with --applyset'],
  ['--applyset=x -n default -l a=b', '--selector is incompatible with --applyset'],
  ['--applyset=x -n default --prune-allowlist=core/v1/Pod', '--prune-allowlist is incompatible with --applyset'],
  ['--applyset=x -n default --force', '--force cannot be used with --prune'],
  ['--applyset=x -n nowhere', 'failed to update ApplySet: namespaces "nowhere" not found'],
  ['--applyset=x -n default --prune=false', '--applyset requires --prune'],
])('%s is refused', async (line, message) => {
  const ran = await apply(line, map('one', 'default'));
  expect({ out: ran.out, err: ran.err.slice(0, `error: ${message}`.length), code: ran.code }).toEqual({
    out: '',
    err: `error: ${message}`,
    code: 1,
  });
});

test('several complaints are told together', async () => {
  expect((await apply('--applyset=deployments.apps/x', map('one'))).err).toBe(
    'namespace is required to use namespace-scoped ApplySet\nresource "apps/v1, Resource=deployments" is not permitted as an ApplySet parent\n',
  );
});

test('an object that is a member of another set is refused', async () => {
  const ran = await apply(
    '--applyset=x -n default',
    map('one', 'default', ', labels: {applyset.kubernetes.io/part-of: other}'),
  );
  expect(ran.err).toBe('error: ApplySet label "applyset.kubernetes.io/part-of" already set in input data\n');
});

test('without KUBECTL_APPLYSET there is no such flag', async () => {
  const ran = await cluster.run('apply --prune --applyset=x -f -', { stdin: map('one') });
  expect(ran.err).toMatch(/^error: unknown flag: --applyset\n/);
  expect((await cluster.run('apply --help')).out).not.toContain("--applyset='");
  expect((await cluster.run('apply --help', gate)).out).toMatch(
    /--applyset='':[\s\S]*--prune=false:\n\tAutomatically delete previously applied resource objects that/,
  );
});
