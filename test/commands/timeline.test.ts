/** `timeline`, as a user sees it: what was, drawn and told. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryCluster, type TestCluster } from './harness';

interface Told {
  resource: string;
  name?: string;
  line: string;
  unit: string;
  target?: number;
  of?: string;
  least: number;
  most: number;
  turns: number;
  points: [string, number | null][];
}

async function told(cluster: TestCluster, more = ''): Promise<Told[]> {
  return JSON.parse(await cluster.ok(`timeline -o json ${more}`)).series;
}

/** A small day of three hours: twelve pods, three nodes. */
async function smallDay(): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 1, nodeCpu: '2', seed: 3 });
  for (const line of [
    'nodegroup add burst --cpu 2 --memory 8Gi --max 5',
    'create deployment web --image=nginx --replicas=3',
    'set resources deployment web --requests=cpu=400m',
    "load set deployment/web --cpu 'sine(600m, 3600m, 3h)'",
    'autoscale deployment web --min=2 --max=12 --cpu=70%',
    "create cronjob often --image=busybox --schedule='*/30 * * * *' -- sleep 60",
    'tick 3h -q',
  ])
    await cluster.ok(line);
  return cluster;
}

describe('a small day', () => {
  let day: TestCluster;
  beforeAll(async () => {
    day = await smallDay();
  });

  test('replicas and nodes rise and fall, and nothing flaps', async () => {
    const series = await told(day);
    const find = (resource: string, line: string, name?: string) =>
      series.find((one) => one.resource === resource && one.line === line && (name === undefined || one.name === name));
    const desired = find('deployments.apps', 'desired');
    expect(desired).toMatchObject({ name: 'web', unit: 'pods', least: 3, most: 12, turns: 1 });
    const nodes = find('nodes', 'ready', 'burst');
    expect(nodes?.most).toBe(2);
    expect(nodes?.turns).toBe(1);
    expect(nodes?.points.at(-1)?.[1]).toBeLessThan(2);
    expect(find('horizontalpodautoscalers.autoscaling', 'cpu')).toMatchObject({
      target: 70,
      unit: 'percent',
      of: 'deployment/web',
    });
    expect(find('cronjobs.batch', 'active')).toMatchObject({ most: 1, turns: 9 });
    expect(find('loads.kubetick.dev', 'cpu')).toMatchObject({ unit: 'cores', of: 'deployment/web', turns: 1 });
    expect(find('pods', 'pending')?.most).toBeGreaterThan(0);
  });

  test('the same commands on the same seed leave the same state and the same timeline, byte for byte', async () => {
    const again = await smallDay();
    const everything = (cluster: TestCluster) => cluster.ok('get --raw /kubetick/copy');
    expect(await everything(again)).toBe(await everything(day));
    expect(await again.ok('timeline -o json')).toBe(await day.ok('timeline -o json'));
    expect(await again.ok('timeline')).toBe(await day.ok('timeline'));
  });

  test('in letters, 80 columns wide, over one axis of times', async () => {
    const text = await day.ok('timeline nodes/burst deployment/web --height 3');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^2026-01-01 00:00 to 2026-01-01 03:00 UTC\n\ndeployment\/web\n {2}\* ready: /);
    expect(text).toMatch(/\n {2}o desired: 3 to 12, at the end \d+, 1 turn\n {5}12 \|/);
    expect(text).toMatch(/\nnodes of burst\n {2}\* ready: 0 to 2, at the end \d, 1 turn\n/);
    expect(text.split('\n').at(-2)).toMatch(/^ +00:00 +00:30 +01:00 +01:30 +02:00 +02:30 +03:00$/);
  });

  test('with an autoscaler comes what it scales, and the load', async () => {
    const titles = (await day.ok('timeline hpa/web')).match(/^[a-z].*$/gm);
    expect(titles).toEqual([
      'deployment/web',
      'hpa/web: cpu (percent), wanted 70%',
      'load of deployment/web: cpu (cores)',
    ]);
  });

  test('a part of it begins with what was before', async () => {
    const cut = '--since 2026-01-01T01:00:00Z --until 2026-01-01T02:00:00Z';
    const [desired] = await told(day, `deployment/web ${cut}`);
    const [whole] = await told(day, 'deployment/web');
    const before = whole?.points.filter(([at]) => at <= '2026-01-01T01:00:00Z').at(-1)?.[1];
    expect(desired?.points[0]).toEqual(['2026-01-01T01:00:00Z', before]);
    expect(desired?.points.every(([at]) => at <= '2026-01-01T02:00:00Z')).toBe(true);
  });

  test('Braille on a terminal that can, letters elsewhere', async () => {
    const braille = /[⠁-⣿]/;
    expect(await day.ok('timeline nodes --chart braille')).toMatch(braille);
    // Of this harness, terminals have no colours.
    expect(await day.ok('timeline nodes', { columns: 100, environment: { LANG: 'C.UTF-8' } })).not.toMatch(braille);
  });

  test('pictures and tables go to files, by their names', async () => {
    expect(await day.ok('timeline --output-file day.svg')).toBe('timeline written to day.svg\n');
    const svg = readFileSync(join(day.folder, 'day.svg'), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 960 \d+"/);
    expect(svg).toContain('<title>deployment/web: desired 3 to 12, 1 turn</title>');
    expect(svg.match(/NaN|undefined|Infinity/)).toBeNull();
    await day.ok('timeline --output-file day.html');
    expect(readFileSync(join(day.folder, 'day.html'), 'utf8')).toContain(
      '<td>deployment/web</td><td>desired</td><td>3</td><td>12</td>',
    );
    const csv = (await day.ok('timeline deployment -o csv')).split('\n');
    expect(csv.slice(0, 2)).toEqual([
      'time,resource,namespace,name,line,unit,value',
      '2026-01-01T00:00:00Z,deployments.apps,default,web,desired,pods,3',
    ]);
    expect(csv.slice(1, -1)).toEqual([...csv.slice(1, -1)].sort((a, b) => (a.slice(0, 20) < b.slice(0, 20) ? -1 : 0)));
  });

  test.each([
    ['timeline secrets', /^error: timeline knows nothing of secrets; it tells of cronjobs.batch, /],
    ['timeline pods/web-1', /^error: pods are counted, not told one by one/],
    ['timeline deployment/', /^error: "deployment\/" is neither TYPE nor TYPE\/NAME/],
    ['timeline deployment/other', /^error: nothing is recorded of deployments.apps\/other from /],
    ['timeline --since yesterday', /^error: invalid --since "yesterday": expected a duration such as 24h/],
    ['timeline --since 1h --until 2027-01-01', /^error: invalid --until/],
    ['timeline --since 2026-01-01T05:00:00Z --until 2026-01-01T04:00:00Z', /^error: --since must be before --until/],
    ['timeline -o yaml', /^error: --output must be 'svg', 'html', 'csv' or 'json'/],
    ['timeline --chart dots', /^error: --chart must be/],
    ['timeline --height 1', /^error: --height must be from 2 to 100/],
    ['timeline --output-file no/such/folder/day.svg', /^error: ENOENT/],
  ])('%s', async (line, message) => {
    const { out, err, code } = await day.run(line);
    expect({ out, code }).toEqual({ out: '', code: 1 });
    expect(err).toMatch(message);
    expect(existsSync(join(day.folder, 'no'))).toBe(false);
  });
});

