/** `blame`: each field of an object with who wrote it. */
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('web.yaml', WEB);
  await cluster.ok('apply -f web.yaml --server-side --field-manager=team');
});

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: front}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        args: [--verbose, '--port=80']
        ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}]
`;

/** The lines with what stands in their margins. */
async function blamed(): Promise<[margin: string, line: string][]> {
  return (await cluster.ok('blame deployment/web'))
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [margin, ...rest] = line.split(' │ ');
      return [(margin as string).trim(), rest.join(' │ ')];
    });
}

test('each line has its manager, operation and time; what nobody owns has none', async () => {
  await cluster.ok('scale deployment/web --replicas=3');
  const out = await cluster.ok('blame deployment/web');
  expect(out).toMatch(/^team +Apply +2026-01-01T00:00:00Z │ {5}tier: front$/m);
  expect(out).toMatch(/^kubectl +Update of scale +2026-01-01T00:00:00Z │ {3}replicas: 3$/m);
  expect(out).toMatch(/^ +│ {3}name: web$/m);
  expect(out).toMatch(/^ +│ {3}revisionHistoryLimit: 10$/m);
  expect(out).not.toContain('managedFields');
});

test('without its margin it is what get -o yaml prints', async () => {
  await cluster.ok(['annotate', 'deployment', 'web', 'note=first\nsecond', 'odd=yes: no']);
  const lines = (await blamed()).map(([, line]) => line);
  expect(`${lines.join('\n')}\n`).toBe(await cluster.ok('get deployment web -o yaml'));
});

test('list elements by key, atomic lists as a whole', async () => {
  await cluster.ok('set env deployment/web MORE=yes');
  const lines = await blamed();
  const marginOf = (text: string) => lines.find(([, line]) => line.trim() === text)?.[0].split(' ')[0];
  expect(marginOf('- --verbose')).toBe('team');
  expect(marginOf('- name: MORE')).toBe('kubectl-set');
  expect(marginOf('value: "yes"')).toBe('kubectl-set');
  expect(marginOf('protocol: UDP')).toBe('team');
  expect(marginOf('protocol: TCP')).toBe('');
});

test('a field that several own has them all', async () => {
  await cluster.ok('apply -f web.yaml --server-side --field-manager=other');
  const out = await cluster.ok('blame deployment/web');
  const lines = out.split('\n');
  const at = lines.findIndex((line) => line.endsWith('tier: front'));
  expect([lines[at], lines[at + 1]].map((line) => line?.split(' ')[0]).sort()).toEqual(['other', 'team']);
  expect(lines[at + 1]).toMatch(/ │$/);
});

test('-o json: every field by its path', async () => {
  await cluster.ok('scale deployment/web --replicas=3');
  const { fields, object, kind } = JSON.parse(await cluster.ok('blame deployment web -o json')) as {
    kind: string;
    object: unknown;
    fields: { path: string; value: unknown; owners: unknown[] }[];
  };
  expect([kind, object]).toEqual([
    'Blame',
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'default' },
  ]);
  const at = (path: string) => fields.find((field) => field.path === path);
  expect(at('spec.replicas')).toEqual({
    path: 'spec.replicas',
    value: 3,
    owners: [
      {
        manager: 'kubectl',
        operation: 'Update',
        apiVersion: 'apps/v1',
        subresource: 'scale',
        time: '2026-01-01T00:00:00Z',
      },
    ],
  });
  const image = at('spec.template.spec.containers[name="web"].image');
  expect(image).toMatchObject({ value: 'nginx:1.25', owners: [{ manager: 'team', operation: 'Apply' }] });
  expect(at('spec.progressDeadlineSeconds')).toMatchObject({ owners: [] });
  expect(fields.some(({ path }) => path.includes('managedFields'))).toBe(false);
});

test.each([80, 120, 200])('fits %i columns', async (columns) => {
  await cluster.ok('scale deployment/web --replicas=3');
  await cluster.ok(['annotate', 'deployment', 'web', `long=${'x'.repeat(300)}`]);
  const { out } = await cluster.run('blame deployment/web', { columns });
  expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns);
  // Where there is no room for names in the margin, numbers stand there.
  expect(/^\d {2}team /m.test(out)).toBe(columns === 80);
  expect(out).toMatch(columns === 80 ? /^\d │ {3}replicas: 3$/m : /^kubectl +Update of scale +\S+ │ {3}replicas: 3$/m);
});

test('several objects, and errors', async () => {
  await cluster.ok('create configmap one --from-literal=a=b -n default');
  const out = await cluster.ok('blame deployment/web configmap/one');
  expect(out).toMatch(/^---$/m);
  expect(await cluster.run('blame configmap/none')).toEqual({
    out: '',
    err: 'Error from server (NotFound): configmaps "none" not found\n',
    code: 1,
  });
  expect((await cluster.run('blame deployment/web -o wide')).err).toBe("error: --output must be 'yaml' or 'json'\n");
});

test("kubectl's help does not list it, kubetick's does", async () => {
  expect(await cluster.ok('--help', { program: 'kubetick' })).toMatch(/^ {2}blame /m);
  expect(await cluster.ok('--help')).not.toMatch(/^ {2}(blame|compare) /m);
});
