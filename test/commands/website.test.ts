/** What a learner of kubernetes.io types, and what the page says happens. Each test names the page. */
import { memoryCluster } from './harness';

test('tasks/configure-pod-container/assign-pod-level-resources: a pod with resources of its own runs', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'pod.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  resources: {requests: {cpu: 500m}, limits: {cpu: "1", memory: 200Mi}}
  containers:
  - {name: one, image: nginx, resources: {requests: {cpu: 100m}, limits: {cpu: 200m, memory: 100Mi}}}
  - {name: two, image: nginx}
`,
  );
  await cluster.ok('apply -f pod.yaml');
  await cluster.ok('tick 10s -q');
  expect(await cluster.ok('get pod demo')).toMatch(/demo +2\/2 +Running/);
  expect(await cluster.ok('get pod demo -o jsonpath={.spec.resources.requests}')).toBe(
    '{"cpu":"500m","memory":"100Mi"}',
  );
});

test('concepts/workloads/controllers/job: work of which nothing is known ends', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok([
    'create',
    'job',
    'pi',
    '--image=perl:5.34.0',
    '--',
    'perl',
    '-Mbignum=bpi',
    '-wle',
    'print bpi(99)',
  ]);
  await cluster.ok('run pi --image=perl:5.34.0 --restart=Never -- perl -Mbignum=bpi');
  expect(await cluster.ok('wait --for=condition=complete job/pi')).toBe('job.batch/pi condition met\n');
  expect(await cluster.ok('get jobs pi')).toMatch(/pi +Complete +1\/1/);
  // Nobody knows whether what stands for itself is work.
  expect(await cluster.ok('get pod pi')).toMatch(/pi +1\/1 +Running/);
});

test('tasks/configure-pod-container/assign-memory-resource: who uses more memory than it may is killed', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const pod = (name: string, memory: string, limits: string, image = 'polinux/stress') =>
    `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  containers:
  - {name: main, image: ${image}, ${memory}, resources: {limits: ${limits}}}
`;
  const stress = (bytes: string) => `command: [stress], args: [--vm, "1", --vm-bytes, ${bytes}, --vm-hang, "1"]`;
  cluster.write(
    'pods.yaml',
    pod('fits', stress('150M'), '{memory: 200Mi}') +
      pod('starves', stress('250M'), '{memory: 100Mi}') +
      pod('spins', 'args: [-cpus, "2"]', '{cpu: "1"}', 'vish/stress'),
  );
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick 90s -q');
  expect((await cluster.ok('top pod')).replace(/ +/g, ' ')).toMatch(/fits 1m 150Mi \n(.*\n)?spins 1000m 1Mi/);
  expect(await cluster.ok('get pods')).toMatch(/fits +1\/1 +Running +0/);
  const last = await cluster.ok('get pod starves -o jsonpath={.status.containerStatuses[0].lastState.terminated}');
  expect(JSON.parse(last)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  expect(await cluster.ok('get pod starves')).toMatch(/OOMKilled|CrashLoopBackOff/);
});

test('tasks/debug/debug-application/debug-service: a shell that nobody can be attached to ends, and its pod goes', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const ran = await cluster.run('run -it --rm --restart=Never busybox --image=busybox sh');
  expect({ out: ran.out, code: ran.code }).toEqual({ out: 'pod "busybox" deleted from default namespace\n', code: 0 });
  expect(await cluster.ok('get events --field-selector=reason=Killing -o name')).toBe('');
});

test('tasks/configure-pod-container/configure-pod-configmap: a container finds the files of its volumes', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const pod = (name: string, script: string, volume: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {zone: west}}
spec:
  restartPolicy: Never
  containers:
  - {name: main, image: busybox, command: [/bin/sh, -c, ${JSON.stringify(script)}], volumeMounts: [{name: v, mountPath: /etc/config}]}
  volumes: [{name: v, ${volume}}]
`;
  cluster.write(
    'pods.yaml',
    pod('all', 'ls /etc/config/', 'configMap: {name: special}') +
      pod('one', 'cat /etc/config/keys', 'configMap: {name: special, items: [{key: SPECIAL_LEVEL, path: keys}]}') +
      pod('none', 'ls /etc/config', 'configMap: {name: no-config, optional: true}') +
      pod('secret', 'X=$(cat /etc/config/user); echo "I am $X"', 'secret: {secretName: login}') +
      pod(
        'mixed',
        'cat /etc/config/labels; ls /etc/config; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace',
        'projected: {sources: [{downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}, {secret: {name: login}}, {configMap: {name: special, items: [{key: SPECIAL_TYPE, path: a/b}]}}]}',
      ),
  );
  await cluster.ok('create configmap special --from-literal=SPECIAL_LEVEL=very --from-literal=SPECIAL_TYPE=charm');
  await cluster.ok('create secret generic login --from-literal=user=admin');
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok('get pods -o jsonpath={.items[*].status.phase}')).toBe(Array(5).fill('Succeeded').join(' '));
  expect(await cluster.ok('logs all')).toBe('SPECIAL_LEVEL\nSPECIAL_TYPE\n');
  expect(await cluster.ok('logs one')).toBe('very');
  expect(await cluster.ok('logs none')).toBe('');
  expect(await cluster.ok('logs secret')).toBe('I am admin\n');
  expect(await cluster.ok('logs mixed')).toBe('zone="west"a\nlabels\nuser\ndefault');
});

