/** `compare`: several verbs, each on a copy of the cluster. */
import { wordsOf } from '../../src/commands/compare/steps';
import { memoryCluster, type TestCluster } from './harness';

interface Result {
  verb: string;
  exists: boolean;
  lastAppliedBytes: number | null;
  managers: { manager: string; operation: string; subresource?: string }[];
  generation?: number;
  kept: { path: string; value: unknown; step: number }[];
  lost: { path: string; value: unknown; step: number; now?: unknown }[];
  values: Record<string, unknown>;
}
interface Compared {
  steps: { kind: string; text: string }[];
  verbs: { verb: string; steps: { command: string[]; stdout: string; stderr: string; exitCode: number }[] }[];
  objects: { object: { kind: string; name: string }; differing: string[]; results: Result[] }[];
}

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('a.yaml', SETTINGS('{colour: blue, size: large}'));
  cluster.write('b.yaml', SETTINGS('{colour: green}'));
  cluster.write('web.yaml', WEB('replicas: 2', 'nginx:1.25'));
  cluster.write('web-2.yaml', WEB('', 'nginx:1.27'));
});

const SETTINGS = (data: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: ${data}\n`;
const WEB = (more: string, image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  ${more}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: '${image}'}]}\n`;

async function compare(line: string | string[]): Promise<Compared> {
  const words = typeof line === 'string' ? wordsOf(line) : line;
  return JSON.parse(await cluster.ok(['compare', ...words, '-o', 'json'])) as Compared;
}
const byVerb = (compared: Compared, name: string): Record<string, Result> => {
  const found = compared.objects.find(({ object }) => object.name === name);
  return Object.fromEntries((found?.results ?? []).map((result) => [result.verb, result]));
};

test('create and apply of two versions: what was printed, how it ended, what differs', async () => {
  const compared = await compare('create apply -f a.yaml -f b.yaml');
  expect(compared.steps).toEqual([
    { kind: 'file', text: 'a.yaml' },
    { kind: 'file', text: 'b.yaml' },
  ]);
  const [create, apply] = compared.verbs;
  expect(create?.steps.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
    [0, 'configmap/settings created\n'],
    [1, ''],
  ]);
  expect(create?.steps[1]?.stderr).toContain('already exists');
  expect(apply?.steps.map(({ stdout }) => stdout)).toEqual([
    'configmap/settings created\n',
    'configmap/settings configured\n',
  ]);
  const results = byVerb(compared, 'settings');
  expect(results['create']).toMatchObject({
    lastAppliedBytes: null,
    managers: [{ manager: 'kubectl-create', operation: 'Update' }],
    kept: [{ path: 'data.size', value: 'large', step: 1 }],
    lost: [],
    values: { 'data.colour': 'blue', 'data.size': 'large' },
  });
  expect(results['apply']).toMatchObject({
    lastAppliedBytes: expect.any(Number),
    managers: [{ manager: 'kubectl-client-side-apply', operation: 'Update' }],
    kept: [],
    lost: [{ path: 'data.size', value: 'large', step: 1 }],
    values: { 'data.colour': 'green' },
  });
  expect(compared.objects[0]?.differing.sort()).toEqual(['data.colour', 'data.size']);
});

test('the cluster itself is not touched, and what is in it is there in each copy', async () => {
  await cluster.ok('create -f a.yaml');
  const before = await cluster.ok('get cm settings -o yaml --show-managed-fields');
  const compared = await compare('create apply replace patch -f b.yaml');
  const data = Object.values(byVerb(compared, 'settings')).map(({ verb, values }) => [verb, values]);
  expect(data).toEqual([
    ['create', { 'data.colour': 'blue', 'data.size': 'large' }],
    ['apply', { 'data.colour': 'green', 'data.size': 'large' }],
    ['replace', { 'data.colour': 'green' }],
    ['patch', { 'data.colour': 'green', 'data.size': 'large' }],
  ]);
  expect(byVerb(compared, 'settings')['replace']?.lost).toEqual([{ path: 'data.size', value: 'large', step: 0 }]);
  expect(await cluster.ok('get cm settings -o yaml --show-managed-fields')).toBe(before);
});

