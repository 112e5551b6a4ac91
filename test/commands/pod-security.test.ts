import { memoryCluster, run, type TestCluster } from './harness';

async function cluster(labels: string, namespace = 'team'): Promise<TestCluster> {
  const made = await memoryCluster();
  await made.ok(`create namespace ${namespace}`);
  if (labels) await made.run(`label namespace ${namespace} ${labels}`);
  return made;
}

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: team}
spec: {containers: [{name: web, image: nginx, securityContext: {privileged: true}}]}
`;

const DETAILS =
  'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

test('a pod that breaks what is enforced is refused; what is only warned of comes in', async () => {
  const { run, write, ok } = await cluster('pod-security.kubernetes.io/enforce=restricted');
  write('pod.yaml', POD);
  expect(await run('apply -f pod.yaml')).toMatchObject({
    code: 1,
    err: `Error from server (Forbidden): error when creating "pod.yaml": pods "web" is forbidden: violates PodSecurity "restricted:latest": privileged (container "web" must not set securityContext.privileged=true), ${DETAILS}\n`,
  });
  await ok('label namespace team pod-security.kubernetes.io/enforce- pod-security.kubernetes.io/warn=baseline');
  expect(await run('apply -f pod.yaml')).toMatchObject({
    code: 0,
    out: 'pod/web created\n',
    err: 'Warning: would violate PodSecurity "baseline:latest": privileged (container "web" must not set securityContext.privileged=true)\n',
  });
});

test('what makes pods is only warned of', async () => {
  const { run, write } = await cluster('pod-security.kubernetes.io/enforce=baseline');
  write(
    'web.yaml',
    `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: team}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {hostNetwork: true, containers: [{name: web, image: nginx}]}
`,
  );
  expect(await run('apply -f web.yaml')).toMatchObject({
    code: 0,
    err: 'Warning: would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)\n',
  });
  write(
    'tick.yaml',
    `
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick, namespace: team}
spec:
  schedule: "* * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, hostPID: true, containers: [{name: c, image: x}]}}}}
`,
  );
  expect((await run('apply -f tick.yaml')).err).toBe(
    'Warning: would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)\n',
  );
});

test('labels must be readable, and who enforces more hears of the pods that are there', async () => {
  const { run, ok, write } = await cluster('');
  expect(await run('label namespace team pod-security.kubernetes.io/enforce=strict')).toMatchObject({
    code: 1,
    err: 'The Namespace "team" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted\n',
  });
  write('pod.yaml', POD);
  await ok('apply -f pod.yaml');
  for (const name of ['a', 'b', 'c']) await ok(`run ${name} -n team --image=x`);
  expect(await run('label namespace team pod-security.kubernetes.io/enforce=restricted')).toMatchObject({
    code: 0,
    out: 'namespace/team labeled\n',
    err: `Warning: existing pods in namespace "team" violate the new PodSecurity enforce level "restricted:latest"
Warning: a (and 2 other pods): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile
Warning: web: privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile
`,
  });
  // What is there stays and may change, but for its images.
  await ok('label pod a -n team x=y');
  expect((await run('set image pod/a -n team a=y')).err).toContain(
    'pods "a" is forbidden: violates PodSecurity "restricted:latest": ',
  );
  expect((await run('debug a -n team --image=busybox -c dbg')).err).toContain('violates PodSecurity');
});

test('init reads what holds everywhere, and who is exempt', async () => {
  const admission = {
    enable: [],
    disable: [],
    configuration: {
      PodSecurity: {
        apiVersion: 'pod-security.admission.config.k8s.io/v1',
        kind: 'PodSecurityConfiguration',
        defaults: { enforce: 'baseline' },
        exemptions: { namespaces: ['kube-system'], usernames: ['ann'], runtimeClasses: [] },
      },
    },
  };
  const { run, ok, write } = await memoryCluster({ admission });
  write('pod.yaml', POD.replace(', namespace: team', ''));
  expect((await run('apply -f pod.yaml')).err).toContain('violates PodSecurity "baseline:latest": privileged');
  await ok('apply -n kube-system -f pod.yaml');
  await ok('create clusterrolebinding ann --clusterrole=cluster-admin --user=ann');
  await ok('apply --as=ann -f pod.yaml');
  expect(await run('label namespace kube-system pod-security.kubernetes.io/enforce=restricted')).toMatchObject({
    code: 0,
    err: 'Warning: namespace "kube-system" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored\n',
  });
});

test.each([
  ['--enable-admission-plugins Foo', 'error: enable-admission-plugins plugin "Foo" is unknown\n'],
  [
    '--enable-admission-plugins AlwaysPullImages --disable-admission-plugins AlwaysPullImages,LimitRanger',
    'error: [AlwaysPullImages] in enable-admission-plugins and disable-admission-plugins overlapped\n',
  ],
  [
    '--enable-admission-plugins ImagePolicyWebhook',
    'error: enable-admission-plugins plugin "ImagePolicyWebhook" is not among those of kubetick\n',
  ],
])('init %s', async (flags, err) => {
  expect(await run(`init --state /nowhere/at/all ${flags}`)).toMatchObject({ code: 1, err });
});

test('plugins are switched on and off', async () => {
  const { ok, run, write } = await memoryCluster({
    admission: { enable: ['AlwaysPullImages', 'NamespaceAutoProvision'], disable: ['PodSecurity'], configuration: {} },
  });
  await ok('create namespace team');
  await ok('label namespace team pod-security.kubernetes.io/enforce=restricted');
  write('pod.yaml', POD);
  await ok('apply -f pod.yaml');
  expect(await ok('get pod web -n team -o jsonpath={.spec.containers[0].imagePullPolicy}')).toBe('Always');
  await ok('create configmap x -n made');
  expect(await ok('get namespace made -o jsonpath={.status.phase}')).toBe('Active');
  expect((await run('get serviceaccount default -n made')).code).toBe(0);
});
