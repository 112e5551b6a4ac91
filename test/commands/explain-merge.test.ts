/** `apply --explain` and `diff --explain`: what is told of each field, in tables and as JSON. */
import { memoryCluster, type TestCluster } from './harness';

interface Field {
  path: string;
  lastApplied?: unknown;
  live?: unknown;
  file?: unknown;
  result?: unknown;
  verb: string;
  rule: string;
  why: string;
  owners: { manager: string; operation: string; time?: string; subresource?: string }[];
}
interface Explained {
  operation: string;
  mode: string;
  refused?: string;
  fields: Field[];
  folded: { unchanged: number; defaulted: number };
  warnings: { code: string; path?: string; message: string }[];
}

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('web.yaml', WEB({}));
  cluster.write('next.yaml', WEB({ replicas: '', image: 'nginx:1.27', args: '[--port=80]', env: '', tier: 'front' }));
  cluster.write('a.yaml', SETTINGS('{colour: blue, size: large}'));
  cluster.write('b.yaml', SETTINGS('{colour: green}'));
});

const SETTINGS = (data: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: ${data}\n`;
const WEB = ({
  replicas = 'replicas: 2',
  image = 'nginx:1.25',
  args = '[--verbose, --port=80]',
  env = '{name: SIZE, value: "7"}',
  tier = 'back',
  selector = 'web',
}) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: ${tier}}}
spec:
  ${replicas}
  selector: {matchLabels: {app: ${selector}}}
  template:
    metadata: {labels: {app: ${selector}}}
    spec:
      containers:
      - name: web
        image: ${image}
        args: ${args}
        env: [${env}]
        ports: [{containerPort: 80}]
`;

/** Runs a command with -o json and gives what it explained, by path too. */
async function explain(line: string): Promise<Explained & { at(path: string): Field | undefined; code: number }> {
  const { out, code } = await cluster.run(`${line} --explain -o json`);
  const explained = JSON.parse(out) as Explained;
  return { ...explained, code, at: (path) => explained.fields.find((field) => field.path === path) };
}
const CONTAINER = 'spec.template.spec.containers[name="web"]';

test('what an admission plugin has made is told with its name', async () => {
  cluster.write(
    'pod.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: x}]}\n',
  );
  const { at } = await explain('apply -f pod.yaml');
  expect(at('spec.priority')).toMatchObject({
    result: 0,
    rule: 'set-by-admission',
    admission: 'Priority',
    why: 'set by the admission plugin Priority',
  });
  expect(at('spec.serviceAccountName')).toMatchObject({ admission: 'ServiceAccount' });
  expect(at('spec.dnsPolicy')).toMatchObject({ rule: 'defaulted-by-server' });
  expect(at('spec.dnsPolicy')).not.toHaveProperty('admission');
  const table = await cluster.run('apply --server-side --force-conflicts -f pod.yaml --explain');
  expect(table.code).toBe(0);
  cluster.write(
    'q.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec: {containers: [{name: c, image: x}]}\n',
  );
  const { out } = await cluster.run('apply --server-side -f q.yaml --explain');
  expect(out).toContain('set by the admission plugin DefaultTolerationSeconds');
});

describe('client-side', () => {
  test('what is made: by the file, and by the server', async () => {
    const { at, operation, mode } = await explain('apply -f web.yaml');
    expect([operation, mode]).toEqual(['created', 'client-side']);
    expect(at('spec.replicas')).toEqual({
      path: 'spec.replicas',
      file: 2,
      result: 2,
      verb: 'added',
      rule: 'set-by-file',
      why: 'owned by the file, and new',
      owners: [],
    });
    expect(at('spec.revisionHistoryLimit')).toMatchObject({ result: 10, verb: 'added', rule: 'defaulted-by-server' });
    expect(at('metadata.uid')).toBeUndefined();
  });

  test('three ways: each rule, with who owns what', async () => {
    await cluster.ok('apply -f web.yaml');
    await cluster.ok('set env deployment/web MORE=yes');
    await cluster.ok('scale deployment/web --replicas=5');
    const { at, folded } = await explain('apply -f next.yaml');
    expect(at(`${CONTAINER}.image`)).toMatchObject({
      lastApplied: 'nginx:1.25',
      live: 'nginx:1.25',
      file: 'nginx:1.27',
      result: 'nginx:1.27',
      verb: 'changed',
      rule: 'set-by-file',
    });
    expect(at(`${CONTAINER}.args`)).toMatchObject({ verb: 'changed', rule: 'replaced-atomic' });
    expect(at(`${CONTAINER}.args`)?.why).toBe('replaced because the list is atomic: it is one value');
    expect(at(`${CONTAINER}.env`)?.why).toBe('merged by key `name`: elements of others stay');
    expect(at(`${CONTAINER}.env[name="SIZE"].value`)).toMatchObject({
      lastApplied: '7',
      verb: 'removed',
      why: 'dropped because last-applied had it and the file has not',
    });
    expect(at(`${CONTAINER}.env[name="MORE"].value`)).toMatchObject({
      live: 'yes',
      result: 'yes',
      verb: 'kept',
      rule: 'kept-other-writer',
      why: 'kept because another writer owns it: "kubectl-set" (Update, 2026-01-01T00:00:00Z)',
      owners: [{ manager: 'kubectl-set', operation: 'Update', time: '2026-01-01T00:00:00Z' }],
    });
    expect(at('spec.replicas')).toMatchObject({ lastApplied: 2, live: 5, result: 1, verb: 'changed' });
    expect(at('spec.replicas')?.why).toContain('the server put its default there');
    expect(folded).toEqual({ unchanged: 2, defaulted: expect.any(Number) });
    // The merge key is in the path; no row of its own.
    expect(at(`${CONTAINER}.name`)).toBeUndefined();
  });

  test('a list that the file has no more takes what others put there along, with a warning', async () => {
    await cluster.ok('apply -f web.yaml');
    await cluster.ok('set env deployment/web MORE=yes');
    cluster.write('none.yaml', WEB({}).replace(/ +env: .*\n/, ''));
    const { at, warnings } = await explain('apply -f none.yaml');
    expect(at(`${CONTAINER}.env[name="MORE"].value`)).toMatchObject({ verb: 'removed', rule: 'dropped-from-file' });
    expect(at(`${CONTAINER}.env[name="MORE"].value`)?.why).toBe(
      'dropped with all that is around it: last-applied had that and the file has not, though "kubectl-set" (Update, 2026-01-01T00:00:00Z) wrote this',
    );
    expect(warnings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      `list-replaced ${CONTAINER}.env[name="MORE"].value`,
    ]);
  });

  test('retainKeys: Recreate takes what belongs to the other strategy away', async () => {
    await cluster.ok('apply -f web.yaml');
    cluster.write('web.yaml', WEB({ replicas: 'strategy: {type: Recreate}' }));
    const { at } = await explain('apply -f web.yaml');
    expect(at('spec.strategy.rollingUpdate.maxSurge')).toMatchObject({ verb: 'removed', rule: 'retain-keys' });
  });

  test('unchanged fields are counted, and listed when asked for', async () => {
    await cluster.ok('apply -f a.yaml');
    expect(await cluster.ok('apply -f a.yaml --explain')).toBe(
      'configmap/settings unchanged\n3 fields unchanged; --show-unchanged lists them.\n',
    );
    const { fields, folded } = await explain('apply -f a.yaml --show-unchanged');
    expect(fields.map(({ path, verb }) => `${path} ${verb}`)).toContain('data.size unchanged');
    expect(folded).toEqual({ unchanged: 0, defaulted: 0 });
  });

  test('immutable: nothing is changed, and it says which field was refused', async () => {
    await cluster.ok('apply -f web.yaml');
    cluster.write('web.yaml', WEB({ selector: 'other' }));
    const { at, code, operation, refused } = await explain('apply -f web.yaml');
    expect([code, operation]).toEqual([1, 'refused']);
    expect(refused).toContain('field is immutable');
    expect(at('spec.selector.matchLabels.app')).toMatchObject({
      live: 'web',
      file: 'other',
      result: 'web',
      verb: 'kept',
      rule: 'immutable',
    });
    const { out, err } = await cluster.run('apply -f web.yaml --explain');
    expect(out).toMatch(/^deployment.apps\/web refused: nothing was changed/);
    expect(err).toContain('field is immutable');
  });

  test.each(['client', 'server'])('--dry-run=%s explains and changes nothing', async (dryRun) => {
    await cluster.ok('apply -f a.yaml');
    const { at, operation } = await explain(`apply -f b.yaml --dry-run=${dryRun}`);
    expect(operation).toMatch(/^configured \(/);
    expect(at('data.colour')).toMatchObject({ live: 'blue', result: 'green' });
    expect(at('data.size')).toMatchObject({ verb: 'removed' });
    expect(await cluster.ok(['get', 'cm', 'settings', '-o', 'jsonpath={.data}'])).toBe(
      '{"colour":"blue","size":"large"}',
    );
  });

  test('several objects make a list', async () => {
    const { out } = await cluster.run('apply -f a.yaml -f web.yaml --explain -o yaml');
    expect(out).toMatch(/^apiVersion: kubetick.dev\/v1\nitems:\n- apiVersion: kubetick.dev\/v1\n/);
    expect(out).toContain('kind: MergeExplanationList');
  });

  test('a secret stays one', async () => {
    const text = (value: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: pw}\nstringData: {password: ${value}}\n`;
    cluster.write('pw.yaml', text('hunter2'));
    for (const line of [
      'apply -f pw.yaml --explain',
      'apply -f pw.yaml --explain -o json',
      'diff -f pw.yaml --explain',
    ]) {
      const { out } = await cluster.run(line);
      expect(out).not.toMatch(/hunter2|aHVudGVyMg/);
    }
    cluster.write('pw.yaml', text('hunter3'));
    expect((await cluster.run('diff -f pw.yaml --explain --show-secrets')).out).toContain('aHVudGVyMw==');
  });

  test('other formats are refused', async () => {
    const { err, code } = await cluster.run('apply -f a.yaml --explain -o name');
    expect([err, code]).toEqual(['error: --explain is printed as a table, json or yaml, not as "name"\n', 1]);
  });
});

describe('warnings', () => {
  const codes = ({ warnings }: Explained) => warnings.map(({ code, path }) => (path ? `${code} ${path}` : code));

  test('the annotation is missing, and what create made stays', async () => {
    await cluster.ok('create -f a.yaml');
    const first = await explain('apply -f b.yaml');
    expect(codes(first)).toEqual(['missing-last-applied', 'stays-from-create data.size']);
    expect(first.warnings[0]?.message).toContain('nothing is removed, and 1 field stays');
    // The annotation is there by now, the field still is too.
    expect(codes(await explain('apply -f b.yaml'))).toEqual(['stays-from-create data.size']);
    expect(codes(await explain('apply -f a.yaml'))).toEqual([]);
  });

  test('defaults that create left are no such fields', async () => {
    await cluster.ok('create -f web.yaml');
    const { warnings, folded } = await explain('apply -f next.yaml');
    const stays = warnings.filter(({ code }) => code === 'stays-from-create').map(({ path }) => path);
    expect(stays.sort()).toEqual(['spec.replicas', `${CONTAINER}.env[name="SIZE"].value`]);
    expect(folded.defaulted).toBeGreaterThan(10);
  });

  test('two ports with one merge key', async () => {
    const service = (udp: number) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: dns}\nspec:\n  ports: [{name: tcp, port: 53, protocol: TCP}, {name: udp, port: ${udp}, protocol: UDP}]\n`;
    cluster.write('dns.yaml', service(53));
    expect(codes(await explain('apply -f dns.yaml'))).toEqual(['duplicate-merge-key spec.ports']);
    cluster.write('dns.yaml', service(54));
    const { warnings, at } = await explain('apply -f dns.yaml');
    expect(warnings.map(({ message }) => message)).toEqual([
      'spec.ports: 2 elements have the merge key port=53, by which client-side apply tells them apart: a change to one can overwrite or lose the other. Server-side apply knows more keys (port, protocol): use --server-side.',
    ]);
    expect(at('spec.ports')).toMatchObject({ rule: 'ambiguous-merge-key', verb: 'changed' });
  });

  test('a list replaced whole, with who put there what goes', async () => {
    await cluster.ok('apply -f web.yaml');
    await cluster.ok([
      'patch',
      'deployment',
      'web',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"web","args":["--theirs","--verbose"]}]}}}}',
    ]);
    const { warnings } = await explain('apply -f web.yaml');
    expect(warnings).toEqual([
      {
        code: 'list-replaced',
        path: `${CONTAINER}.args`,
        message: `${CONTAINER}.args: the list is replaced whole, so "--theirs" goes; "kubectl-patch" (Update, 2026-01-01T00:00:00Z) wrote the list last. The file has to hold every element that is wanted.`,
      },
    ]);
  });

  test('replicas that an autoscaler sets', async () => {
    await cluster.ok('apply -f web.yaml');
    cluster.write(
      'hpa.yaml',
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 9}\n',
    );
    await cluster.ok('apply -f hpa.yaml');
    expect((await explain('apply -f web.yaml')).warnings[0]?.message).toContain('Each apply puts back 2');
    const dropped = await explain('apply -f next.yaml');
    expect(dropped.warnings.find(({ code }) => code === 'replicas-autoscaled')?.message).toContain(
      'it falls to the default',
    );
    expect(codes(await explain('apply -f next.yaml'))).not.toContain('replicas-autoscaled spec.replicas');
  });

  test('an annotation near the limit, and not one far from it', async () => {
    cluster.write('big.yaml', SETTINGS(`{text: ${'x'.repeat(215_000)}}`));
    const { warnings } = await explain('apply -f big.yaml');
    expect(warnings[0]?.code).toBe('annotation-near-limit');
    expect(warnings[0]?.message).toMatch(/^the annotations hold 215,\d{3} bytes of at most 262,144, /);
    cluster.write('big.yaml', SETTINGS(`{text: ${'x'.repeat(205_000)}}`));
    expect((await explain('apply -f big.yaml')).warnings).toEqual([]);
  });
});

