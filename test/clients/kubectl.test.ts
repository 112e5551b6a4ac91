/** The real kubectl, of 1.36 and of 1.32, against `kubetick serve`: what transcripts can't show, and what an old one does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RealClient, realClient } from '../differential/real-client';
import { type Served, serveCluster } from './served';

const all = process.env['KUBETICK_CLIENTS'] === 'all';
jest.setTimeout(300_000);
const KUBECTLS = (['kubectl-1.32', 'kubectl'] as const).map((name) => ({ name, path: all ? pathOf(name) : undefined }));

function pathOf(name: RealClient): string | undefined {
  const client = realClient(name);
  if ('path' in client) return client.path;
  console.warn(client.missing);
  return undefined;
}

describe.each(KUBECTLS)('the real $name', ({ name, path }) => {
  const test = path ? it : it.skip;
  let cluster: Served;
  beforeAll(async () => {
    if (path) cluster = await serveCluster();
  });
  afterAll(() => cluster?.stop());
  const kubectl = (line: string | readonly string[]) => cluster.printed(path as string, line);
  const file = (title: string, text: string) => writeFileSync(join(cluster.folder.home, title), text);

  test('explain', async () => {
    expect(await kubectl('explain deployment.spec.strategy.type')).toMatch(
      /^GROUP: +apps\nKIND: +Deployment\n[\s\S]*ENUM:\n +Recreate\n +RollingUpdate\n/,
    );
    expect(await kubectl('explain pods --recursive')).toMatch(/\n {6}image\t<string>\n/);
    expect(await kubectl('explain pods.spec.containers.ports --output plaintext-openapiv2')).toMatch(
      /RESOURCE: ports <\[\]Object>[\s\S]*containerPort\t<integer> -required-/,
    );
    expect(await kubectl('explain nosuch')).toBe(`the server doesn't have a resource type "nosuch"\n[exit 1]\n`);
  });

  test('api-resources, api-versions, version, cluster-info', async () => {
    const resources = await kubectl('api-resources --namespaced=false --api-group=rbac.authorization.k8s.io -o name');
    expect(resources).toBe('clusterrolebindings.rbac.authorization.k8s.io\nclusterroles.rbac.authorization.k8s.io\n');
    expect(await kubectl('api-resources --categories=all -o name')).toContain('deployments.apps\n');
    expect(await kubectl('api-versions')).toContain('\nbatch/v1\n');
    expect(await kubectl('version')).toMatch(/^Server Version: v1\.36\./m);
    expect(await kubectl('cluster-info')).toContain(`Kubernetes control plane`);
  });

  test('create, diff, apply, apply --server-side', async () => {
    const map = (colour: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {colour: ${colour}}\n`;
    file('one.yaml', map('blue'));
    expect(await kubectl('diff -f one.yaml')).toMatch(/^\+ {2}colour: blue\n[\s\S]*\[exit 1\]\n$/m);
    expect(await kubectl('apply -f one.yaml')).toBe('configmap/one created\n');
    expect(await kubectl('diff -f one.yaml')).toBe('');
    file('one.yaml', map('green'));
    expect(await kubectl('diff -f one.yaml')).toMatch(/^- {2}colour: blue\n\+ {2}colour: green\n/m);
    expect(await kubectl('diff --server-side --field-manager other -f one.yaml')).toContain(
      'conflict with "kubectl-client-side-apply"',
    );
    expect(await kubectl('apply --server-side -f one.yaml')).toBe('configmap/one serverside-applied\n');
    expect(await kubectl('apply --server-side -f one.yaml --dry-run=server')).toBe(
      'configmap/one serverside-applied (server dry run)\n',
    );
    file('one.yaml', map('red'));
    expect(await kubectl('apply --server-side --field-manager other -f one.yaml')).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "kubectl": \.data\.colour\n[\s\S]*\[exit 1\]\n$/,
    );
    expect(await kubectl('apply --server-side --field-manager other --force-conflicts -f one.yaml')).toBe(
      'configmap/one serverside-applied\n',
    );
    expect(await kubectl('get configmap one -o jsonpath={.data.colour}')).toBe('red');
    file('bad.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad}\nspec: {replica: 1}\n');
    expect(await kubectl('apply -f bad.yaml')).toContain('unknown field "spec.replica"');
  });

  test('wait and rollout', async () => {
    expect(await kubectl('create deployment web --image=nginx:1 --replicas=2')).toBe('deployment.apps/web created\n');
    expect(await kubectl('wait --for=condition=Available deployment/web --timeout=30s')).toBe(
      'deployment.apps/web condition met\n',
    );
    expect(await kubectl('wait --for=jsonpath={.status.readyReplicas}=2 deployment/web --timeout=30s')).toBe(
      'deployment.apps/web condition met\n',
    );
    expect(await kubectl('rollout status deployment/web')).toBe('deployment "web" successfully rolled out\n');
    await kubectl('set image deployment/web nginx=nginx:2');
    expect(await kubectl('rollout status deployment/web --timeout=30s')).toMatch(/successfully rolled out\n$/);
    expect(await kubectl('rollout history deployment/web')).toBe(
      'deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n',
    );
    expect(await kubectl('rollout undo deployment/web')).toBe('deployment.apps/web rolled back\n');
    expect(await kubectl('rollout restart deployment/web')).toBe('deployment.apps/web restarted\n');
    expect(await kubectl('rollout pause deployment/web')).toBe('deployment.apps/web paused\n');
    expect(await kubectl('rollout resume deployment/web')).toBe('deployment.apps/web resumed\n');
    expect(await kubectl('rollout status deployment/web --timeout=30s')).toMatch(/successfully rolled out\n$/);
    const gone = cluster.follow(path as string, 'wait --for=delete deployment/web --timeout=30s');
    expect(await kubectl('delete deployment web')).toMatch(/^deployment\.apps "web" deleted/);
    expect(await gone.end()).toMatch(/^(deployment\.apps\/web condition met\n)?$/);
    expect(await kubectl('wait --for=condition=Ready pod/web --timeout=1s')).toBe(
      'Error from server (NotFound): pods "web" not found\n[exit 1]\n',
    );
  });

  test('get -w', async () => {
    await kubectl('create configmap first --from-literal=a=1');
    const watch = cluster.follow(path as string, 'get configmaps first -w --no-headers --output-watch-events');
    await watch.until(/^ADDED +first +1 /m);
    await kubectl(['patch', 'configmap', 'first', '-p', '{"data":{"b":"2"}}']);
    await watch.until(/^MODIFIED +first +2 /m);
    await kubectl('delete configmap first');
    await watch.until(/^DELETED +first +2 /m);
    await watch.end('SIGTERM');
  });

  test('a watch sees pods come, run and go', async () => {
    await kubectl('run zero --image=nginx');
    const watch = cluster.follow(path as string, 'get pods -w');
    await watch.until(/^zero /m);
    await kubectl('run one --image=nginx');
    await watch.until(/^one +1\/1 +Running/m);
    await kubectl('delete pod one');
    const text = await watch.end('SIGTERM');
    const states = [...text.matchAll(/^one +\d\/1 +(\w+)/gm)].map(([, state]) => state);
    expect([...new Set(states)]).toEqual(
      ['Pending', 'ContainerCreating', 'Running', 'Terminating', 'Completed'].filter((state) => states.includes(state)),
    );
    expect(states[0]).toBe('Pending');
  });

  test('events -w', async () => {
    const watch = cluster.follow(path as string, 'events -w --for pod/two');
    await kubectl('run two --image=nginx');
    await watch.until(/Scheduled +Pod\/two +Successfully assigned default\/two to node-1/);
    await watch.until(/Started +Pod\/two/);
    await watch.end('SIGTERM');
    expect(await kubectl('events --for pod/two --types=Normal')).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
    expect(await kubectl('logs two')).toBe('');
    expect(await kubectl('describe pod two')).toMatch(/^Status: +Running$/m);
  });

  test('auth', async () => {
    expect(await kubectl('auth can-i create pods')).toBe('yes\n');
    expect(await kubectl('auth can-i --list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    expect(await kubectl('auth whoami -o jsonpath={.status.userInfo.username}')).toBe('kubernetes-admin');
  });

  test('exec and run -i, as far as it is known what containers do', async () => {
    await kubectl(['run', 'four', '--image=busybox', '--env=X=hello', '--', 'sleep', '1d']);
    await kubectl('wait --for=condition=Ready pod/four --timeout=30s');
    expect(await kubectl('exec four -- hostname')).toBe('four\n');
    expect(await kubectl(['exec', 'four', '-i', '--', 'sh', '-c', 'echo "$X"\nsleep 2; exit 3'])).toBe(
      'hello\ncommand terminated with exit code 3\n[exit 3]\n',
    );
    const line = [
      'run',
      'five',
      '--image=busybox',
      '--restart=Never',
      '--rm',
      '-i',
      '--',
      'sh',
      '-c',
      'echo hi; exit 4',
    ];
    expect(await kubectl(line)).toMatch(/^hi\n[\s\S]*\[exit 4\]\n$/);
  });

  test('what has no process behind it is refused in so many words', async () => {
    await kubectl('run three --image=nginx');
    await kubectl('wait --for=condition=Ready pod/three --timeout=30s');
    const paths = {
      'namespaces/default/pods/three': 'pods',
      'namespaces/default/services/https:kubernetes:443': 'services',
      'nodes/node-1': 'nodes',
    };
    for (const [of, resource] of Object.entries(paths))
      for (const rest of ['proxy', 'proxy/', 'proxy/metrics?a=b'])
        expect(await kubectl(`get --raw /api/v1/${of}/${rest}`)).toBe(
          `Error from server (NotImplemented): ${resource}/proxy is not available in this cluster\n[exit 1]\n`,
        );
    for (const line of ['exec three -- ls', 'attach -i three', 'port-forward pod/three :80', 'cp three:/a /tmp/a'])
      expect(await kubectl(line)).toMatch(/containers are simulated: no process .*\n\[exit 1\]\n$/);
    expect(await kubectl('top nodes')).toMatch(/^NAME .*\nnode-1 +\d+m +\d+% +\d+Mi +\d+%/);
  });

  test(`${name === 'kubectl' ? '1.36' : '1.32'} is what is driven`, async () => {
    expect(await kubectl('version --client')).toContain(name === 'kubectl' ? 'v1.36.' : 'v1.32.');
  });
});
