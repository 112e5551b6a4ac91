import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 2 });
});

async function nodeNames(): Promise<string[]> {
  return (await cluster.ok('get nodes -o name'))
    .trim()
    .split('\n')
    .map((line) => line.replace('node/', ''));
}

describe('taint', () => {
  it('adds, refuses to overwrite, overwrites and removes', async () => {
    const [node] = await nodeNames();
    expect(await cluster.ok(`taint nodes ${node} a=b:NoSchedule c:NoExecute`)).toBe(`node/${node} tainted\n`);
    expect(await cluster.run(`taint nodes ${node} a=x:NoSchedule`)).toEqual({
      out: '',
      err: `error: node ${node} already has a taint(s) with same effect(s) and --overwrite is false\n`,
      code: 1,
    });
    expect(await cluster.ok(`taint nodes ${node} a=x:NoSchedule --overwrite`)).toBe(`node/${node} modified\n`);
    expect(await cluster.ok(`get node ${node} -o jsonpath={.spec.taints[0].value}`)).toBe('x');
    expect(await cluster.ok(`taint nodes ${node} a- c:NoExecute-`)).toBe(`node/${node} untainted\n`);
    expect(await cluster.ok(`get node ${node} -o jsonpath={.spec.taints}`)).toBe('');
  });

  it.each([
    ['taint', 'error: one or more resources must be specified as <resource> <name>\n'],
    ['taint nodes n', 'error: at least one taint update is required\n'],
    ['taint nodes a=b:NoSchedule n', 'error: all resources must be specified before taint changes: n\n'],
    [
      'taint nodes n a=b:Never',
      "error: invalid taint effect: Never, unsupported taint effect\nSee 'kubectl taint -h' for help and examples\n",
    ],
    ['taint nodes n a', 'error: at least one taint update is required\n'],
    ['taint nodes n a=b', 'error: invalid taint spec: a=b, '],
    ['taint pods n a=b:NoSchedule', 'error: invalid resource type pods, only node types are supported\n'],
    [
      'taint nodes a=b:NoSchedule',
      "error: at least one resource name must be specified since 'all' parameter is not set\n",
    ],
    [
      'taint nodes n a=b:NoSchedule a-',
      'error: can not both modify and remove the following taint(s) in the same command: a=\n',
    ],
  ])('refuses %s', async (line, err) => {
    const ran = await cluster.run(line);
    expect(ran.code).toBe(1);
    expect(ran.err.startsWith(err)).toBe(true);
  });
});

describe('cordon, uncordon, drain', () => {
  it('says what it did and what was so already', async () => {
    const [node] = await nodeNames();
    expect(await cluster.ok(`cordon ${node} --dry-run=client`)).toBe(`node/${node} cordoned (dry run)\n`);
    expect(await cluster.ok(`cordon ${node}`)).toBe(`node/${node} cordoned\n`);
    expect(await cluster.ok(`cordon ${node}`)).toBe(`node/${node} already cordoned\n`);
    expect(await cluster.ok(`uncordon ${node}`)).toBe(`node/${node} uncordoned\n`);
    expect(await cluster.ok(`get node ${node} -o jsonpath={.spec.unschedulable}`)).toBe('');
    expect((await cluster.run('cordon')).err).toBe(
      "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples\n",
    );
    expect((await cluster.run('drain nosuch')).err).toBe('Error from server (NotFound): nodes "nosuch" not found\n');
  });

  it('evicts what a budget lets go, and gives up when the time is up', async () => {
    const [node, other] = (await nodeNames()) as [string, string];
    await cluster.ok(`cordon ${other}`);
    await cluster.ok('create deployment web --image=nginx --replicas=2');
    await cluster.ok('create poddisruptionbudget web --selector=app=web --min-available=2');
    await cluster.ok('wait --for=condition=Available deployment/web --timeout=5m');
    const refused = await cluster.run(`drain ${node} --timeout=12s`);
    expect(refused.code).toBe(1);
    expect(refused.out.match(/^evicting pod default\/web-/gm)?.length).toBeGreaterThan(2);
    expect(refused.err).toContain(
      "(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n",
    );
    expect(refused.err).toContain('global timeout reached: 12s');
    expect(refused.err).toContain(`There are pending nodes to be drained:\n ${node}\n`);
    await cluster.ok('delete pdb web');
    await cluster.ok(`uncordon ${other}`);
    const drained = await cluster.ok(`drain ${node}`);
    expect(drained.match(/^pod\/web-\S+ evicted$/gm)).toHaveLength(2);
    expect(drained.endsWith(`node/${node} drained\n`)).toBe(true);
    expect(await cluster.ok(`get pods --field-selector spec.nodeName=${node} -o name`)).toBe('');
    await cluster.ok(`uncordon ${node}`);
    await cluster.ok('delete deployment web');
  });

  it('asks for a word about pods of their own, local data and daemons', async () => {
    const [node] = (await nodeNames()) as [string];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'own' } };
    const container = { name: 'c', image: 'nginx' };
    const spec = { nodeName: node, containers: [container], volumes: [{ name: 'v', emptyDir: {} }] };
    cluster.write('pod.json', JSON.stringify({ ...pod, spec }));
    await cluster.ok('apply -f pod.json');
    const drain = `drain ${node} --pod-selector=`;
    expect((await cluster.run(drain)).err).toContain(
      'cannot delete Pods with local storage (use --delete-emptydir-data to override): default/own',
    );
    expect((await cluster.run(`${drain} --delete-emptydir-data`)).err).toMatch(
      /\ncannot delete Pods that declare no controller \(use --force to override\): default\/own\n$/,
    );
    const forced = await cluster.run(`${drain} --delete-emptydir-data --force --disable-eviction`);
    expect(forced).toEqual({
      out: `node/${node} already cordoned\npod/own deleted\nnode/${node} drained\n`,
      err: 'Warning: deleting Pods that declare no controller: default/own\n',
      code: 0,
    });
  });
});
