import type { KubeObject } from '../../src/apimachinery/meta';
import { apiError, conflict } from '../../src/apimachinery/status';
import { FINALIZERS, LABELS } from '../../src/sim/changed-parts';
import type { Context, Controller, Result, Watch } from '../../src/sim/controller';
import { MemoryStore } from '../../src/store/memory';
import { type ClusterUnderTest, clusterWith, configMap, core, START } from './cluster-under-test';

const CONFIG_MAPS = core('configmaps');
const SECOND = 1000;
const HOUR = 3_600_000;

/** A controller of config maps that does as it is told, and notes when it looked at what. */
function watcher(reconcile: (key: string, context: Context) => Promise<Result | undefined> | Result | undefined) {
  const looks: string[] = [];
  const controller: Controller = {
    name: 'test-controller',
    user: 'system:serviceaccount:kube-system:test-controller',
    fieldManager: 'kube-controller-manager',
    watches: [{ resource: 'configmaps', keys: ({ metadata }) => [`${metadata.namespace}/${metadata.name}`] }],
    reconcile(key, context) {
      looks.push(`${(context.clock.now() - START) / SECOND} ${key}`);
      return reconcile(key, context);
    },
  };
  return { controller, looks };
}

const data = (key: string, context: Context) =>
  context.cache.get('configmaps', 'default', key.split('/')[1] as string)?.['data'];

async function set(cluster: ClusterUnderTest, name: string, value: string) {
  await cluster.client.patch(CONFIG_MAPS, 'default', name, 'merge', { data: { n: value } });
}

/** Counts down its config map, one a step. */
const countdown = async (key: string, context: Context) => {
  const n = Number(data(key, context)?.n ?? 0);
  if (n > 0)
    await context.client.patch(CONFIG_MAPS, 'default', key.split('/')[1] as string, 'merge', {
      data: { n: String(n - 1) },
    });
  return undefined;
};