test('tasks/job/job-with-pod-to-pod-communication: the pods of a job find each other by name', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write(
    'job.yaml',
    `apiVersion: v1
kind: Service
metadata: {name: headless-svc}
spec: {clusterIP: None, selector: {job-name: example-job}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: example-job}
spec:
  completions: 3
  parallelism: 3
  completionMode: Indexed
  template:
    spec:
      subdomain: headless-svc
      restartPolicy: Never
      containers:
      - name: example-workload
        image: bash:latest
        command:
        - bash
        - -c
        - |
          for i in 0 1 2
          do
            gotStatus="-1"
            wantStatus="0"
            while [ $gotStatus -ne $wantStatus ]
            do
              ping -c 1 example-job-${'$'}{i}.headless-svc > /dev/null 2>&1
              gotStatus=$?
              if [ $gotStatus -ne $wantStatus ]; then
                echo "Failed to ping pod example-job-${'$'}{i}.headless-svc, retrying in 1 second..."
                sleep 1
              fi
            done
            echo "Successfully pinged pod: example-job-${'$'}{i}.headless-svc"
          done
`,
  );
  await cluster.ok('apply -f job.yaml');
  await cluster.ok('wait --for=condition=complete job/example-job --timeout=60s');
  const pods = (await cluster.ok('get pods -l job-name=example-job -o name')).trim().split('\n');
  expect(pods).toHaveLength(3);
  expect(await cluster.ok(`describe ${pods[0]}`)).toMatch(/Reason: +Completed/);
});

test('tasks/administer-cluster/extended-resource-node: what a node advertises, pods can have', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const patch = (operations: string) =>
    cluster.ok(`patch node node-1 --subresource=status --type=json -p '${operations}'`);
  await patch('[{"op":"add","path":"/status/capacity/example.com~1dongle","value":"4"}]');
  const dongles = (count: number) =>
    `--overrides={"spec":{"containers":[{"name":"d","image":"nginx","resources":{"limits":{"example.com/dongle":"${count}"}}}]}}`;
  await cluster.ok(['run', 'three', '--image=nginx', dongles(3)]);
  await cluster.ok('tick 10s -q');
  await cluster.ok(['run', 'two', '--image=nginx', dongles(2)]);
  await cluster.ok('tick 20s -q');
  expect(await cluster.ok('get pods')).toMatch(/three +1\/1 +Running[\s\S]*two +0\/1 +Pending/);
  expect(await cluster.ok('describe node node-1')).toMatch(/Allocatable:[\s\S]*dongle: +4[\s\S]*dongle +3 +3/);
  await patch('[{"op":"remove","path":"/status/capacity/example.com~1dongle"}]');
  await cluster.ok('tick 10s -q');
  expect(await cluster.ok('get node node-1 -o jsonpath={.status.allocatable}')).not.toContain('dongle');
});