describe('server-side', () => {
  test('conflicts: whose, and what --force-conflicts would take', async () => {
    await cluster.ok('apply -f web.yaml --server-side --field-manager=one');
    await cluster.ok('scale deployment/web --replicas=5');
    const refused = await explain('apply -f web.yaml --server-side --field-manager=two');
    expect([refused.code, refused.mode, refused.operation]).toEqual([1, 'server-side', 'refused']);
    expect(refused.at('spec.replicas')).toMatchObject({
      live: 5,
      file: 2,
      result: 2,
      rule: 'conflict',
      why: 'conflict: "kubectl" (Update of scale, 2026-01-01T00:00:00Z) owns it; --force-conflicts would take it',
    });
    const forced = await explain('apply -f web.yaml --server-side --field-manager=two --force-conflicts');
    expect([forced.code, forced.operation]).toEqual([0, 'serverside-applied']);
    expect(forced.at('spec.replicas')?.why).toBe(
      'taken by --force-conflicts: "kubectl" (Update of scale, 2026-01-01T00:00:00Z) owned it',
    );
    const again = await explain('apply -f web.yaml --server-side --field-manager=two --show-unchanged');
    expect(again.at(`${CONTAINER}.image`)?.why).toBe(
      'owned by the file: applied by "two", shared with "one" (Apply, 2026-01-01T00:00:00Z)',
    );
  });

  test('what is given up goes, unless others own it too', async () => {
    await cluster.ok('apply -f a.yaml --server-side --field-manager=one');
    await cluster.ok('apply -f b.yaml --server-side --field-manager=two --force-conflicts');
    const { at } = await explain('apply -f b.yaml --server-side --field-manager=one --force-conflicts');
    expect(at('data.size')).toMatchObject({ lastApplied: 'large', verb: 'removed', rule: 'relinquished' });
    cluster.write('empty.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n');
    const left = await explain('apply -f empty.yaml --server-side --field-manager=one');
    expect(left.at('data.colour')).toMatchObject({ verb: 'kept' });
    expect(left.at('data.colour')?.why).toBe(
      'given up by "one"; kept because "two" (Apply, 2026-01-01T00:00:00Z) owns it too',
    );
  });

  test('after client-side apply: what that held is taken over', async () => {
    await cluster.ok('apply -f web.yaml');
    await cluster.ok('scale deployment/web --replicas=5');
    const { at, fields } = await explain('apply -f next.yaml --server-side');
    expect(at(`${CONTAINER}.env[name="SIZE"].value`)).toMatchObject({ verb: 'removed', rule: 'relinquished' });
    expect(at('spec.replicas')).toMatchObject({ result: 5, verb: 'kept' });
    expect(fields.map(({ path }) => path)).not.toContain('metadata.labels');
    expect(fields.filter(({ verb }) => verb === 'removed')).toHaveLength(1);
  });
});

