import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 2 });
  await cluster.ok('create ns team');
  await cluster.ok('create cm alpha --from-literal=a=1 --from-literal=b=2');
  await cluster.ok('create cm beta --from-literal=n=10');
  await cluster.ok('create cm gamma --from-literal=n=9 -n team');
  await cluster.ok(['patch', 'cm', 'alpha', '-p', '{"metadata":{"labels":{"app":"a","tier":"x"}}}']);
});

/** A table's lines with one blank between columns. */
const columns = (text: string) => text.replace(/ +/g, ' ').replace(/ $/gm, '');

describe('tables', () => {
  test('columns of the server', async () => {
    expect(columns(await cluster.ok('get cm -l app'))).toBe('NAME DATA AGE\nalpha 2 0s\n');
  });
  test('names in order, several of them', async () => {
    expect(columns(await cluster.ok('get cm beta alpha'))).toBe('NAME DATA AGE\nbeta 1 0s\nalpha 2 0s\n');
  });
  test('--no-headers', async () => {
    expect(columns(await cluster.ok('get cm alpha --no-headers'))).toBe('alpha 2 0s\n');
  });
  test('-A shows the namespace; cluster-scoped things have none', async () => {
    const out = columns(
      await cluster.ok('get cm -A --field-selector metadata.name!=kube-root-ca.crt,metadata.namespace!=kube-system'),
    );
    expect(out).toBe('NAMESPACE NAME DATA AGE\ndefault alpha 2 0s\ndefault beta 1 0s\nteam gamma 1 0s\n');
    expect(await cluster.ok('get ns -A')).toMatch(/^NAME +STATUS +AGE\n/);
  });
  test('labels as columns', async () => {
    expect(columns(await cluster.ok('get cm alpha beta -L app,tier'))).toBe(
      'NAME DATA AGE APP TIER\nalpha 2 0s a x\nbeta 1 0s\n',
    );
    expect(columns(await cluster.ok('get cm alpha beta --show-labels'))).toBe(
      'NAME DATA AGE LABELS\nalpha 2 0s app=a,tier=x\nbeta 1 0s <none>\n',
    );
  });
  test('--show-kind', async () => {
    expect(columns(await cluster.ok('get cm alpha --show-kind'))).toBe('NAME DATA AGE\nconfigmap/alpha 2 0s\n');
  });
  test('several types: names with kinds, a blank line between', async () => {
    expect(columns(await cluster.ok('get ns/team cm/alpha'))).toBe(
      'NAME STATUS AGE\nnamespace/team Active 0s\n\nNAME DATA AGE\nconfigmap/alpha 2 0s\n',
    );
    expect(columns(await cluster.ok('get ns/team cm/alpha --no-headers'))).toBe(
      'namespace/team Active 0s\nconfigmap/alpha 2 0s\n',
    );
  });
  test('--sort-by', async () => {
    const sorted = async (by: string) =>
      columns(await cluster.ok(`get cm --no-headers --field-selector metadata.name!=kube-root-ca.crt --sort-by=${by}`))
        .split('\n')
        .map((line) => line.split(' ')[0]);
    expect(await sorted('.metadata.name')).toEqual(['alpha', 'beta', '']);
    expect(await sorted('{.data.a}')).toEqual(['beta', 'alpha', '']);
    expect(await sorted('data.n')).toEqual(['alpha', 'beta', '']);
    expect((await cluster.run('get cm --sort-by=.nosuch')).err).toBe(
      'error: couldn\'t find any field with path "{.nosuch}" in the list of objects\n',
    );
    expect(
      await cluster.ok(
        'get cm -A --sort-by=.data.n -o name --field-selector metadata.name!=kube-root-ca.crt,metadata.namespace!=kube-system',
      ),
    ).toBe('configmap/alpha\nconfigmap/gamma\nconfigmap/beta\n');
  });
  test('nothing there', async () => {
    expect(await cluster.run('get pods')).toEqual({
      out: '',
      err: 'No resources found in default namespace.\n',
      code: 0,
    });
    expect(await cluster.run('get pods -n nosuch')).toEqual({
      out: '',
      err: 'No resources found in nosuch namespace.\n',
      code: 0,
    });
    expect(await cluster.run('get pods -A')).toEqual({ out: '', err: 'No resources found\n', code: 0 });
    expect(await cluster.run('get pods --ignore-not-found')).toEqual({ out: '', err: '', code: 0 });
  });
  test('pages that are fetched one after another make one table', async () => {
    expect(await cluster.ok('get cm -A --chunk-size=2')).toBe(await cluster.ok('get cm -A --chunk-size=0'));
  });
  test('a category', async () => {
    expect(columns(await cluster.ok('get all'))).toMatch(/^NAME TYPE CLUSTER-IP .*\nservice\/kubernetes ClusterIP /);
  });
});

