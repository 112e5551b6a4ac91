import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
  const configMap = (name: string, extra = '') =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${extra}}\n`;
  cluster.write('one.yaml', configMap('one', ', labels: {grp: a}'));
  cluster.write('dir/b.yaml', configMap('b'));
  cluster.write('dir/a.yml', configMap('a'));
  cluster.write('dir/c.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}');
  cluster.write('dir/notes.txt', 'not a manifest: [');
  cluster.write('dir/sub/d.yaml', configMap('d'));
  cluster.write('empty/readme.txt', '');
  cluster.write(
    'list.yaml',
    'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}}\n- apiVersion: v1\n  kind: List\n  items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: l2}}]\n',
  );
  cluster.write('typed-list.yaml', 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: t1}\n');
  cluster.write('broken.yaml', 'a: [\n');
  cluster.write('noname.txt', configMap('explicit'));
});

describe('files', () => {
  const create = (line: string, stdin?: string) =>
    cluster.run(`create --dry-run=client ${line}`, stdin === undefined ? {} : { stdin });

  test.each([
    ['-f one.yaml', ['one']],
    ['-f one.yaml -f dir/b.yaml', ['one', 'b']],
    ['-f one.yaml,dir/b.yaml', ['one', 'b']],
    ['-f dir', ['a', 'b', 'c']],
    ['-f dir/', ['a', 'b', 'c']],
    ['-f dir -R', ['a', 'b', 'c', 'd']],
    ['-f noname.txt', ['explicit']],
    ["-f 'dir/*.y*ml'", ['a', 'b']],
    ["-f 'd?r/[bc].*'", ['b', 'c']],
    ['-f list.yaml', ['l1', 'l2']],
    ['-f typed-list.yaml', ['t1']],
    ['-f one.yaml -l grp=a', ['one']],
    ['-f one.yaml -f dir -l grp', ['one']],
  ])('create %s', async (line, names) => {
    const { out, err, code } = await create(line);
    expect({ out, err, code }).toEqual({
      out: names.map((name) => `configmap/${name} created (dry run)\n`).join(''),
      err: '',
      code: 0,
    });
  });

  test('of keys that stand twice the last counts', async () => {
    const ran = await create(
      '-f - -o jsonpath={.data}',
      'kind: ConfigMap\napiVersion: v1\nmetadata: {name: twice}\ndata:\n  a: one\n  a: two\n',
    );
    expect(ran).toEqual({ out: '{"a":"two"}', err: '', code: 0 });
  });

  test('standard input, once', async () => {
    const stdin =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: piped}\n---\n# nothing\n---\n{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}\n';
    expect((await create('-f -', stdin)).out).toBe('configmap/piped created (dry run)\nsecret/s created (dry run)\n');
    expect((await create('-f - -f -', stdin)).err).toBe(
      'error: standard input cannot be used for multiple arguments\n',
    );
  });

  test.each([
    ['-f nothere.yaml', 'error: the path "nothere.yaml" does not exist\n'],
    ['-f nothere.yaml -f gone.yaml', 'the path "nothere.yaml" does not exist\nthe path "gone.yaml" does not exist\n'],
    ["-f 'no*.json'", 'error: the path "no*.json" does not exist\n'],
    ['-f empty', 'error: error reading [empty]: recognized file extensions are [.json .yaml .yml]\n'],
    ['-f one.yaml -k dir', 'error: only one of -f or -k can be specified\n'],
    ['-k dir -R', "error: the -k flag can't be used with -f or -R\n"],
    ['', 'error: must specify one of -f and -k\n'],
    ['-f broken.yaml', /^error: error parsing broken\.yaml: error converting YAML to JSON: yaml: /],
    ['-f https://example.com/x.yaml', /^error: unable to read URL "https:\/\/example\.com\/x\.yaml"/],
    ['-f one.yaml -l grp=b', 'error: no objects passed to create\n'],
    ['-f one.yaml -l "a in"', /^error: the provided selector "a in" is not valid: /],
    ['extra -f one.yaml', "error: Unexpected args: [extra]\nSee 'kubectl create -h' for help and examples\n"],
  ])('create %s', async (line, err) => {
    const ran = await create(line);
    if (typeof err === 'string') expect(ran.err).toBe(err);
    else expect(ran.err).toMatch(err);
    expect(ran).toMatchObject({ out: '', code: 1 });
  });
});

describe('manifests that are none', () => {
  const refused = async (text: string, flags = '') => (await cluster.run(`create -f - ${flags}`, { stdin: text })).err;
  test.each([
    [
      'metadata: {name: x}',
      '',
      'error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false',
    ],
    [
      'apiVersion: v1\nmetadata: {name: x}',
      '',
      'error validating "STDIN": error validating data: kind not set; if you choose to ignore these errors, turn validation off with --validate=false',
    ],
    [
      'apiVersion: v1\nkind: [a]',
      '',
      `error validating "STDIN": error validating data: kind isn't string type; if you choose to ignore these errors, turn validation off with --validate=false`,
    ],
    [
      '- 1',
      '',
      'error validating "STDIN": error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false',
    ],
    [
      'apiVersion: v1\nmetadata: {name: x}',
      '--validate=false',
      `unable to decode "STDIN": Object 'Kind' is missing in '{"apiVersion":"v1","metadata":{"name":"x"}}'`,
    ],
    [
      '- 1',
      '--validate=false',
      'unable to decode "STDIN": json: cannot unmarshal array into Go value of type unstructured.detector',
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: 1}',
      '',
      'unable to decode "STDIN": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: 1}}',
      '',
      'unable to decode "STDIN": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {labels: [a]}',
      '',
      'unable to decode "STDIN": json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: x',
      '',
      'unable to decode "STDIN": json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta',
    ],
    [
      'apiVersion: v1\nkind: Nonsense\nmetadata: {name: x, namespace: ns}',
      '',
      'resource mapping not found for name: "x" namespace: "ns" from "STDIN": no matches for kind "Nonsense" in version "v1"\nensure CRDs are installed first',
    ],
    [
      'apiVersion: a/v1\nkind: Pod\nmetadata: {name: x}',
      '',
      'resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Pod" in version "a/v1"\nensure CRDs are installed first',
    ],
  ])('%j %s', async (text, flags, message) => {
    expect(await refused(text, flags)).toBe(`error: ${message}\n`);
  });

  test('what comes before and after a bad one is made', async () => {
    const text = `{apiVersion: v1, kind: ConfigMap, metadata: {name: before}}
---
{apiVersion: v1, kind: Nonsense, metadata: {name: x}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: after}}
`;
    const ran = await cluster.run('create -f -', { stdin: text });
    expect(ran.out).toBe('configmap/before created\nconfigmap/after created\n');
    expect(ran.err).toMatch(/^error: resource mapping not found for name: "x"/);
    expect(ran.code).toBe(1);
  });
});

