/** What containers say and find, as a learner of kubernetes.io sees it. Each test names the page. */
import { memoryCluster } from './harness';

test('tutorials/stateful-application/basic-stateful-set: commands in containers, as far as it can be told what they say', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write(
    'web.yaml',
    `apiVersion: v1
kind: Service
metadata: {name: nginx}
spec: {clusterIP: None, selector: {app: nginx}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 2
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - {name: nginx, image: nginx, env: [{name: COLOUR, value: blue}], envFrom: [{configMapRef: {name: sizes}}]}
`,
  );
  await cluster.ok('create configmap sizes --from-literal=SIZE=large');
  await cluster.ok('apply -f web.yaml');
  await cluster.ok('rollout status sts/web -w');
  for (const name of ['web-0', 'web-1']) {
    expect(await cluster.ok(['exec', name, '--', 'sh', '-c', 'hostname'])).toBe(`${name}\n`);
    expect(await cluster.ok(['exec', '-it', name, '--', 'sh', '-c', 'echo "$(hostname) $COLOUR $SIZE"'])).toBe(
      `${name} blue large\n`,
    );
  }
  expect(await cluster.ok('exec web-0 -- cat /var/run/secrets/kubernetes.io/serviceaccount/namespace')).toBe('default');
  const ip = await cluster.ok('get pod web-1 -o jsonpath={.status.podIP}');
  await cluster.ok('run dns --image=busybox:1.28 --restart=Never -- sleep 3600');
  await cluster.ok('wait --for=condition=Ready pod/dns');
  expect(await cluster.ok('exec dns -- nslookup web-1.nginx')).toMatch(
    new RegExp(`Name: +web-1.nginx\nAddress 1: ${ip}`),
  );
  // How it ends, and the time that it takes.
  const failed = await cluster.run(['exec', 'web-0', '--', 'sh', '-c', 'echo no; exit 3']);
  expect(failed).toEqual({ out: 'no\n', err: 'command terminated with exit code 3\n', code: 3 });
  const before = Date.parse(
    (await cluster.client.request<{ now: string }>({ method: 'GET', path: '/kubetick/clock' })).now,
  );
  await cluster.ok('exec web-0 -- sleep 7');
  const after = Date.parse(
    (await cluster.client.request<{ now: string }>({ method: 'GET', path: '/kubetick/clock' })).now,
  );
  expect(after - before).toBe(7000);
  // Beyond that a process is missing.
  for (const command of ['ls /', 'cat /etc/passwd', 'id', 'nginx -v', 'sh'])
    expect((await cluster.run(`exec web-0 -- ${command}`)).err).toMatch(/containers are simulated: no process runs/);
});

test('tutorials/services/connect-applications-service: containers find the services that there were in their environment', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create deployment my-nginx --image=nginx --port=80');
  await cluster.ok('tick 10s -q');
  await cluster.ok('expose deployment my-nginx');
  await cluster.ok('tick 5s -q');
  const services = async () => {
    const out = await cluster.ok('exec deploy/my-nginx -- printenv');
    return out.split('\n').filter((line) => line.includes('SERVICE'));
  };
  const api = ['KUBERNETES_SERVICE_HOST=10.96.0.1', 'KUBERNETES_SERVICE_PORT=443', 'KUBERNETES_SERVICE_PORT_HTTPS=443'];
  expect(await services()).toEqual(api);
  await cluster.ok('scale deployment my-nginx --replicas=0');
  await cluster.ok('tick 5s -q');
  await cluster.ok('scale deployment my-nginx --replicas=1');
  await cluster.ok('tick 10s -q');
  const ip = await cluster.ok('get svc my-nginx -o jsonpath={.spec.clusterIP}');
  expect(await services()).toEqual([...api, `MY_NGINX_SERVICE_HOST=${ip}`, 'MY_NGINX_SERVICE_PORT=80']);
  expect(await cluster.ok('exec deploy/my-nginx -- printenv MY_NGINX_PORT_80_TCP KUBERNETES_PORT')).toBe(
    `tcp://${ip}:80\ntcp://10.96.0.1:443\n`,
  );
  // Who does not want to know is told of the API only.
  await cluster.ok([
    'run',
    'blunt',
    '--image=busybox',
    '--overrides={"spec":{"enableServiceLinks":false}}',
    '--',
    'env',
  ]);
  await cluster.ok('tick 5s -q');
  const told = await cluster.ok('logs blunt');
  expect(told).toContain('KUBERNETES_SERVICE_HOST=10.96.0.1\n');
  expect(told).not.toContain('MY_NGINX');
});

test('tasks/network/customize-hosts-file-for-pods, tasks/inject-data-application: files that tell a container of its pod', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'pods.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: hostaliases-pod}
spec:
  restartPolicy: Never
  hostAliases: [{ip: 127.0.0.1, hostnames: [foo.local, bar.local]}, {ip: 10.1.2.3, hostnames: [foo.remote]}]
  containers: [{name: cat-hosts, image: busybox, command: [cat], args: [/etc/hosts]}]
---
apiVersion: v1
kind: Pod
metadata: {name: downward, labels: {zone: us-est-coast, cluster: test-cluster1}}
spec:
  containers:
  - name: client-container
    image: busybox
    command: [sh, -c]
    args:
    - while true; do
        if [[ -e /etc/podinfo/labels ]]; then
          echo -en '\\n\\n'; cat /etc/podinfo/labels; fi;
        if [[ -e /etc/podinfo/annotations ]]; then
          echo -en '\\n\\n'; cat /etc/podinfo/annotations; fi;
        sleep 5;
      done;
    volumeMounts: [{name: podinfo, mountPath: /etc/podinfo}]
  volumes: [{name: podinfo, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: follows}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, 'echo on; tail -f /dev/null']}]}}}