describe('diff --explain', () => {
  test('says what would be, changes nothing, and ends with 1', async () => {
    await cluster.ok('apply -f a.yaml');
    const { out, code } = await cluster.run('diff -f b.yaml --explain');
    expect(code).toBe(1);
    expect(out).toBe(
      [
        'configmap/settings would be configured',
        'FIELD         LAST-APPLIED   LIVE    FILE    RESULT   VERB      WHY',
        'data.colour   blue           blue    green   green    changed   owned by the file',
        'data.size     large          large   -       -        removed   dropped because last-applied had it and the file has not',
        '',
      ].join('\n'),
    );
    expect(await cluster.run('diff -f a.yaml --explain')).toEqual({
      out: 'configmap/settings would stay unchanged\n2 fields unchanged; --show-unchanged lists them.\n',
      err: '',
      code: 0,
    });
  });

  test('of what is not there, and server-side', async () => {
    expect((await cluster.run('diff -f a.yaml --explain')).out).toMatch(/^configmap\/settings would be created\n/);
    await cluster.ok('apply -f a.yaml --server-side');
    const { at, code } = await explain('diff -f b.yaml --server-side --field-manager=kubectl');
    expect(code).toBe(1);
    expect(at('data.size')).toMatchObject({ verb: 'removed', rule: 'relinquished' });
  });
});

test.each([80, 120, 200])('a table fits %i columns', async (columns) => {
  await cluster.ok('apply -f web.yaml');
  await cluster.ok('set env deployment/web MORE=yes');
  const { out } = await cluster.run('apply -f next.yaml --explain', { columns });
  const lines = out.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  // Framed, and none of it lost.
  expect(out).toContain('┌');
  expect(out.replace(/[\s│]+/g, '')).toContain('nginx:1.27');
  expect(lines.filter((line) => /VERB/.test(line)).length).toBe(columns === 200 ? 1 : 0);
});

test('the flags are in the help of kubetick, not of kubectl, and work for both', async () => {
  expect(await cluster.ok('apply --help', { program: 'kubetick' })).toContain('--explain=false');
  expect(await cluster.ok('apply --help')).not.toContain('--explain=false');
  expect(await cluster.ok('diff --help')).not.toContain('--output');
});
