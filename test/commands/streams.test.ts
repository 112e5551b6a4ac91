/** `exec`, `attach`, `cp` and `port-forward`: what is checked before a process would be needed, and what is said then. */
import { memoryCluster, type TestCluster } from './harness';

const OBJECTS = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  initContainers: [{name: init, image: i}]
  containers:
  - {name: a, image: i, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}
  - {name: b, image: i}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {restartPolicy: Never, containers: [{name: main, image: i, command: ['true']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nowhere}
spec: {nodeSelector: {a: b}, containers: [{name: main, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: web, port: 80, targetPort: http}, {name: dns, port: 53, protocol: UDP}]}
`;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create -f -', { stdin: OBJECTS });
  await cluster.ok('create deployment shop --image=nginx');
  await cluster.ok('tick 60s -q');
  cluster.write('here.txt', 'text\n');
  cluster.write('pod.yaml', OBJECTS.split('---')[0] ?? '');
  cluster.write('all.yaml', OBJECTS);
});

const DEFAULTED = 'Defaulted container "a" out of: a, b, init (init)\n';
const NO_PROCESS = 'error: unable to upgrade connection: containers are simulated: no process runs in them that could';
const EXECUTE = `${NO_PROCESS} execute a command\n`;
const ATTACH = `${NO_PROCESS} be attached to\n`;
const UPGRADE = NO_PROCESS.replace('error: ', 'error: error upgrading connection: ');
const FORWARD = `${UPGRADE} listen on a port\n`;
const HINT = (command: string) => `See 'kubectl ${command} -h' for help and examples\n`;

test.each([
  ['exec', 'error: pod, type/name or --filename must be specified\n'],
  ['exec web', 'error: you must specify at least one command for the container\n'],
  [
    'exec web ls',
    `error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n${HINT('exec')}`,
  ],
  ['exec web --pod-running-timeout=0s -- ls', `error: --pod-running-timeout must be higher than zero\n${HINT('exec')}`],
  ['exec nosuch -- ls', 'Error from server (NotFound): pods "nosuch" not found\n'],
  ['exec done -- ls', 'error: cannot exec into a container in a completed pod; current phase is Succeeded\n'],
  ['exec web -c x -- ls', 'error: container x is not valid for pod web out of: a, b, init (init)\n'],
  ['exec nowhere -- ls', 'error: unable to upgrade connection: pod nowhere does not have a host assigned\n'],
  ['exec web -c init -- ls', 'error: unable to upgrade connection: container not found ("init")\n'],
  ['exec -f all.yaml -- ls', 'error: cannot exec into multiple objects at a time\n'],
  [
    'exec cm/kube-root-ca.crt -- ls',
    'error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented\n',
  ],
  ['exec web -- ls -l', DEFAULTED + EXECUTE],
  ['exec web -q -- ls', EXECUTE],
  ['exec web -c b -it -- sh', EXECUTE],
  ['exec -f pod.yaml -c b -- ls', EXECUTE],
  ['exec deploy/shop -- ls', EXECUTE],
  ['exec svc/web -c a -- ls', EXECUTE],
  ['attach', 'error: at least 1 argument is required for attach\n'],
  ['attach a b c', 'error: expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw 3: [a b c]\n'],
  ['attach done', 'error: cannot attach a container in a completed pod; current phase is Succeeded\n'],
  [
    'attach web -c x',
    'error: cannot attach to the container: container x is not valid for pod web out of: a, b, init (init)\n',
  ],
  ['attach web', DEFAULTED + ATTACH],
  ['attach pod web -c a -it', `error: Unable to use a TTY - container a did not allocate one\n${ATTACH}`],
  ['attach deployment shop -q', ATTACH],
  ['cp here.txt', 'error: source and destination are required\n'],
  ['cp here.txt there.txt', 'error: one of src or dest must be a remote file specification\n'],
  ['cp web:/a other:/b', 'error: one of src or dest must be a local file specification\n'],
  ['cp :/a b', 'error: filespec must match the canonical format: [[namespace/]pod:]file/path\n'],
  ['cp a/b/c:/d b', 'error: filespec must match the canonical format: [[namespace/]pod:]file/path\n'],
  ['cp web: here.txt', 'error: filepath can not be empty\n'],
  ['cp nosuch.txt web:/tmp', "error: nosuch.txt doesn't exist in local filesystem\n"],
  ['cp here.txt nosuch:/tmp', 'Error from server (NotFound): pods "nosuch" not found\n'],
  ['cp here.txt done:/tmp', 'error: cannot exec into a container in a completed pod; current phase is Succeeded\n'],
  ['cp here.txt default/web:/tmp', DEFAULTED + EXECUTE],
  ['cp here.txt web:/tmp -c b', EXECUTE],
  ['cp web:/tmp/x . -c b', EXECUTE],
  ['port-forward web', `error: TYPE/NAME and list of ports are required for port-forward\n${HINT('port-forward')}`],
  ['port-forward nosuch 80', 'Error from server (NotFound): pods "nosuch" not found\n'],
  ['port-forward done 80', 'error: unable to forward port because pod is not running. Current status=Succeeded\n'],
  ['port-forward web :nosuch', "error: Pod 'web' does not have a named port 'nosuch'\n"],
  ['port-forward web 80:', "error: Pod 'web' does not have a named port ''\n"],
  ['port-forward web 53', 'error: UDP protocol is not supported for 53\n'],
  ['port-forward web a:80', `error: error parsing local port 'a': strconv.ParseUint: parsing "a": invalid syntax\n`],
  [
    'port-forward web 70000:80',
    `error: error parsing local port '70000': strconv.ParseUint: parsing "70000": value out of range\n`,
  ],
  ['port-forward web :0', 'error: remote port must be > 0\n'],
  ['port-forward web 80 --address=here', 'error: here is not a valid IP\n'],
  ['port-forward svc/web 81', 'error: Service web does not have a service port 81\n'],
  ['port-forward svc/web nosuch', "error: Service 'web' does not have a named port 'nosuch'\n"],
  ['port-forward svc/web dns', 'error: UDP protocol is not supported for dns\n'],
  ['port-forward web 8443:http 9000', FORWARD],
  ['port-forward svc/web :web --address=localhost,10.0.0.1', FORWARD],
  ['port-forward deployment/shop 80', FORWARD],
])('%s', async (line, err) => {
  expect(await cluster.run(line)).toEqual({ out: '', err, code: 1 });
});

test('what is copied out tells its container where its bytes would be', async () => {
  expect(await cluster.run('cp web:/tmp/x .')).toEqual({ out: DEFAULTED, err: EXECUTE, code: 1 });
});

test.each(['exec', 'attach', 'portforward'])('the subresource %s answers that it is not implemented', async (name) => {
  const request = { method: 'POST', path: `/api/v1/namespaces/default/pods/web/${name}`, query: { container: 'a' } };
  await expect(cluster.client.send({ ...request, method: 'POST' })).rejects.toMatchObject({
    status: { code: 501, reason: 'NotImplemented', message: expect.stringMatching(/^containers are simulated: /) },
  });
});