`,
  );
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick 9s -q');
  const ip = await cluster.ok('get pod hostaliases-pod -o jsonpath={.status.podIP}');
  const hosts = (await cluster.ok('logs hostaliases-pod')).split('\n').slice(7);
  expect(hosts.slice(1)).toEqual([
    '',
    '# Entries added by HostAliases.',
    '127.0.0.1\tfoo.local\tbar.local',
    '10.1.2.3\tfoo.remote',
    '',
  ]);
  expect(hosts[0]).toMatch(new RegExp(`^(${ip})?\thostaliases-pod$`));
  expect(await cluster.ok('logs downward')).toContain('\n\ncluster="test-cluster1"\nzone="us-est-coast"\n');
  expect(await cluster.ok('exec downward -- cat /etc/resolv.conf')).toBe(
    'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
  expect(await cluster.ok('get job follows')).toMatch(/follows +Running/);
});

test('tasks/configure-pod-container/configure-liveness-readiness-startup-probes: the server that falls sick is started anew', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const probe = 'livenessProbe: {httpGet: {path: /healthz, port: 8080}, initialDelaySeconds: 3, periodSeconds: 3}';
  const pod = (name: string, image: string) =>
    `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: liveness, image: ${image}, args: [liveness], ${probe}}]}\n`;
  cluster.write(
    'pods.yaml',
    pod('sick', 'registry.k8s.io/e2e-test-images/agnhost:2.40') + pod('well', 'example.com/own:1'),
  );
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick 12s -q');
  expect(await cluster.ok('get pods')).toMatch(/sick +1\/1 +Running +0 [\s\S]*well +1\/1 +Running +0 /);
  await cluster.ok('tick 18s -q');
  expect(await cluster.ok('get pods')).toMatch(/sick +1\/1 +Running +1 [\s\S]*well +1\/1 +Running +0 /);
  const events = await cluster.ok('describe pod sick');
  expect(events).toMatch(
    /Unhealthy +\d+s \(x3 over 14s\) .*Liveness probe failed: HTTP probe failed with statuscode: 500/,
  );
  expect(events).toMatch(/Killing +\d+s .*Container liveness failed liveness probe, will be restarted/);
});

test('concepts/workloads/controllers/job: what the examples in Python say, by the index of each pod', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const job = (name: string, more: string, script: string) => `---
apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  completionMode: Indexed
  ${more}
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: python, command: [python3, -c, ${JSON.stringify(script)}]}]
`;
  const index = 'os.environ.get("JOB_COMPLETION_INDEX")';
  cluster.write(
    'jobs.yaml',
    job(
      'per-index',
      '{completions: 10, parallelism: 3, backoffLimitPerIndex: 1, maxFailedIndexes: 5}'
        .slice(1, -1)
        .replaceAll(', ', '\n  '),
      `import os, sys\nprint("Hello world")\nif int(${index}) % 2 == 0:\n  sys.exit(1)\n`,
    ) +
      job(
        'failindex',
        'completions: 4\n  parallelism: 2\n  backoffLimitPerIndex: 1\n  podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [42]}}]}',
        `import os, sys\nindex = int(${index})\nif index == 0:\n  sys.exit(1)\nelif index == 1:\n  sys.exit(42)\nelse:\n  sys.exit(0)\n`,
      ) +
      job(
        'success',
        'backoffLimit: 20\n  completions: 10\n  parallelism: 10\n  successPolicy: {rules: [{succeededIndexes: "0,2-3", succeededCount: 1}]}',
        `import os, sys\nif ${index} == "2":\n  sys.exit(0)\nelse:\n  sys.exit(1)\n`,
      ),
  );
  await cluster.ok('apply -f jobs.yaml');
  await cluster.ok('tick 5m -q');
  const status = async (name: string) => JSON.parse(await cluster.ok(`get job ${name} -o jsonpath={.status}`));
  expect(await status('per-index')).toMatchObject({
    completedIndexes: '1,3,5,7,9',
    failedIndexes: '0,2,4,6,8',
    succeeded: 5,
    failed: 10,
    conditions: [
      { type: 'FailureTarget', reason: 'FailedIndexes' },
      { type: 'Failed', message: 'Job has failed indexes' },
    ],
  });
  expect(await status('failindex')).toMatchObject({ completedIndexes: '2,3', failedIndexes: '0,1', failed: 3 });
  expect(await status('success')).toMatchObject({
    completedIndexes: '2',
    conditions: [{ type: 'SuccessCriteriaMet', reason: 'SuccessPolicy' }, { type: 'Complete' }],
  });
});

test.each([
  ['import time; time.sleep(3); print("a", 1 + 2 * 3, "b;c")', 0, 'a 7 b;c\n', 3],
  ['x = 7 // 2\nwhile x > 0:\n  print(x)\n  x = x - 1\nexit("no")', 1, '3\n2\n1\nno\n', 0],
  ['if not (1 == 2 or None) and -3 % 2 == 1:\n  pass\nelse:\n  exit(4)\nexit(5)', 5, '', 0],
])('a script in Python: %j', async (script, code, out, seconds) => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('run p --image=python');
  await cluster.ok('tick 8s -q');
  const clock = async () => {
    const { now } = await cluster.client.request<{ now: string }>({ method: 'GET', path: '/kubetick/clock' });
    return Date.parse(now) / 1000;
  };
  const before = await clock();
  const ran = await cluster.run(['exec', 'p', '--', 'python3', '-c', script]);
  expect({ out: ran.out, code: ran.code }).toEqual({ out, code });
  expect((await clock()) - before).toBe(seconds);
});
