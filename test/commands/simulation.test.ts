import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCluster, run } from './harness';

const deployment = 'create deployment web --image=nginx --replicas=2';

describe('tick', () => {
  test('nothing happens until time passes, and then one step', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok(deployment);
    expect(await cluster.ok('get rs -o name')).toBe('');
    const out = await cluster.ok('tick');
    expect(out).toMatch(/^COMPONENT +DID +OBJECTS\ndeployment-controller +create +replicaset\S*\/web-/m);
    expect(out).toMatch(/\n2026-01-01T00:00:01Z: 1s passed in 1 step, \d+ actions?\n$/);
  });

  test('--settle, and what is told for programs', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok(deployment);
    const report = JSON.parse(await cluster.ok('tick --settle -o json'));
    expect(report).toMatchObject({ kind: 'Tick', from: '2026-01-01T00:00:00Z', reached: true, failures: [] });
    expect(report.actions.map((action: { controller: string }) => action.controller)).toEqual(
      expect.arrayContaining(['deployment-controller', 'replicaset-controller']),
    );
    expect(await cluster.ok(['get', 'pods', '-o', 'jsonpath={.items[*].status.phase}'])).toBe('Running Running');
    expect(await cluster.ok('tick --settle')).toMatch(/: 0s passed in 1 step, nothing happened\n$/);
  });

  test('so long, and then to rest; -q says nothing', async () => {
    const cluster = await memoryCluster();
    expect(await cluster.ok('tick 90s -q')).toBe('');
    expect(JSON.parse(await cluster.ok('status -o json')).now).toBe('2026-01-01T00:01:30Z');
    expect(await cluster.ok('tick --settle 10m -o yaml')).toContain('to: "2026-01-01T00:11:30Z"\n');
  });

  test('--until a condition', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok(deployment);
    await cluster.ok('tick --until deployment/web:Available -q');
    const available = 'jsonpath={.status.conditions[?(@.type=="Available")].status}';
    expect(await cluster.ok(['get', 'deployment', 'web', '-o', available])).toBe('True');
    const ran = await cluster.run('tick --until deploy/web:Nonsense --timeout 30s -q');
    expect(ran.err).toMatch(/^error: timed out waiting for deploy\/web:Nonsense/);
    expect(ran.code).toBe(1);
  });

  test('-o wide tells each action with its time', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok(deployment);
    expect(await cluster.ok('tick --settle -o wide')).toMatch(
      /^TIME +COMPONENT +DID +NAMESPACE +OBJECT\n\+0s +deployment-controller +create +default +/,
    );
  });

  test('drawn on a terminal', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok(deployment);
    expect(await cluster.ok('tick', { columns: 120 })).toMatch(/^┌─+┬─+┬─+┐\n│ COMPONENT +│ DID +│ OBJECTS +│\n/);
  });

  test.each([
    ['tick 5', 'error: invalid duration "5": time: missing unit in duration "5"\n'],
    [
      'tick -o xml',
      'error: unable to match a printer suitable for the output format "xml", allowed formats are: json,wide,yaml\n',
    ],
    ['tick --until nonsense', 'error: invalid condition "nonsense": it must look like deployment/web:Available\n'],
    ['tick --until nosuch/x:Ready', `error: the server doesn't have a resource type "nosuch"\n`],
    ['tick --settle --until deploy/x:Y', 'error: --settle and --until cannot be specified together\n'],
    ['tick 5s --until deploy/x:Y', 'error: a duration and --until cannot be specified together\n'],
    ['tick 5s 6s', "error: Unexpected args: [6s]\nSee 'kubectl tick -h' for help and examples\n"],
  ])('%s is refused', async (line, err) => {
    expect(await (await memoryCluster()).run(line)).toEqual({ out: '', err, code: 1 });
  });
});

describe('a cluster in a folder', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'kubetick-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const at = (line: string, environment: Record<string, string> = {}) =>
    run(line, { program: 'kubetick', cwd: home, environment: { HOME: home, ...environment } });

  test('the first command makes one, of three nodes', async () => {
    const { out, err, code } = await at('get nodes -o name');
    expect({ out, err, code }).toEqual({ out: 'node/node-1\nnode/node-2\nnode/node-3\n', err: '', code: 0 });
    expect((await at('status')).out).toMatch(
      new RegExp(`^State +${home}/\\.kubetick/default\nStore +lowdb\nSimulated time +2026-`),
    );
    expect(statSync(join(home, '.kubetick/default')).mode & 0o777).toBe(0o700);
  });

  test('init makes one to measure, and replaces none unless told', async () => {
    const init =
      'init --state here --nodes 1 --node-cpu 8 --node-memory 32Gi --seed 7 --start-time 2030-05-06T07:08:09Z';
    expect(await at(init)).toEqual({ out: `Initialised a cluster with 1 node in ${home}/here\n`, err: '', code: 0 });
    const again = await at(init);
    expect(again).toEqual({
      out: '',
      err: `error: there is a cluster in ${home}/here already; --force replaces it\n`,
      code: 1,
    });
    await at('create ns team --state here');
    const status = JSON.parse((await at('status -o json --state here')).out);
    expect(status).toMatchObject({
      seed: 7,
      startTime: '2030-05-06T07:08:09Z',
      driver: 'lowdb',
      counts: { nodes: 1, namespaces: 5 },
    });
    const capacity = await at('get node node-1 -o jsonpath={.status.capacity.cpu},{.status.capacity.memory}', {
      KUBETICK_STATE: 'here',
    });
    expect(capacity.out).toBe('8,32Gi');
    expect((await at(`${init} --force`)).code).toBe(0);
    expect((await at('get ns team --state here')).code).toBe(1);
  });

  test('its kubeconfig lies with it', async () => {
    await at('config set-context --current --namespace=team');
    expect((await at('get cm')).err).toBe('No resources found in team namespace.\n');
    expect(statSync(join(home, '.kubetick/default/kubeconfig')).mode & 0o777).toBe(0o600);
    // Somebody else's kubeconfig leads nowhere.
    expect((await at('config current-context', { KUBECONFIG: '/nowhere/config' })).out).toBe('kubetick\n');
  });

  test('who names a server is not answered by the folder', async () => {
    expect((await at('get cm --server http://127.0.0.1:1')).err).toBe(
      'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n',
    );
  });

  test.each([
    ['init --nodes -1', 'error: --nodes must be from 0 to 100000, not -1\n'],
    ['init --node-cpu lots', /^error: invalid value "lots" of --node-cpu: /],
    ['init --store sqlite', 'error: --store must be one of [lowdb lmdb], not "sqlite"\n'],
    [
      'init --start-time tomorrow',
      'error: invalid value "tomorrow" of --start-time: it must look like 2026-01-01T00:00:00Z\n',
    ],
  ])('%s is refused', async (line, err) => {
    const ran = await at(line);
    expect(ran.code).toBe(1);
    expect(ran.err).toEqual(typeof err === 'string' ? err : expect.stringMatching(err));
  });
});
