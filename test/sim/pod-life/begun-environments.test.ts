/** A container's environment is what ConfigMaps and Secrets held when it was started, whatever becomes of them. */
import { memoryCluster, type TestCluster } from '../../commands/harness';

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: main
    image: busybox
    command: [sh, -c, 'echo "$COLOUR $WORD $P_size $LATER"; sleep 30; exit 1']
    env:
    - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
    - {name: WORD, valueFrom: {secretKeyRef: {name: key, key: word}}}
    - {name: LATER, valueFrom: {configMapKeyRef: {name: later, key: x, optional: true}}}
    envFrom:
    - {prefix: P_, configMapRef: {name: settings}}
  - name: arguments
    image: busybox
    command: [echo]
    args: ['$(WORD)', '$(NOBODY)']
    env: [{name: WORD, valueFrom: {secretKeyRef: {name: key, key: word}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: plain}
spec:
  containers: [{name: main, image: busybox, command: [sleep, '3600'], env: [{name: A, value: b}]}]
`;

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('create configmap settings --from-literal=colour=blue --from-literal=size=L');
  await cluster.ok('create secret generic key --from-literal=word=sesame');
  await cluster.ok('create -f -', { stdin: POD });
  await cluster.ok('tick 9s -q');
});

async function change(): Promise<void> {
  await cluster.ok(`patch configmap settings -p '{"data":{"colour":"red","size":"XL"}}'`);
  await cluster.ok(`patch secret key -p '{"stringData":{"word":"abracadabra"}}'`);
  await cluster.ok('create configmap later --from-literal=x=late');
}

const kept = async (pod: string) => {
  const uid = await cluster.ok(`get pod ${pod} -o jsonpath={.metadata.uid}`);
  return { uid, ...(await cluster.run(`get --raw /kubetick/memory/kubelet/begun-environments/${uid}`)) };
};

test('what is changed later shows neither in its log nor to commands run in it, until it is started again', async () => {
  expect(await cluster.ok('logs web -c main')).toBe('blue sesame L \n');
  await change();
  expect(await cluster.ok('logs web -c main')).toBe('blue sesame L \n');
  expect(await cluster.ok('exec web -c main -- sh -c "echo $COLOUR $WORD $P_size"'.replaceAll('"', "'"))).toBe(
    'blue sesame L\n',
  );
  const variables = (await cluster.ok('exec web -c main -- env')).split('\n');
  expect(variables.filter((one) => /^(LATER|P_)/.test(one)).sort()).toEqual(['P_colour=blue', 'P_size=L']);
  expect(await cluster.ok('logs web -c arguments')).toBe('sesame $(NOBODY)\n');
  await cluster.ok('tick 40s -q');
  expect(await cluster.ok('logs web -c main')).toBe('red abracadabra XL late\n');
  expect(await cluster.ok('logs web -c arguments')).toBe('abracadabra $(NOBODY)\n');
  expect(await cluster.ok('logs web -c main -p')).toBe('blue sesame L \n');
});

test('nor does it matter that they are gone', async () => {
  await cluster.ok('delete configmap/settings secret/key');
  expect(await cluster.ok('logs web -c main')).toBe('blue sesame L \n');
});

test('what is kept is what runs that can be asked about began with, and goes with the pod', async () => {
  const statuses = JSON.parse(await cluster.ok('get pod web -o json')).status.containerStatuses;
  const main = statuses.find(({ name }: { name: string }) => name === 'main');
  const { uid, out } = await kept('web');
  expect(JSON.parse(out)[main.containerID]).toEqual({
    'configmaps/settings': { colour: 'blue', size: 'L' },
    'secrets/key': { word: 'sesame' },
  });
  for (let times = 0; times < 4; times++) await cluster.ok('tick 4m -q');
  // Two containers; the runs that are told of, and those that were until the last start.
  expect(Object.keys(JSON.parse((await kept('web')).out)).length).toBeLessThanOrEqual(6);
  await cluster.run('delete pod web --grace-period=0 --force');
  expect(await cluster.run(`get --raw /kubetick/memory/kubelet/begun-environments/${uid}`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('NotFound'),
  });
});

test('of a pod that takes nothing from them nothing is kept', async () => {
  expect(await kept('plain')).toMatchObject({ code: 1 });
});