test('tasks/administer-cluster/sysctl-cluster: pods with sysctls that are not safe are turned away', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const pod = (name: string, spec: string, sysctls: string) =>
    `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {${spec}securityContext: {sysctls: [${sysctls}]}, containers: [{name: c, image: nginx}]}\n`;
  cluster.write(
    'pods.yaml',
    pod('safe', '', '{name: kernel.shm_rmid_forced, value: "0"}') +
      pod('unsafe', '', '{name: kernel.shm_rmid_forced, value: "0"}, {name: kernel.msgmax, value: "65536"}'),
  );
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick 10s -q');
  expect(await cluster.ok('get pods')).toMatch(/safe +1\/1 +Running[\s\S]*unsafe +0\/1 +SysctlForbidden/);
  expect(await cluster.ok('describe pod unsafe')).toMatch(
    /Status: +Failed\nReason: +SysctlForbidden\nMessage: +Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted\n/,
  );
});

test('tasks/debug/debug-application/determine-reason-pod-failure: the last words of a container are told', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  const pod = (name: string, script: string, more = '') =>
    `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  restartPolicy: Never\n  containers:\n  - {name: c, image: debian, command: [/bin/sh], args: [-c, ${JSON.stringify(script)}]${more}}\n`;
  cluster.write(
    'pods.yaml',
    pod('termination-demo', 'sleep 10 && echo Sleep expired > /dev/termination-log') +
      pod('elsewhere', 'echo a > /tmp/m; echo b >> /tmp/m; cat /tmp/m; exit 2', ', terminationMessagePath: /tmp/m') +
      pod('log', 'echo began; date; exit 3', ', terminationMessagePolicy: FallbackToLogsOnError') +
      pod('well', 'echo fine', ', terminationMessagePolicy: FallbackToLogsOnError') +
      pod('other', 'echo no; exit 1'),
  );
  await cluster.ok('apply -f pods.yaml');
  await cluster.ok('tick 30s -q');
  const said = async (name: string) =>
    await cluster.ok(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].state.terminated.message}']);
  expect(await said('termination-demo')).toBe('Sleep expired\n');
  expect(await said('elsewhere')).toBe('a\nb\n');
  expect(await said('log')).toBe('began\nThu Jan  1 00:00:04 UTC 2026\n');
  expect(await cluster.ok('logs log')).toBe(await said('log'));
  expect(await said('well')).toBe('');
  expect(await said('other')).toBe('');
  expect(await cluster.ok('describe pod termination-demo')).toMatch(/Reason: +Completed\n +Message: +Sleep expired\n/);
});

test('tasks/configure-pod-container/resize-pod-resources: a pod is resized as a whole', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'pod.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: demo}
spec:
  resources: {limits: {cpu: 200m, memory: 200Mi}, requests: {cpu: 200m, memory: 200Mi}}
  containers:
  - name: pause
    image: pause
    resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}, {resourceName: memory, restartPolicy: RestartContainer}]
    resources: {requests: {cpu: 100m, memory: 100Mi}}
  - name: nginx-server
    image: nginx
    resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}, {resourceName: memory, restartPolicy: RestartContainer}]
`,
  );
  await cluster.ok('create -f pod.yaml');
  await cluster.ok('tick 10s -q');
  const field = (path: string) => cluster.ok(['get', 'pod', 'demo', '-o', `jsonpath={${path}}`]);
  // The status tells that a container has been given nothing, too.
  expect(await field('.status.containerStatuses[?(@.name=="nginx-server")].resources')).toBe('{}');
  expect(JSON.parse(await field('.status.resources'))).toMatchObject({ limits: { cpu: '200m' } });
  await cluster.ok([
    ...['patch', 'pod', 'demo', '--subresource', 'resize', '--patch'],
    '{"spec":{"resources":{"requests":{"cpu":"300m"}, "limits":{"cpu":"300m"}}}}',
  ]);
  await cluster.ok('tick 1s -q');
  expect(await field('.status.conditions[?(@.type=="PodResizeInProgress")].status')).toBe('True');
  expect(await field('.status.allocatedResources.cpu')).toBe('300m');
  await cluster.ok('tick 5s -q');
  expect(JSON.parse(await field('.status.resources'))).toEqual({
    limits: { cpu: '300m', memory: '200Mi' },
    requests: { cpu: '300m', memory: '200Mi' },
  });
  expect(await field('.status.conditions[?(@.type=="PodResizeInProgress")].status')).toBe('');
  const restarts = (name: string) => field(`.status.containerStatuses[?(@.name=="${name}")].restartCount`);
  expect(await restarts('pause')).toBe('0');
  expect(await restarts('nginx-server')).toBe('1');
});