describe('other formats', () => {
  test.each([
    ['get cm alpha beta -o name', 'configmap/alpha\nconfigmap/beta\n'],
    ['get cm alpha -o jsonpath={.data}', '{"a":"1","b":"2"}'],
    ['get cm alpha beta -o jsonpath={.items[*].metadata.name}', 'alpha beta'],
    ['get cm -l app -o jsonpath={.items[*].metadata.name}', 'alpha'],
    ['get cm -l app -o jsonpath={.kind}', 'List'],
    ['get cm alpha -o custom-columns=N:.metadata.name,V:.data.a', 'N       V\nalpha   1\n'],
    ['get cm alpha -o custom-columns=N:.metadata.name --no-headers', 'alpha\n'],
    ['get cm alpha --template={{.data.b}}', '2'],
  ])('%s', async (line, out) => {
    expect(await cluster.ok(line)).toBe(out);
  });
  test('yaml of one, and of a list', async () => {
    expect(await cluster.ok('get cm alpha -o yaml')).toMatch(
      /^apiVersion: v1\ndata:\n {2}a: "1"\n {2}b: "2"\nkind: ConfigMap\nmetadata:\n {2}creationTimestamp: "2026-01-01T00:00:00Z"\n {2}labels:\n/,
    );
    expect(await cluster.ok('get cm -l app -o yaml')).toMatch(
      /^apiVersion: v1\nitems:\n- apiVersion: v1\n.*\nkind: List\nmetadata:\n {2}resourceVersion: ""\n$/s,
    );
    expect(await cluster.ok('get cm -l nosuch -o json')).toBe(
      '{\n    "apiVersion": "v1",\n    "items": [],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n',
    );
  });
  test('managed fields only when asked for', async () => {
    expect(await cluster.ok('get cm alpha -o yaml')).not.toContain('managedFields');
    expect(await cluster.ok('get cm alpha -o yaml --show-managed-fields')).toContain('manager: kubectl-patch');
  });
  test('what is missing is told, what is there is printed', async () => {
    const ran = await cluster.run('get cm alpha nosuch -o name');
    expect(ran).toEqual({
      out: 'configmap/alpha\n',
      err: 'Error from server (NotFound): configmaps "nosuch" not found\n',
      code: 1,
    });
    expect((await cluster.run('get cm nosuch -o yaml')).err).toBe(
      'Error from server (NotFound): configmaps "nosuch" not found\n',
    );
    expect(await cluster.run('get cm nosuch -o yaml --ignore-not-found')).toEqual({ out: '', err: '', code: 0 });
  });
  test('--raw', async () => {
    expect(JSON.parse(await cluster.ok('get --raw /api/v1/namespaces/default/configmaps/alpha')).data).toEqual({
      a: '1',
      b: '2',
    });
    expect(JSON.parse(await cluster.ok('get --raw /api/v1/configmaps?labelSelector=app%3Da')).items).toHaveLength(1);
    expect((await cluster.run('get --raw /api/v1/namespaces/default/configmaps/nosuch')).err).toBe(
      'Error from server (NotFound): configmaps "nosuch" not found\n',
    );
  });
});

test.each([
  [
    'get',
    /^You must specify the type of resource to get\. Use "kubectl api-resources" for a complete list of supported resources\.\n\nerror: Required resource not specified\.\n/,
  ],
  [
    'get cm -o nosuch',
    /^error: unable to match a printer suitable for the output format "nosuch", allowed formats are: custom-columns,/,
  ],
  ['get cm --show-labels -o yaml', /^error: --show-labels option cannot be used with yaml printer\n$/],
  [
    'get cm --output-watch-events',
    /^error: --output-watch-events option can only be used with --watch or --watch-only\n$/,
  ],
  ['get --raw /x cm', /^error: arguments may not be passed when --raw is specified\n$/],
  ['get --raw /x -o yaml', /^error: --raw and --output are mutually exclusive\n$/],
  ['get cm,ns -w', /^error: you may only specify a single resource type\n$/],
  [
    'get cm -l "a in (b"',
    /^Error from server \(BadRequest\): Unable to find "\/v1, Resource=configmaps" that match label selector "a in \(b", field selector "": unable to parse requirement: found '', expected: ',' or '\)'\n$/,
  ],
])('%s is refused', async (line, err) => {
  const ran = await cluster.run(line);
  expect(ran.err).toMatch(err);
  expect(ran.code).toBe(1);
});

describe('-w', () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: nginx}]}\n';

  test('shows what becomes of a pod until nothing more does', async () => {
    const watched = await memoryCluster({ nodes: 1 });
    await watched.ok('create -f -', { stdin: pod });
    const lines = columns(await watched.ok('get pods -w'))
      .trimEnd()
      .split('\n');
    expect(lines[0]).toBe('NAME READY STATUS RESTARTS AGE');
    expect(lines[1]).toMatch(/^web 0\/1 Pending 0 0s$/);
    expect(lines.at(-1)).toMatch(/^web 1\/1 Running 0 \d+s$/);
    expect(columns(await watched.ok('get pods'))).toContain('web 1/1 Running');
  });

  test('events with their types', async () => {
    const watched = await memoryCluster({ nodes: 1 });
    await watched.ok('create -f -', { stdin: pod });
    const out = columns(await watched.ok('get pod web -w --output-watch-events'));
    expect(out).toMatch(/^EVENT NAME READY STATUS RESTARTS AGE\nADDED web 0\/1 Pending 0 0s\n(?:MODIFIED web .*\n)+$/);
  });
});

test('--subresource: a scale has columns of its own, a status those of its kind', async () => {
  await cluster.ok('create deployment sized --image=nginx --replicas=3');
  expect(await cluster.ok('get deployment sized --subresource=scale')).toMatch(
    /^NAME +DESIRED +AVAILABLE +AGE\nsized +3 +0 +\d+s\n$/,
  );
  expect(await cluster.ok('get deployment/sized --subresource=scale -o jsonpath={.kind}')).toBe('Scale');
  expect(await cluster.ok('get deployment sized --subresource=status --no-headers')).toMatch(/^sized +0\/3 +/);
  expect((await cluster.run('get deployments --subresource=scale')).err).toBe(
    'error: subresource cannot be used when bulk resources are specified\n',
  );
});