describe('a tick', () => {
  test('is one step of one second, and tells who did what', async () => {
    const { controller, looks } = watcher(countdown);
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '2' }));
    const report = await cluster.tick();
    expect(report).toMatchObject({
      from: START,
      to: START + SECOND,
      steps: 1,
      reached: true,
      idle: false,
      failures: [],
    });
    expect(report.actions).toEqual([
      { at: START, controller: 'test-controller', verb: 'patch', object: 'configmap/a', namespace: 'default' },
    ]);
    expect(looks).toEqual(['0 default/a']);
  });

  test('controllers see the state of the start of the step, and what they wrote in the next', async () => {
    const seen: string[] = [];
    const reader = watcher((key, context) => {
      seen.push(`${(context.clock.now() - START) / SECOND}:${data(key, context)?.n}`);
      return undefined;
    }).controller;
    const cluster = await clusterWith([watcher(countdown).controller, { ...reader, name: 'reader' }]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '2' }));
    await cluster.tick({ settle: true });
    expect(seen).toEqual(['0:2', '1:1', '2:0']);
  });

  test('what a step does is seen in the next, and nothing else, though the store remembers less than that', async () => {
    const { controller, looks } = watcher(async (key, context) => {
      const object = context.cache.get('configmaps', 'default', key.split('/')[1] as string);
      if (data(key, context)?.n) context.events.event(object as KubeObject, 'Normal', 'Counted', 'one less');
      return countdown(key, context);
    });
    const cluster = await clusterWith([controller], { store: new MemoryStore({ history: 1100 }) });
    const count = 1500;
    for (let i = 0; i < count; i++) {
      await cluster.client.create(CONFIG_MAPS, 'default', configMap(`m${i}`, {}, { n: '1' }));
    }
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('quiet'));
    await cluster.tick({ settle: true });
    const at = (second: number) => looks.filter((look) => look.startsWith(`${second} `)).length;
    expect([at(0), at(1), looks.length]).toEqual([count + 1, count, 2 * count + 1]);
    const { items } = await cluster.client.list(core('events'), 'default');
    expect([items.length, items.every((event) => event['count'] === 2)]).toEqual([count, true]);
  });

  test('an idle hour costs one step, in this process and in a new one', async () => {
    const { controller, looks } = watcher(() => undefined);
    const cluster = await clusterWith([controller]);
    for (const name of ['a', 'b']) await cluster.client.create(CONFIG_MAPS, 'default', configMap(name));
    expect(await cluster.tick({ advance: HOUR })).toMatchObject({
      steps: 1,
      from: START,
      to: START + HOUR,
      idle: true,
    });
    expect(await cluster.tick({ advance: HOUR })).toMatchObject({ steps: 1, to: START + 2 * HOUR });
    // In the same process nothing is looked at again.
    expect(looks).toEqual(['0 default/a', '0 default/b']);
    const again = await cluster.restart();
    expect(await again.tick({ advance: HOUR })).toMatchObject({
      steps: 1,
      from: START + 2 * HOUR,
      to: START + 3 * HOUR,
    });
  });

  test('goes from one instant at which something is due to the next, on whole seconds', async () => {
    const { controller, looks } = watcher((_, { clock }) =>
      clock.now() < START + 100 * SECOND ? { requeueAfter: 30_500 } : undefined,
    );
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
    const report = await cluster.tick({ advance: 10 * 60 * SECOND });
    expect(looks).toEqual(['0 default/a', '31 default/a', '62 default/a', '93 default/a', '124 default/a']);
    expect(report).toMatchObject({ steps: 5, to: START + 600 * SECOND });
  });

  test('advancing stops at its end, whatever is due later', async () => {
    const { controller, looks } = watcher(() => ({ requeueAfter: 60 * SECOND }));
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
    await cluster.tick({ advance: 1500 });
    expect(cluster.clock.now()).toBe(START + 1500);
    await cluster.tick({ advance: 58_500 });
    expect(looks).toEqual(['0 default/a']);
    await cluster.tick({ advance: SECOND });
    expect(looks).toEqual(['0 default/a', '60 default/a']);
  });

  test('so many single steps do what one tick of as many seconds does', async () => {
    const run = async (steps: (cluster: ClusterUnderTest) => Promise<unknown>) => {
      const cluster = await clusterWith([watcher(countdown).controller]);
      for (const name of ['a', 'b'])
        await cluster.client.create(CONFIG_MAPS, 'default', configMap(name, {}, { n: '3' }));
      await steps(cluster);
      return cluster.dump();
    };
    const single = await run(async (cluster) => {
      for (let i = 0; i < 5; i++) await cluster.tick();
    });
    const restarted = await run(async (cluster) => {
      for (let i = 0; i < 5; i++) await (await cluster.restart()).tick();
    });
    expect(await run((cluster) => cluster.tick({ advance: 5 * SECOND }))).toBe(single);
    expect(restarted).toBe(single);
  });

  test('the clock is kept in the store, and other processes go on from there', async () => {
    const cluster = await clusterWith([]);
    const other = await cluster.restart();
    await cluster.tick({ advance: 5 * SECOND });
    expect(await other.tick({ advance: 5 * SECOND })).toMatchObject({
      from: START + 5 * SECOND,
      to: START + 10 * SECOND,
    });
  });

  test('next goes to the next thing that is due, and says when there is none', async () => {
    const { controller } = watcher((_, { clock }) =>
      clock.now() === START ? { requeueAfter: 45 * SECOND } : undefined,
    );
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await cluster.tick({ next: true, timeout: 10 * SECOND })).toMatchObject({
      to: START + 10 * SECOND,
      idle: false,
    });
    expect(await cluster.tick({ next: true, timeout: HOUR })).toMatchObject({ to: START + 45 * SECOND, idle: false });
    expect(await cluster.tick({ next: true, timeout: HOUR })).toMatchObject({ to: START + 45 * SECOND, idle: true });
  });

  test('runs that are asked for at once go one after the other', async () => {
    const cluster = await clusterWith([watcher(countdown).controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '9' }));
    const reports = await Promise.all([cluster.tick(), cluster.tick({ advance: 2 * SECOND }), cluster.tick()]);
    expect(reports.map(({ from, to }) => [from - START, to - START])).toEqual([
      [0, 1000],
      [1000, 3000],
      [3000, 4000],
    ]);
  });
});

