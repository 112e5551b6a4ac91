/** @kubernetes/client-node against `kubetick serve`: the first with generated code of today's form, and the one of 1.36. */
import { join } from 'node:path';
import { serveCluster } from './served';

const all = process.env['KUBETICK_CLIENTS'] === 'all';
jest.setTimeout(300_000);

const VERSIONS = ['client-node-1', '@kubernetes/client-node'].map((name) => {
  const manifest = join(__dirname, '../../node_modules', name, 'package.json');
  const { version, main } = require(manifest) as { version: string; main: string };
  return { version, source: join(manifest, '..', main) };
});

async function served() {
  const cluster = await serveCluster();
  const program = join(__dirname, 'client-node.mjs');
  const start = (source: string, ...args: string[]) => cluster.follow(process.execPath, [program, source, ...args]);
  return { ...cluster, start };
}

describe.each(all ? VERSIONS : VERSIONS.slice(0, 1))('@kubernetes/client-node $version', ({ source }) => {
  test('creates, reads, replaces, patches, applies, lists and deletes', async () => {
    const { start, stop } = await served();
    const said = await start(source, 'crud').end();
    await stop();
    expect(said.split('\n')).toEqual([
      'created settings true',
      'again 409 Status AlreadyExists',
      'missing 404 Status NotFound',
      'replaced green',
      'stale 409 Status Conflict',
      'JsonPatch {"colour":"red"}',
      'MergePatch {"colour":"red","size":"small"}',
      'StrategicMergePatch {"size":"small"}',
      'applied {"shape":"round","size":"small"} true',
      'listed 1 settings',
      'scale 2 app=web',
      'service ClusterIP true',
      'objects web',
      'deleted 404 Status NotFound',
      '',
    ]);
  });

  (all ? test : test.skip)('an informer goes on after the server was started anew, and missed nothing', async () => {
    const { folder, restart, start, stop } = await served();
    const labelled = (name: string) => ['label', 'configmap', name, 'app=web'];
    const create = async (name: string, colour: string) => {
      await folder.run(['create', 'configmap', name, `--from-literal=colour=${colour}`]);
      await folder.run(labelled(name));
    };
    await create('first', 'blue');
    const informer = start(source, 'inform');
    await informer.until('add first blue');
    await informer.until('informed');
    await create('second', 'green');
    await informer.until('add second green');

    await restart('SIGTERM', async () => {
      await folder.run(['delete', 'configmap', 'first']);
      await create('third', 'red');
      await folder.run(['patch', 'configmap', 'second', '-p', '{"data":{"colour":"grey"}}']);
    });
    await informer.until('delete first');
    await informer.until('add third red');
    await informer.until('update second grey');

    // One that is killed says no farewell.
    await restart('SIGKILL', async () => {
      await folder.run(['delete', 'configmap', 'second']);
    });
    await informer.until('delete second');
    await create('fourth', 'white');
    await informer.until('add fourth white');
    const said = await informer.end();
    await stop();
    const events = said.split('\n').filter((line) => /^(add|update|delete)/.test(line));
    expect(new Set(events).size).toBe(events.length);
  });

  (all ? test : test.skip)('one of two leads by a Lease, and the other when it has gone', async () => {
    const { folder, start, stop } = await served();
    const first = start(source, 'elect', 'first');
    await first.until('leads');
    const second = start(source, 'elect', 'second');
    await second.until('runs');
    const renewals = async () => {
      const { out } = await folder.run(['get', 'lease', 'leader', '-o', 'jsonpath={.spec.renewTime}']);
      return out;
    };
    const before = await renewals();
    while ((await renewals()) === before);
    expect(second.said()).toBe('runs\n');
    await first.end('SIGKILL');
    await second.until('leads');
    const { out } = await folder.run(['get', 'lease', 'leader', '-o', 'jsonpath={.spec}']);
    expect(JSON.parse(out)).toMatchObject({ holderIdentity: 'second', leaseDurationSeconds: 1, leaseTransitions: 1 });
    await second.end();
    await stop();
  });

  (all ? test : test.skip)('of many at once one leads', async () => {
    const { start, stop } = await served();
    const candidates = ['a', 'b', 'c', 'd'].map((name) => start(source, 'elect', name));
    await Promise.any(candidates.map((one) => one.until('leads')));
    await Promise.all(candidates.map((one) => one.until('runs')));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const said = await Promise.all(candidates.map((one) => one.end()));
    await stop();
    expect(said.filter((text) => text.includes('leads'))).toHaveLength(1);
  });
});