test('--then: a live change between two files, kept by some and lost by others', async () => {
  const compared = await compare([
    'apply',
    'server-side-apply',
    'replace',
    '--then',
    'kubectl create -f web.yaml --save-config',
    '--then',
    "scale deployment/web --replicas='5'",
    '-f',
    'web-2.yaml',
  ]);
  expect(compared.steps).toEqual([
    { kind: 'then', text: 'kubectl create -f web.yaml --save-config' },
    { kind: 'then', text: "scale deployment/web --replicas='5'" },
    { kind: 'file', text: 'web-2.yaml' },
  ]);
  const { apply, replace, 'server-side-apply': serverSide } = byVerb(compared, 'web');
  expect(apply?.lost).toEqual([{ path: 'spec.replicas', value: 5, step: 2, now: 1 }]);
  expect(replace?.lost).toEqual([{ path: 'spec.replicas', value: 5, step: 2, now: 1 }]);
  expect(serverSide?.kept).toContainEqual({ path: 'spec.replicas', value: 5, step: 2 });
  expect(compared.verbs[1]?.steps[2]?.command).toEqual(['apply', '--server-side', '-f', 'web-2.yaml']);
});

test('a file that says otherwise undoes a live change', async () => {
  const compared = await compare([
    'apply',
    '-f',
    'web.yaml',
    '--then',
    'scale deployment/web --replicas=5',
    '-f',
    'web.yaml',
  ]);
  expect(byVerb(compared, 'web')['apply']?.lost).toEqual([{ path: 'spec.replicas', value: 5, step: 2, now: 2 }]);
});

test('verbs with flags of their own, several files in one step, another namespace', async () => {
  await cluster.ok('create namespace team');
  const compared = await compare(['create --save-config', 'apply', '-f', 'a.yaml,web.yaml', '-n', 'team']);
  expect(compared.objects.map(({ object }) => object)).toEqual([
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: 'team' },
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'team' },
  ]);
  const results = byVerb(compared, 'settings');
  expect(results['create --save-config']?.lastAppliedBytes).toBe(results['apply']?.lastAppliedBytes);
  expect(compared.objects[0]?.differing).toEqual([]);
});

test('standard input is for every verb, and time can pass', async () => {
  const { out } = await cluster.run(['compare', 'create', 'apply', '-f', '-', '--then', 'tick --settle -q'], {
    stdin: SETTINGS('{a: b}'),
  });
  expect(out.match(/configmap\/settings created/g)).toHaveLength(2);
  expect(out).toContain('(printed nothing)');
});

test('a secret stays one', async () => {
  cluster.write('pw.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: pw}\nstringData: {one: hunter2}\n');
  cluster.write('pw-2.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: pw}\nstringData: {one: hunter3}\n');
  for (const output of ['', '-o json']) {
    const text = await cluster.ok(`compare create apply -f pw.yaml -f pw-2.yaml ${output}`);
    expect(text).not.toMatch(/hunter|aHVudGVy/);
    expect(text).toContain('***');
  }
});

test.each([
  ['compare -f a.yaml', /^error: at least one verb is needed, of: create, apply, /],
  ['compare create delete -f a.yaml', /^error: compare knows no verb "delete", only: /],
  ['compare create apply', /^error: must specify one of -f/],
  ["compare create -f a.yaml --then 'label cm", /./],
  ['compare create apply -f a.yaml -o wide', /^error: --output must be/],
])('%s', async (line, message) => {
  const { err, code } = await cluster.run(line);
  expect(code).toBe(1);
  expect(err).toMatch(message);
});

test('a file that is not there is told of by each verb', async () => {
  const compared = await compare('create apply -f missing.yaml');
  expect(compared.verbs.map(({ steps }) => steps[0]?.exitCode)).toEqual([1, 1]);
  expect(compared.objects).toEqual([]);
});

describe('tables', () => {
  test.each([
    [80, 2, 1],
    [120, 2, 1],
    [200, 2, 1],
    [80, 5, 3],
    [200, 5, 1],
  ])('at %i columns %i verbs make %i tables that fit', async (columns, count, tables) => {
    const verbs = ['create', 'apply', 'server-side-apply', 'replace', 'patch'].slice(0, count);
    const { out } = await cluster.run(['compare', ...verbs, '-f', 'web.yaml', '-f', 'web-2.yaml'], { columns });
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns);
    expect(out.match(/^┌/gm)).toHaveLength(tables);
    for (const verb of verbs) expect(out).toContain(`│ ${verb} `);
  });

  test('in a pipe', async () => {
    const out = await cluster.ok('compare create apply -f a.yaml -f b.yaml');
    expect(out).toMatch(/^ +create +apply\n1\. -f a\.yaml +configmap\/settings created +configmap\/settings created\n/);
    expect(out).toMatch(/^last-applied annotation +none +\d+ bytes$/m);
    expect(out).toMatch(/^kept +data\.size: large of step 1 +nothing$/m);
  });
});

test.each([
  ['a  b', ['a', 'b']],
  [`scale 'a b' --x="c d"`, ['scale', 'a b', '--x=c d']],
  [`a\\ b '' "x\\"y"`, ['a b', '', 'x"y']],
  ['', []],
])('words of %s', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});
