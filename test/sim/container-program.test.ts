/** What the commands of containers say and how they end: played for the kubelet and for the log alike. */
import fc from 'fast-check';
import type { KubeObject } from '../../src/apimachinery/meta';
import { behaviourOf } from '../../src/sim/kubelet/behaviour';
import type { Container } from '../../src/sim/kubelet/container';
import { openContainerLog } from '../../src/sim/kubelet/container-log';

const STARTED = Date.parse('2026-01-01T00:00:02Z');
const HOUR = 3_600_000;

function podOf(
  container: Partial<Container> & { envFrom?: object[]; env?: object[] },
  status: object = {},
): KubeObject {
  const state = { running: { startedAt: '2026-01-01T00:00:02Z' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'busybox', ...container }] },
    status: { podIP: '10.244.0.2', containerStatuses: [{ name: 'main', containerID: 'c://1', state, ...status }] },
  };
}

const SHARED: Record<string, KubeObject> = {
  'configmaps/settings': {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {},
    data: { colour: 'blue', wait: '30' },
  },
  'secrets/key': { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { word: btoa('sesame') } },
};

async function played(container: Partial<Container> & { envFrom?: object[]; env?: object[] }, until = HOUR) {
  const pod = podOf(container);
  const log = await openContainerLog(pod, 'main', false, {
    read: async (resource, name) => SHARED[`${resource}/${name}`],
  });
  const lines = log.readUntil(STARTED + until);
  const { runFor, exitCode } = behaviourOf(pod, pod['spec'].containers[0], false);
  return {
    text: lines.map(({ text }) => text).join(''),
    seconds: lines.map(({ at }) => (at - STARTED) / 1000),
    end: runFor === undefined ? 'runs on' : `${exitCode} after ${runFor / 1000}s`,
  };
}

const sh = (script: string, ...flags: string[]) => ({ command: ['sh', ...flags, '-c', script] });

