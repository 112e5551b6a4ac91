import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('cm.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {tier: web}}\ndata: {k: v}\n');
  await cluster.ok('create -f cm.yaml');
});
const labels = () => cluster.ok('get cm a -o jsonpath={.metadata.labels}');
const annotations = () => cluster.ok('get cm a -o jsonpath={.metadata.annotations}');
const failure = async (line: string | string[]) => {
  const { out, err, code } = await cluster.run(line);
  expect({ out, code }).toEqual({ out: '', code: 1 });
  return err;
};

describe('label', () => {
  test.each([
    ['x=y', 'configmap/a labeled\n', '{"tier":"web","x":"y"}'],
    ['x=', 'configmap/a labeled\n', '{"tier":"web","x":""}'],
    ['tier=web', 'configmap/a not labeled\n', '{"tier":"web"}'],
    ['tier=db --overwrite', 'configmap/a labeled\n', '{"tier":"db"}'],
    ['tier-', 'configmap/a unlabeled\n', ''],
    ['tier- x=y', 'configmap/a modified\n', '{"x":"y"}'],
    ['nosuch-', 'label "nosuch" not found.\nconfigmap/a not labeled\n', '{"tier":"web"}'],
    ['x=y --dry-run=client', 'configmap/a labeled (dry run)\n', '{"tier":"web"}'],
    ['x=y --dry-run=server', 'configmap/a labeled (server dry run)\n', '{"tier":"web"}'],
    ['__proto__=y', 'configmap/a labeled\n', '{"__proto__":"y","tier":"web"}'],
  ])('%s', async (change, said, left) => {
    // A key may not begin with `_`: then it is refused, not lost.
    if (change.startsWith('__proto__')) {
      expect(await failure(`label cm a ${change}`)).toContain('metadata.labels: Invalid value: "__proto__"');
      return;
    }
    expect(await cluster.ok(`label cm a ${change}`)).toBe(said);
    expect(await labels()).toBe(left);
  });
  test.each([
    ['cm a tier=db', "error: 'tier' already has a value (web), and --overwrite is false\n"],
    ['cm a', 'error: at least one label update is required\n'],
    ['x=y', 'error: one or more resources must be specified as <resource> <name> or <resource>/<name>\n'],
    ['cm a x=y b', 'error: all resources must be specified before label changes: b\n'],
    ['cm a x=y=z', 'error: invalid label spec: x=y=z\n'],
    ['cm a x=y x-', 'error: can not both modify and remove a label in the same command\n'],
    ['cm --all -l a=b x=y', 'error: cannot set --all and --selector at the same time\n'],
    ['cm --all x=y --resource-version=1', 'error: --resource-version may only be used with a single resource\n'],
    ['cm nosuch x=y', 'Error from server (NotFound): configmaps "nosuch" not found\n'],
    ['cm a --list -o name', 'error: --list and --output may not be specified together\n'],
  ])('refuses %s', async (args, error) => {
    expect(await failure(`label ${args}`)).toBe(error);
  });
  test('many at once, and listing', async () => {
    await cluster.ok('create cm b');
    expect(await cluster.ok('label cm a b x=y')).toBe('configmap/a labeled\nconfigmap/b labeled\n');
    expect(await cluster.ok('label cm -l tier=web z=1')).toBe('configmap/a labeled\n');
    expect(await cluster.ok('label cm a --list')).toBe('tier=web\nx=y\nz=1\n');
    expect(await cluster.ok('label cm/a cm/b --list')).toBe(
      'Listing labels for ConfigMap./a:\n tier=web\n x=y\n z=1\nListing labels for ConfigMap./b:\n x=y\n',
    );
    expect(await cluster.ok('label -f cm.yaml --local n=1 -o jsonpath={.metadata.labels}')).toBe(
      '{"n":"1","tier":"web"}',
    );
  });
  test('only if the version is still that', async () => {
    const version = await cluster.ok('get cm a -o jsonpath={.metadata.resourceVersion}');
    expect(await cluster.ok(`label cm a x=y --resource-version=${version}`)).toBe('configmap/a labeled\n');
    expect(await failure(`label cm a z=y --resource-version=${version}`)).toBe(
      'Error from server (Conflict): Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again\n',
    );
  });
  test('--record says what was run', async () => {
    const ran = await cluster.run('label --record cm a x=y');
    expect(ran.err).toBe('Flag --record has been deprecated, --record will be removed in the future\n');
    expect(await annotations()).toBe('{"kubernetes.io/change-cause":"kubectl label cm a x=y --record=true"}');
  });
});

describe('annotate', () => {
  test('sets, changes, removes', async () => {
    expect(await cluster.ok(['annotate', 'cm', 'a', 'note=a b=c', 'x=1'])).toBe('configmap/a annotated\n');
    expect(await annotations()).toBe('{"note":"a b=c","x":"1"}');
    expect(await failure('annotate cm a note=z x=2')).toBe(
      "error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (a b=c); 'x' already has a value (1)\n",
    );
    expect(await cluster.ok('annotate cm a note=z --overwrite')).toBe('configmap/a annotated\n');
    expect(await cluster.ok('annotate cm a --list')).toBe('note=z\nx=1\n');
    expect(await cluster.ok('annotate cm a note- x- nosuch-')).toBe('configmap/a annotated\n');
    expect(await annotations()).toBe('');
  });
  test('the cause of a change needs no --overwrite', async () => {
    await cluster.ok('annotate cm a kubernetes.io/change-cause=first');
    expect(await cluster.ok('annotate cm a kubernetes.io/change-cause=second')).toBe('configmap/a annotated\n');
  });
  test.each([
    ['cm a', 'error: at least one annotation update is required\n'],
    ['cm a x=1 x-', 'error: can not both modify and remove the following annotation(s) in the same command: x\n'],
    [
      '-f cm.yaml --local cm x=1',
      'error: can only use local files by -f rsrc.yaml or --filename=rsrc.json when --local=true is set\n',
    ],
    ['--local x=1', 'error: one or more files must be specified as -f rsrc.yaml or --filename=rsrc.json\n'],
  ])('refuses %s', async (args, error) => {
    expect(await failure(`annotate ${args}`)).toBe(error);
  });
});