describe('arguments', () => {
  beforeAll(() => cluster.ok('create -f one.yaml -f dir/b.yaml'));
  test.each([
    ['get cm one b -o name', 'configmap/one\nconfigmap/b\n'],
    ['get configmaps/one cm/b -o name', 'configmap/one\nconfigmap/b\n'],
    ['get cm,ns one default -o name --ignore-not-found', 'configmap/one\nnamespace/default\n'],
    ['get configmap.v1. one -o name', 'configmap/one\n'],
    ['get ConfigMap one -o name', 'configmap/one\n'],
    ['get cm -l grp=a -o name', 'configmap/one\n'],
    ['get cm --field-selector metadata.name=b -o name', 'configmap/b\n'],
    ['get cm,configmaps -l grp=a -o name', 'configmap/one\n'],
  ])('%s', async (line, out) => {
    expect(await cluster.ok(line)).toBe(out);
  });

  test.each([
    [
      'get cm/one b',
      "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'\n",
    ],
    ['get cm/one/two', 'error: arguments in resource/name form may not have more than one slash\n'],
    ['get cm/', 'error: arguments in resource/name form must have a single resource and name\n'],
    ['get nonsense', `error: the server doesn't have a resource type "nonsense"\n`],
    ['get nonsense.apps', `error: the server doesn't have a resource type "nonsense"\n`],
    ['get cm one -l a=b', 'error: name cannot be provided when a selector is specified\n'],
    ['get cm/one -l a=b', 'error: selectors and the all flag cannot be used when passing resource/name arguments\n'],
    ['get cm one -A', 'error: a resource cannot be retrieved by name across all namespaces\n'],
    [
      'get -f one.yaml cm',
      'error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well\n',
    ],
    ['delete cm', 'error: resource(s) were provided, but no name was specified\n'],
    ['delete nonsense', `error: the server doesn't have a resource type "nonsense"\n`],
    ['delete cm --all -l a=b', "error: setting 'all' parameter but found a non empty selector. \n"],
    ['get cm one -n nosuch', 'Error from server (NotFound): namespaces "nosuch" not found\n'],
  ])('%s', async (line, err) => {
    expect(await cluster.run(line)).toEqual({ out: '', err, code: 1 });
  });

  test('delete with nothing said shows what can be', async () => {
    const { err } = await cluster.run('delete');
    expect(err).toBe(
      "error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'\n",
    );
  });
});

describe('namespaces', () => {
  test('an object that names another namespace than -n is refused', async () => {
    cluster.write('other.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: other}\n');
    expect((await cluster.run('create -f other.yaml -n third')).err).toBe(
      `error: the namespace from the provided object "other" does not match the namespace "third". You must pass '--namespace=other' to perform this operation.\n`,
    );
    expect((await cluster.run('create -f other.yaml')).err).toBe(
      'Error from server (NotFound): error when creating "other.yaml": namespaces "other" not found\n',
    );
  });

  test('what is outside of namespaces loses one that its file names', async () => {
    const stdin = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: made, namespace: odd}\n';
    expect(await cluster.ok('create -f - --dry-run=server -o jsonpath={.metadata.namespace}', { stdin })).toBe('');
  });
});