test.each<[string, Partial<Container> & { envFrom?: object[]; env?: object[] }, string, string]>([
  ['nothing', {}, '', 'runs on'],
  ['a server', { command: ['nginx', '-g', 'daemon off;'] }, '', 'runs on'],
  ['echo', { command: ['echo', 'hello', 'world'] }, 'hello world\n', '0 after 1s'],
  ['arguments alone', { args: ['/bin/echo', '-n', 'hi'] }, 'hi', '0 after 1s'],
  ['printf', { command: ['printf', '%s=%03d\\n', 'a', '7', 'b', '42'] }, 'a=007\nb=042\n', '0 after 1s'],
  ['sleep', { command: ['sleep', '1m', '5'] }, '', '0 after 65s'],
  ['sleep infinity', { command: ['sleep', 'infinity'] }, '', 'runs on'],
  ['false', { command: ['false'] }, '', '1 after 1s'],
  ['date', { command: ['date'] }, 'Thu Jan  1 00:00:02 UTC 2026\n', '0 after 1s'],
  ['a script that fails', sh('echo no luck; exit 3'), 'no luck\n', '3 after 1s'],
  ['quotes', sh(`echo "a  b" 'c  $d' e\\ f  g`), 'a  b c  $d e f g\n', '0 after 1s'],
  ['and, or', sh('false && echo a || echo b; true && echo c'), 'b\nc\n', '0 after 1s'],
  ['standard error', sh('echo bad >&2; echo worse 1>&2; echo gone >/tmp/x'), 'bad\nworse\n', '0 after 1s'],
  ['-e', sh('echo a; false; echo b', '-e'), 'a\n', '1 after 1s'],
  ['-e, tested', sh('set -e; if false; then echo a; fi; false || echo b; ! true; echo c'), 'b\nc\n', '0 after 1s'],
  ['-x', sh('echo a', '-x'), '+ echo a\na\n', '0 after 1s'],
  ['for', sh('for i in 3 2 1; do echo $i; sleep 2; done'), '3\n2\n1\n', '0 after 6s'],
  ['seq', sh('for i in $(seq 2 2 6); do echo "n$i"; done'), 'n2\nn4\nn6\n', '0 after 1s'],
  ['while', sh('i=0; while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done'), '0\n1\n2\n', '0 after 1s'],
  ['until, break', sh('until false; do echo once; break; done; echo done'), 'once\ndone\n', '0 after 1s'],
  ['continue', sh('for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done'), '1\n3\n', '0 after 1s'],
  ['if', sh('if [ -z "$X" ]; then echo none; elif true; then echo a; else echo b; fi'), 'none\n', '0 after 1s'],
  ['subshells', sh('x=1; (x=2; echo $x; exit 5); echo $? $x; { echo g; }'), '2\n5 1\ng\n', '0 after 1s'],
  ['lines and comments', sh('# first\necho a # b\n\necho c'), 'a\nc\n', '0 after 1s'],
  ['substitution', sh('x=$(echo a; echo b); echo "$x" `echo c` $(date +%H:%M:%S)'), 'a\nb c 00:00:02\n', '0 after 1s'],
  ['defaults', sh('echo ${A:-x} ${B:=y} $B ${B:+z}'), 'x y y z\n', '0 after 1s'],
  ['arithmetic', sh('echo $((2 + 3 * 4)) $(( (7 - 1) / 4 % 4 )) $((1 < 2))'), '14 1 1\n', '0 after 1s'],
  ['parameters', { command: ['sh', '-c', 'echo $0 $1 $# "$@"', 'me', 'a', 'b'] }, 'me a 2 a b\n', '0 after 1s'],
  ['exec', sh('echo a; exec sleep 9; echo never'), 'a\n', '0 after 9s'],
  ['what nobody knows', sh('echo starting; java -jar app.jar; echo never'), 'starting\n', 'runs on'],
  ['pipes', sh('echo a; echo b | cat; echo c'), 'a\n', 'runs on'],
  ['the background', sh('sleep 5 & echo a'), '', 'runs on'],
  ['no script', sh('echo "open'), '', 'runs on'],
  ['a busy loop', sh('while :; do x=1; done'), '', 'runs on'],
  ['an endless loop', sh('while true; do sleep 600; echo tick; done'), 'tick\n'.repeat(6), 'runs on'],
])('%s', async (_, container, text, end) => {
  expect(await played(container)).toMatchObject({ text, end });
});

test('lines come when they are due, and no sooner', async () => {
  const counter = sh('i=0; while true; do echo "$i: $(date)"; i=$((i+1)); sleep 1; done');
  expect(await played(counter, 2500)).toEqual({
    text: '0: Thu Jan  1 00:00:02 UTC 2026\n1: Thu Jan  1 00:00:03 UTC 2026\n2: Thu Jan  1 00:00:04 UTC 2026\n',
    seconds: [0, 1, 2],
    end: 'runs on',
  });
  const pod = podOf(counter);
  const log = await openContainerLog(pod, 'main', false, { read: async () => undefined });
  expect(log.readUntil(STARTED + 1000)).toHaveLength(2);
  expect(log.readUntil(STARTED + 1000)).toHaveLength(0);
  expect(log.readUntil(STARTED + 3000)).toHaveLength(2);
});

test('the environment: values, references, fields, ConfigMaps and Secrets', async () => {
  const container = {
    command: [
      'sh',
      '-c',
      'echo "$GREETING" $DOLLARS $WHO $COLOUR $WORD $HOSTNAME $IP $APP $P_colour; printenv GREETING; env',
    ],
    env: [
      { name: 'WHO', value: 'you' },
      { name: 'GREETING', value: 'hello $(WHO) $(NOBODY)' },
      { name: 'DOLLARS', value: '$$(WHO)' },
      { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'key', key: 'word' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    ],
    envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }],
  };
  const { text } = await played(container);
  const [first, second, ...all] = text.split('\n');
  expect(first).toBe('hello you $(NOBODY) $(WHO) you blue sesame web-1 10.244.0.2 web blue');
  expect(second).toBe('hello you $(NOBODY)');
  expect(all).toEqual(expect.arrayContaining(['HOSTNAME=web-1', 'WHO=you', 'P_wait=30', 'WORD=sesame']));
});