describe('settle', () => {
  test('goes on while anything changes, and then leaves everything as it is', async () => {
    const cluster = await clusterWith([watcher(countdown).controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '3' }));
    expect(await cluster.tick({ settle: true })).toMatchObject({ reached: true, to: START + 3 * SECOND });
    const settled = await cluster.dump();
    expect(await cluster.tick({ settle: true })).toMatchObject({ reached: true, actions: [] });
    await (await cluster.restart()).tick({ settle: true });
    expect(await cluster.dump()).toBe(settled);
  });

  test('waits for what is due, but not for a look that is only periodic', async () => {
    const { controller } = watcher(async (key, context) => {
      const { n, periodic } = data(key, context) ?? {};
      if (periodic) return { requeueAfter: 15 * SECOND, periodic: true };
      if (n === 'done') return undefined;
      if (context.clock.now() < START + 90 * SECOND) return { requeueAfter: START + 90 * SECOND - context.clock.now() };
      await context.client.patch(CONFIG_MAPS, 'default', 'timer', 'merge', { data: { n: 'done' } });
      return undefined;
    });
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('timer', {}, { n: 'waits' }));
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('sync', {}, { periodic: 'yes' }));
    const report = await cluster.tick({ settle: true });
    expect(report).toMatchObject({ reached: true, to: START + 91 * SECOND, idle: false });
    expect(report.actions).toHaveLength(1);
  });

  test('gives a flapping cluster up, and says what is not at rest', async () => {
    const { controller } = watcher(async (key, context) => {
      await set(
        { client: context.client } as ClusterUnderTest,
        key.split('/')[1] as string,
        String(context.clock.now()),
      );
      return undefined;
    });
    const cluster = await clusterWith([controller]);
    for (const name of ['a', 'b']) await cluster.client.create(CONFIG_MAPS, 'default', configMap(name));
    const report = await cluster.tick({ settle: true, timeout: 60 * SECOND });
    expect(report).toMatchObject({
      reached: false,
      why: 'still changing: test-controller default/a, test-controller default/b',
      to: START + 60 * SECOND,
    });
  });

  test('a conflict is tried again in the next step, and nobody hears of it', async () => {
    let attempts = 0;
    const { controller } = watcher(() => {
      if (++attempts === 1) throw conflict({ group: '', resource: 'configmaps' }, 'a', 'somebody was faster');
      return undefined;
    });
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await cluster.tick()).toMatchObject({ failures: [] });
    expect(await cluster.tick()).toMatchObject({ failures: [] });
    expect(attempts).toBe(2);
  });

  test('a reconcile that fails is told, tried again later and later, and ends no tick', async () => {
    const { controller, looks } = watcher(() => {
      throw apiError(500, 'InternalError', 'no luck');
    });
    const cluster = await clusterWith([controller, watcher(countdown).controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '1' }));
    const report = await cluster.tick({ advance: 3000 * SECOND });
    expect(report.failures[0]).toEqual({
      at: START,
      controller: 'test-controller',
      key: 'default/a',
      message: 'no luck',
    });
    const seconds = looks.map((look) => Number(look.split(' ')[0]));
    // Eight tries within the first eight seconds (5 ms to 640 ms), then 1.28 s, 2.56 s … in whole seconds.
    expect(seconds.slice(0, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 19]);
    expect(seconds.length).toBeLessThan(25);
  });

  test('a watch hears of the changes that it minds, and of what comes and goes', async () => {
    const { controller, looks } = watcher(() => undefined);
    const minding = (minds: number): Controller => ({
      ...controller,
      watches: [{ ...(controller.watches[0] as Watch), minds }],
    });
    const cluster = await clusterWith([minding(LABELS | FINALIZERS)]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '1' }));
    await cluster.tick();
    await set(cluster, 'a', '2');
    await cluster.tick();
    await cluster.client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { metadata: { labels: { app: 'web' } } });
    await cluster.tick();
    await cluster.client.delete(CONFIG_MAPS, 'default', 'a');
    await cluster.tick();
    expect(looks).toEqual(['0 default/a', '2 default/a', '3 default/a']);
  });

  test('a watch is asked once a look whether a change may concern anybody, when all that changed is there', async () => {
    const { controller, looks } = watcher(() => undefined);
    let asked = 0;
    const watch: Watch = {
      ...(controller.watches[0] as Watch),
      when(cache) {
        asked++;
        return cache.list('configmaps', 'default').some((map) => map['data']?.on === 'yes');
      },
    };
    const cluster = await clusterWith([{ ...controller, watches: [watch] }]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '1' }));
    await cluster.tick();
    expect(looks).toEqual([]);
    await set(cluster, 'a', '2');
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('b', {}, { on: 'yes' }));
    asked = 0;
    await cluster.tick({ settle: true });
    expect(asked).toBe(1);
    expect(looks).toEqual(['1 default/a', '1 default/b']);
  });

  test('an object that a controller can not read does not stop the others', async () => {
    const { controller } = watcher(() => undefined);
    const broken: Controller = {
      ...controller,
      name: 'broken',
      watches: [{ resource: 'configmaps', keys: (object) => [object['spec'].missing.deeply] }],
    };
    const other = watcher(countdown);
    const cluster = await clusterWith([broken, other.controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a', {}, { n: '1' }));
    const report = await cluster.tick();
    expect(report.failures[0]).toMatchObject({ controller: 'broken', key: 'configmaps default/a' });
    expect(other.looks).toEqual(['0 default/a']);
  });

  test('is reached when all that is left is to fail once more', async () => {
    const { controller, looks } = watcher((_, context) => {
      context.events.event(configMap('a', { uid: 'x' }), 'Warning', 'Failed', 'no luck');
      throw apiError(500, 'InternalError', 'no luck');
    });
    const cluster = await clusterWith([controller]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await cluster.tick({ settle: true })).toMatchObject({ reached: true });
    expect(looks.length).toBeLessThan(4);
  });
});