test('of an autoscaler only what it scales, also in tables; of one that there never was nothing', async () => {
  const cluster = await memoryCluster({ nodes: 1, seed: 5 });
  await cluster.ok('create deployment web --image=nginx');
  await cluster.ok('create deployment other --image=nginx');
  await cluster.ok('autoscale deployment web --max=3 --cpu=50%');
  await cluster.ok('tick 5m -q');
  const csv = await cluster.ok('timeline hpa/web -o csv');
  expect(csv).toContain(',deployments.apps,default,web,');
  expect(csv).not.toContain(',other,');
  for (const output of ['', ' -o json', ' -o csv']) {
    const { code, out, err } = await cluster.run(`timeline hpa/nobody${output}`);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('nothing is recorded of horizontalpodautoscalers.autoscaling/nobody');
  }
});

test('what is gone ends, and what comes again goes on', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create deployment web --image=nginx --replicas=2');
  await cluster.ok('tick 1m -q');
  await cluster.ok('delete deployment web');
  await cluster.ok('tick 1m -q');
  await cluster.ok('create deployment web --image=nginx --replicas=1');
  await cluster.ok('tick 1m -q');
  const [desired] = await told(cluster, 'deployment/web');
  expect(desired?.points.map(([at, value]) => [at.slice(14, 19), value])).toEqual([
    ['00:00', 2],
    ['01:00', null],
    ['02:00', 1],
  ]);
});

test('small steps leave the same record as one long one', async () => {
  const played = async (...ticks: string[]) => {
    const cluster = await memoryCluster({ nodes: 2, seed: 9 });
    await cluster.ok('create deployment web --image=nginx --replicas=5');
    for (const tick of ticks) await cluster.ok(tick);
    return cluster.ok('timeline -o json');
  };
  expect(await played('tick 1m -q')).toBe(await played('tick -q', 'tick 14s -q', 'tick 45s -q'));
});

test('a namespace has its own', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create namespace other');
  await cluster.ok('create deployment web --image=nginx');
  await cluster.ok('create deployment web --image=nginx --replicas=3 -n other');
  await cluster.ok('tick --settle -q');
  expect((await told(cluster, 'deployment -n other')).map(({ most }) => most)).toEqual([3, 3]);
  expect(await told(cluster, 'deployment -A')).toHaveLength(4);
  expect(await cluster.ok('timeline deployment -A')).toContain('deployment/web in other\n');
});