test('requests and limits: of the container, or of the one that is named, divided and rounded up; what has no limit may use its node', async () => {
  const field = (name: string, resource: string, divisor = '0') => ({
    name,
    valueFrom: { resourceFieldRef: { resource, divisor } },
  });
  const container = {
    command: [
      'sh',
      '-c',
      'echo $CPU $MILLI $MEMORY $MI $REQUEST $DISK $NOTHING; cat /etc/podinfo/limit /etc/podinfo/room',
    ],
    resources: { limits: { cpu: '1250m' }, requests: { cpu: '250m', memory: '32Mi' } },
    env: [
      field('CPU', 'limits.cpu'),
      field('MILLI', 'limits.cpu', '1m'),
      field('MEMORY', 'limits.memory'),
      field('MI', 'limits.memory', '1Mi'),
      field('REQUEST', 'requests.memory', '1Mi'),
      field('DISK', 'limits.ephemeral-storage', '1Gi'),
      field('NOTHING', 'requests.ephemeral-storage'),
    ],
    volumeMounts: [{ name: 'podinfo', mountPath: '/etc/podinfo' }],
  };
  const items = [
    { path: 'limit', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } },
    { path: 'room', resourceFieldRef: { containerName: 'main', resource: 'limits.memory', divisor: '1Gi' } },
  ];
  const pod = podOf(container);
  pod['spec'].volumes = [{ name: 'podinfo', downwardAPI: { items } }];
  const node = { status: { allocatable: { cpu: '4', memory: '16Gi', 'ephemeral-storage': '100Gi' } } };
  const text = async () => {
    const log = await openContainerLog(pod, 'main', false, {
      read: async (resource, name) =>
        resource === 'nodes' && name === 'node-1' ? (node as unknown as KubeObject) : undefined,
    });
    return log.readUntil(STARTED + HOUR).map((line) => line.text);
  };
  expect(await text()).toEqual(['2 1250 17179869184 16384 32 100 0\n', '125016']);
  // Before its node, its pod.
  pod['spec'].resources = { limits: { memory: '2Gi' } };
  expect(await text()).toEqual(['2 1250 2147483648 2048 32 100 0\n', '12502']);
});

test('what takes time or decides never hangs on what lies elsewhere', async () => {
  const envFrom = [{ configMapRef: { name: 'settings' } }];
  expect(await played({ ...sh('echo a; sleep $wait; echo b'), envFrom })).toMatchObject({
    text: 'a\n',
    end: 'runs on',
  });
  expect(await played({ ...sh('if [ "$colour" = blue ]; then exit 1; fi'), envFrom })).toMatchObject({
    end: 'runs on',
  });
});

test('whatever a script is put together from, its log and its end agree', async () => {
  const step = fc.oneof(
    fc.record({ say: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ wait: fc.integer({ min: 1, max: 90 }) }),
    fc.record({ end: fc.integer({ min: 0, max: 5 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const script = steps.map((one) =>
        'say' in one ? `echo ${one.say}` : 'wait' in one ? `sleep ${one.wait}` : `exit ${one.end}`,
      );
      let [text, passed, code] = ['', 0, 0];
      for (const one of steps) {
        if ('say' in one) text += `${one.say}\n`;
        else if ('wait' in one) passed += one.wait;
        else {
          code = one.end;
          break;
        }
      }
      const ran = await played(sh(script.join('; ')));
      expect(ran).toMatchObject({ text, end: `${code} after ${Math.max(passed, 1)}s` });
      expect(Math.max(0, ...ran.seconds)).toBeLessThanOrEqual(Math.max(passed, 1));
    }),
    { seed: 1, numRuns: 100 },
  );
});