describe('until', () => {
  const setsCondition = (after: number) =>
    watcher(async (key, { clock, client, cache }) => {
      const name = key.split('/')[1] as string;
      if (cache.get('configmaps', 'default', name)?.['status']) return undefined;
      const left = START + after * SECOND - clock.now();
      if (left > 0) return { requeueAfter: left };
      await client.patch(CONFIG_MAPS, 'default', name, 'merge', { data: { ready: 'yes' } });
      return undefined;
    }).controller;
  const until = { resource: 'configmaps', namespace: 'default', name: 'a', condition: 'Ready' };

  test('stops in the step in which the condition comes to hold', async () => {
    const cluster = await clusterWith([setsCondition(20)]);
    const value = { ...configMap('a'), status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('b'));
    const put = cluster.store.commit([{ key: '/registry/core/configmaps/default/a', value: value as never }]);
    await put;
    expect(await cluster.tick({ until })).toMatchObject({ reached: true, steps: 0, to: START });
    expect(await cluster.tick({ until: { ...until, status: 'False' }, timeout: 5000 })).toMatchObject({
      reached: false,
      to: START + 5000,
    });
  });

  test('gives up at its timeout, or at once when nothing is ever due', async () => {
    const cluster = await clusterWith([setsCondition(20)]);
    await cluster.client.create(CONFIG_MAPS, 'default', configMap('a'));
    expect(await cluster.tick({ until, timeout: 10 * SECOND })).toMatchObject({
      reached: false,
      to: START + 10 * SECOND,
    });
    expect(await (await clusterWith([])).tick({ until })).toMatchObject({
      reached: false,
      to: START,
      why: 'nothing more will happen',
    });
  });
});
