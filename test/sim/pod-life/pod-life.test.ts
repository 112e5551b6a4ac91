/** What pods go through on a node: input, and what was seen and said at which second. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ClusterUnderTest } from '../cluster-under-test';
import { configMap, core } from '../cluster-under-test';
import { boundPod, live, PODS, type PodParts } from './life';

const http = (more = {}) => ({ httpGet: { path: '/', port: 80 }, ...more });
const note = (name: string, value: string) => ({ [`kubetick.dev/${name}`]: value });

const remove = ({ client }: ClusterUnderTest) => client.delete(PODS, 'default', 'p');
const sidecar = (name: string) => ({ name, image: 'example/main:1', restartPolicy: 'Always' });

interface Case {
  it: string;
  pod: PodParts;
  seconds: number;
  deeds?: Record<number, (cluster: ClusterUnderTest) => Promise<unknown>>;
  states: string[];
  /** The events that must be among those seen, in this order. */
  events?: string[];
}

const restarting: Case[] = [
  {
    it: 'ends with its code, and is started again ever later: at once, after 10 s, after 20 s',
    pod: { annotations: { ...note('exit-code', '3'), ...note('run-for', '4s') } },
    seconds: 56,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '7s Running main:Error(3)',
      '9s Running/Ready main:running,ready,1',
      '13s Running main:Error(3),1',
      '14s Running main:CrashLoopBackOff,1',
      '24s Running/Ready main:running,ready,2',
      '28s Running main:Error(3),2',
      '29s Running main:CrashLoopBackOff,2',
      '49s Running/Ready main:running,ready,3',
      '53s Running main:Error(3),3',
      '54s Running main:CrashLoopBackOff,3',
    ],
    events: ['3s Created Container created (x4)', '3s Started Container started (x4)'],
  },
  {
    it: 'crashes twice, and then runs',
    pod: { annotations: note('crash-loop', '2') },
    seconds: 60,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '4s Running main:Error(1)',
      '6s Running/Ready main:running,ready,1',
      '7s Running main:Error(1),1',
      '8s Running main:CrashLoopBackOff,1',
      '18s Running/Ready main:running,ready,2',
    ],
  },
  {
    it: 'starts afresh when it ran for more than ten minutes',
    pod: { annotations: { ...note('run-for', '11m'), ...note('exit-code', '1') } },
    seconds: 2010,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '663s Running main:Error(1)',
      '665s Running/Ready main:running,ready,1',
      '1325s Running main:Error(1),1',
      '1327s Running/Ready main:running,ready,2',
      '1987s Running main:Error(1),2',
      '1989s Running/Ready main:running,ready,3',
    ],
  },
  {
    it: 'runs out of memory',
    pod: { annotations: note('oom-after', '5s'), spec: { restartPolicy: 'Never' } },
    seconds: 12,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '8s Failed main:OOMKilled(137)',
    ],
  },
  {
    it: 'can not be started',
    pod: { annotations: note('start-error', 'exec: "x": executable file not found in $PATH') },
    seconds: 18,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running main:RunContainerError',
      '5s Running main:RunContainerError,1',
      '6s Running main:CrashLoopBackOff,1',
      '16s Running main:RunContainerError,2',
      '17s Running main:CrashLoopBackOff,2',
    ],
    events: ['3s Failed Error: exec: "x": executable file not found in $PATH (x3)'],
  },
  {
    it: 'can not be started, and is not to be tried again',
    pod: { annotations: note('start-error', 'no such file'), spec: { restartPolicy: 'Never' } },
    seconds: 6,
    states: ['0s Pending main:ContainerCreating', '3s Failed main:StartError(128)'],
  },
  {
    it: 'a rule starts a container again that the policy would leave',
    pod: {
      main: {
        command: ['sh', '-c', 'exit 42'],
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
      },
      spec: { restartPolicy: 'Never' },
    },
    seconds: 7,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '4s Running main:Error(42)',
      '6s Running/Ready main:running,ready,1',
    ],
  },
  {
    it: 'a rule starts all containers anew, those that were done as well',
    pod: {
      main: {
        command: ['sh', '-c', 'sleep 5; exit 42'],
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
      },
      spec: { restartPolicy: 'Never', initContainers: [{ name: 'first', image: 'example/main:1' }] },
    },
    seconds: 15,
    states: [
      '0s Pending first:PodInitializing main:PodInitializing',
      '3s Pending first:running main:PodInitializing',
      '4s Pending first:Completed(0),ready main:PodInitializing',
      '5s Running/Ready first:Completed(0),ready main:running,ready',
      '10s Running first:Completed(0),ready main:Error(42)',
      '11s Running first:PodInitializing main:PodInitializing',
      '12s Pending first:running,1 main:PodInitializing',
      '13s Running first:Completed(0),ready,1 main:PodInitializing',
      '14s Running/Ready first:Completed(0),ready,1 main:running,ready,1',
    ],
  },
  {
    it: 'a sidecar that has all start anew takes along an init container, which is to run again',
    pod: {
      spec: {
        restartPolicy: 'Never',
        initContainers: [
          {
            ...sidecar('a'),
            command: ['sh', '-c', 'sleep 4; exit 42'],
            restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
          },
          { name: 'first', image: 'example/main:1', command: ['sleep', '9'] },
        ],
      },
    },
    seconds: 11,
    states: [
      '0s Pending a:PodInitializing first:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready first:PodInitializing main:PodInitializing',
      '4s Pending a:running,ready first:running main:PodInitializing',
      '7s Pending a:Error(42) first:RestartingAllContainers(137) main:PodInitializing',
      '8s Pending a:PodInitializing first:PodInitializing main:PodInitializing',
      '9s Pending a:running,ready,1 first:PodInitializing main:PodInitializing',
      '10s Pending a:running,ready,1 first:running,1 main:PodInitializing',
    ],
  },
];

const probing: Case[] = [
  {
    it: 'a failing liveness probe has the container started again',
    pod: { annotations: note('fail-probe', 'liveness@10s'), main: { livenessProbe: http({ periodSeconds: 5 }) } },
    seconds: 40,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '24s Running main:Completed(0)',
      '26s Running/Ready main:running,ready,1',
    ],
    events: [
      '13s Unhealthy Liveness probe failed: HTTP probe failed with statuscode: 503 (x4)',
      '23s Killing Container main failed liveness probe, will be restarted',
    ],
  },
  {
    it: 'one that is not to be started again is only stopped',
    pod: {
      annotations: note('fail-probe', 'liveness'),
      main: { livenessProbe: http({ failureThreshold: 1 }) },
      spec: { restartPolicy: 'Never' },
    },
    seconds: 8,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '4s Succeeded main:Completed(0)',
    ],
    events: ['3s Killing Container main failed liveness probe'],
  },
  {
    it: 'a startup probe that never passes kills; one that does not hear TERM goes by KILL, after the grace of the probe',
    pod: {
      annotations: { ...note('fail-probe', 'startup'), ...note('ignore-term', 'true') },
      main: { startupProbe: http({ periodSeconds: 2, terminationGracePeriodSeconds: 5 }) },
    },
    seconds: 15,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running main:running',
      '12s Running main:Error(137)',
      '14s Running main:running,1',
    ],
    events: ['7s Killing Container main failed startup probe, will be restarted'],
  },
  {
    it: 'a startup probe that passes in the end lets the others begin',
    pod: {
      annotations: note('fail-probe', 'startup@0s-5s'),
      main: {
        startupProbe: http({ periodSeconds: 2, failureThreshold: 5 }),
        readinessProbe: http({ initialDelaySeconds: 3 }),
      },
    },
    seconds: 15,
    states: ['0s Pending main:ContainerCreating', '3s Running main:running', '9s Running/Ready main:running,ready'],
  },
  {
    it: 'a readiness probe takes it out, after three failures, and back in, after two successes',
    pod: {
      annotations: note('fail-probe', 'readiness@10s-30s'),
      main: { readinessProbe: http({ periodSeconds: 5, successThreshold: 2 }) },
    },
    seconds: 45,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running main:running',
      '8s Running/Ready main:running,ready',
      '23s Running main:running',
      '38s Running/Ready main:running,ready',
    ],
    events: ['13s Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503 (x4)'],
  },
  {
    it: 'failures that are too few in a row change nothing',
    pod: { annotations: note('fail-probe', 'readiness@9s-19s'), main: { readinessProbe: http({ periodSeconds: 5 }) } },
    seconds: 30,
    states: ['0s Pending main:ContainerCreating', '3s Running/Ready main:running,ready'],
    events: ['13s Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503 (x2)'],
  },
  {
    it: 'an answer that takes too long is a failure',
    pod: { annotations: note('probe-time', '3s'), main: { readinessProbe: http({ timeoutSeconds: 2 }) } },
    seconds: 6,
    states: ['0s Pending main:ContainerCreating', '3s Running main:running'],
    events: [
      '3s Unhealthy Readiness probe failed: Get "http://10.244.0.2:80/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
  },
  {
    it: 'a command that fails, or takes too long, fails the probe',
    pod: { main: { readinessProbe: { exec: { command: ['sleep', '5'] } } } },
    seconds: 6,
    states: ['0s Pending main:ContainerCreating', '3s Running main:running'],
    events: ['3s Unhealthy Readiness probe failed: command timed out: "sleep 5" timed out after 1s'],
  },
  {
    it: 'a command that looks for a file finds what the container makes and removes',
    pod: {
      main: {
        args: ['/bin/sh', '-c', 'touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600'],
        livenessProbe: { exec: { command: ['cat', '/tmp/healthy'] }, initialDelaySeconds: 5, periodSeconds: 5 },
      },
    },
    seconds: 55,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '44s Running main:Completed(0)',
      '46s Running/Ready main:running,ready,1',
    ],
    events: [
      "33s Unhealthy Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory (x3)",
      '43s Killing Container main failed liveness probe, will be restarted',
    ],
  },
  {
    it: 'a file that a command writes to is there from then on, and what has started is asked at once whether it is ready',
    pod: {
      main: {
        command: ['sh', '-c', 'echo ok >/tmp/health; sleep 8; echo ok >/tmp/startup; sleep 600'],
        readinessProbe: { exec: { command: ['cat', '/tmp/health'] }, periodSeconds: 30 },
        startupProbe: { exec: { command: ['cat', '/tmp/startup'] }, periodSeconds: 5 },
      },
    },
    seconds: 25,
    states: ['0s Pending main:ContainerCreating', '3s Running main:running', '13s Running/Ready main:running,ready'],
    events: ["3s Unhealthy Startup probe failed: cat: can't open '/tmp/startup': No such file or directory (x2)"],
  },
  {
    it: 'readiness gates',
    pod: { spec: { readinessGates: [{ conditionType: 'example.com/in' }] } },
    seconds: 10,
    deeds: { 6: (cluster) => setCondition(cluster, 'example.com/in') },
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running main:running,ready',
      '6s Running/Ready main:running,ready',
    ],
  },
];

async function setCondition({ client }: ClusterUnderTest, type: string): Promise<void> {
  const pod = await client.get(PODS, 'default', 'p');
  const conditions = [...pod['status'].conditions, { type, status: 'True' }];
  await client.updateStatus(PODS, { ...pod, status: { ...pod['status'], conditions } });
}

const notFound =
  'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/example/main:1": failed to resolve reference "docker.io/example/main:1": docker.io/example/main:1: not found';

const pulling: Case[] = [
  {
    it: 'an image that can not be had is asked for after 10 s, 20 s, 40 s',
    pod: { annotations: note('pull-error', 'true') },
    seconds: 40,
    states: [
      '0s Pending main:ContainerCreating',
      '1s Pending main:ErrImagePull',
      '2s Pending main:ImagePullBackOff',
      '12s Pending main:ErrImagePull',
      '13s Pending main:ImagePullBackOff',
      '33s Pending main:ErrImagePull',
      '34s Pending main:ImagePullBackOff',
    ],
    events: [
      '0s Pulling Pulling image "example/main:1" (x3)',
      `1s Failed Failed to pull image "example/main:1": ${notFound} (x3)`,
      '1s Failed Error: ErrImagePull (x3)',
      '2s BackOff Back-off pulling image "example/main:1" (x3)',
      '2s Failed Error: ImagePullBackOff (x3)',
    ],
  },
  {
    it: 'it can be had the second time',
    pod: { annotations: note('pull-error', '1') },
    seconds: 20,
    states: [
      '0s Pending main:ContainerCreating',
      '1s Pending main:ErrImagePull',
      '2s Pending main:ImagePullBackOff',
      '14s Running/Ready main:running,ready',
    ],
  },
  {
    it: 'an image that can be had by now is had at the next try',
    pod: { annotations: note('pull-error', 'quota exceeded') },
    seconds: 20,
    deeds: {
      7: ({ client }) =>
        client.patch(PODS, 'default', 'p', 'merge', { metadata: { annotations: { 'kubetick.dev/pull-error': null } } }),
    },
    states: [
      '0s Pending main:ContainerCreating',
      '1s Pending main:ErrImagePull',
      '2s Pending main:ImagePullBackOff',
      '14s Running/Ready main:running,ready',
    ],
    events: ['1s Failed Failed to pull image "example/main:1": quota exceeded'],
  },
  {
    it: 'takes its time',
    pod: { annotations: note('pull-time', '10s') },
    seconds: 13,
    states: ['0s Pending main:ContainerCreating', '11s Running/Ready main:running,ready'],
  },
  {
    it: 'is never pulled',
    pod: { main: { imagePullPolicy: 'Never' } },
    seconds: 3,
    states: ['0s Pending main:ErrImageNeverPull'],
    events: [
      '0s ErrImageNeverPull Container image "example/main:1" is not present with pull policy of Never',
      '0s Failed Error: ErrImageNeverPull',
    ],
  },
  {
    it: 'has a name that is none',
    pod: { main: { image: 'NGINX:1' } },
    seconds: 3,
    states: ['0s Pending main:InvalidImageName'],
    events: [
      '0s InspectFailed Failed to apply default image tag "NGINX:1": couldn\'t parse image reference "NGINX:1": invalid reference format: repository name (library/NGINX) must be lowercase',
      '0s Failed Error: InvalidImageName',
    ],
  },
];

const setImage =
  (image: string, list = 'containers', name = 'main') =>
  ({ client }: ClusterUnderTest) =>
    client.patch(PODS, 'default', 'p', 'strategic', { spec: { [list]: [{ name, image }] } });

const changing: Case[] = [
  {
    it: 'a container whose image is changed is stopped and started with it, whatever the policy',
    pod: { spec: { restartPolicy: 'Never' } },
    seconds: 15,
    deeds: { 8: setImage('example/main:2') },
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '12s Running/Ready main:running,ready,1',
    ],
    events: [
      '8s Killing Container main definition changed, will be restarted',
      '9s Pulling Pulling image "example/main:2"',
    ],
  },
  {
    it: 'so is a sidecar, and nothing else is',
    pod: { spec: { initContainers: [sidecar('a')] } },
    seconds: 15,
    deeds: { 8: setImage('example/main:2', 'initContainers', 'a') },
    states: [
      '0s Pending a:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready main:PodInitializing',
      '4s Running/Ready a:running,ready main:running,ready',
      '12s Running/Ready a:running,ready,1 main:running,ready',
    ],
    events: ['8s Killing Init container a definition changed'],
  },
  {
    it: 'an init container that is done is not run again',
    pod: { spec: { initContainers: [{ name: 'first', image: 'example/main:1' }] } },
    seconds: 15,
    deeds: { 8: setImage('example/main:2', 'initContainers', 'first') },
    states: [
      '0s Pending first:PodInitializing main:PodInitializing',
      '3s Pending first:running main:PodInitializing',
      '4s Pending first:Completed(0),ready main:PodInitializing',
      '5s Running/Ready first:Completed(0),ready main:running,ready',
    ],
  },
  {
    it: 'one that waits to be started again is with another image, at once',
    pod: { main: { command: ['sh', '-c', 'sleep 9; exit 1'] } },
    seconds: 40,
    deeds: { 28: setImage('example/main:2') },
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '12s Running main:Error(1)',
      '14s Running/Ready main:running,ready,1',
      '23s Running main:Error(1),1',
      '24s Running main:CrashLoopBackOff,1',
      '31s Running/Ready main:running,ready,2',
    ],
  },
  {
    it: 'an image that can not be had is forgotten with it',
    pod: { annotations: note('pull-error', '1') },
    seconds: 12,
    deeds: { 5: setImage('example/main:2') },
    states: [
      '0s Pending main:ContainerCreating',
      '1s Pending main:ErrImagePull',
      '2s Pending main:ImagePullBackOff',
      '6s Pending main:ErrImagePull',
      '7s Pending main:ImagePullBackOff',
    ],
    events: ['5s Pulling Pulling image "example/main:2"'],
  },
  {
    it: 'one whose image can not be had does not keep the others',
    pod: {
      annotations: { 'a.kubetick.dev/pull-error': 'true' },
      spec: {
        containers: [
          { name: 'a', image: 'example/a' },
          { name: 'b', image: 'example/b' },
        ],
      },
    },
    seconds: 10,
    states: [
      '0s Pending a:ContainerCreating b:ContainerCreating',
      '1s Pending a:ErrImagePull b:ContainerCreating',
      '2s Pending a:ImagePullBackOff b:ContainerCreating',
      '4s Pending a:ImagePullBackOff b:running,ready',
    ],
    events: ['1s Pulling Pulling image "example/b"'],
  },
  {
    it: 'nor does one that lacks a reference',
    pod: {
      spec: {
        containers: [
          { name: 'a', image: 'example/a', envFrom: [{ secretRef: { name: 's' } }] },
          { name: 'b', image: 'example/b' },
        ],
      },
    },
    seconds: 8,
    states: [
      '0s Pending a:ContainerCreating b:ContainerCreating',
      '2s Pending a:CreateContainerConfigError b:ContainerCreating',
      '5s Pending a:CreateContainerConfigError b:running,ready',
    ],
  },
];

const lacking: Case[] = [
  {
    it: 'waits for a ConfigMap that its environment names',
    pod: { main: { envFrom: [{ configMapRef: { name: 'c' } }] } },
    seconds: 10,
    deeds: { 6: ({ client }) => client.create(core('configmaps'), 'default', configMap('c')) },
    states: [
      '0s Pending main:ContainerCreating',
      '2s Pending main:CreateContainerConfigError',
      '6s Running/Ready main:running,ready',
    ],
    events: ['2s Failed Error: configmap "c" not found', '6s Created Container created'],
  },
  {
    it: 'waits for a key of a Secret',
    pod: { main: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] } },
    seconds: 30,
    deeds: {
      0: ({ client }) =>
        client.create(core('secrets'), 'default', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }),
    },
    states: ['0s Pending main:ContainerCreating', '2s Pending main:CreateContainerConfigError'],
    events: ["2s Failed Error: couldn't find key k in Secret default/s (x3)"],
  },
  {
    it: 'waits for what its volumes show, and finds it at the next of ever rarer tries',
    pod: { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } },
    seconds: 13,
    deeds: { 5: ({ client }) => client.create(core('configmaps'), 'default', configMap('c')) },
    states: ['0s Pending main:ContainerCreating', '11s Running/Ready main:running,ready'],
    events: [
      '0s FailedMount MountVolume.SetUp failed for volume "v" : configmap "c" not found (x4)',
      '8s Pulling Pulling image "example/main:1"',
    ],
  },
  {
    it: 'is tried to be mounted every two minutes in the end',
    pod: { spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } },
    seconds: 500,
    states: ['0s Pending main:ContainerCreating'],
    events: ['0s FailedMount MountVolume.SetUp failed for volume "v" : secret "s" not found (x12)'],
  },
  {
    it: 'waits for a claim, of which it tells every twelve seconds',
    pod: { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } },
    seconds: 30,
    states: ['0s Pending main:ContainerCreating'],
    events: [
      '0s FailedMount Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found (x3)',
    ],
  },
  {
    it: 'does not wait for what is optional',
    pod: {
      main: { envFrom: [{ configMapRef: { name: 'c', optional: true } }] },
      spec: { volumes: [{ name: 'v', secret: { secretName: 's', optional: true } }] },
    },
    seconds: 5,
    states: ['0s Pending main:ContainerCreating', '3s Running/Ready main:running,ready'],
  },
  ...(
    [
      ['names what it has not got', '$(NONE)/$(A)', 'missing value for A, NONE'],
      ['leads out of the volume', '$(UP)/x', "unable to provision SubPath `../x`: must not contain '..'"],
      ['is that of the root', '$(ROOT)', 'error SubPath `/tmp` must not be an absolute path'],
    ] as const
  ).map(([what, subPathExpr, why]) => ({
    it: `mounts a path that ${what}`,
    pod: {
      main: {
        env: [
          { name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['a']" } } },
          { name: 'UP', value: '..' },
          { name: 'ROOT', value: '/tmp' },
        ],
        volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr }],
      },
      spec: { volumes: [{ name: 'v', emptyDir: {} }] },
    },
    seconds: 4,
    states: ['0s Pending main:ContainerCreating', '2s Pending main:CreateContainerConfigError'],
    events: [`2s Failed Error: ${why}`],
  })),
  {
    it: 'mounts a path that its annotation says in the end',
    pod: {
      main: {
        env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['a']" } } }],
        volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: '$(A)' }],
      },
      spec: { volumes: [{ name: 'v', emptyDir: {} }] },
    },
    seconds: 9,
    deeds: {
      6: ({ client }) => client.patch(PODS, 'default', 'p', 'merge', { metadata: { annotations: { a: 'x' } } }),
    },
    states: [
      '0s Pending main:ContainerCreating',
      '2s Pending main:CreateContainerConfigError',
      '6s Running/Ready main:running,ready',
    ],
  },
  {
    it: 'may not be root',
    pod: { main: { securityContext: { runAsNonRoot: true, runAsUser: 0 } } },
    seconds: 4,
    states: ['0s Pending main:ContainerCreating', '2s Pending main:CreateContainerConfigError'],
  },
  {
    it: 'does not fit on the node that it names',
    pod: { main: { resources: { requests: { cpu: '5' } } } },
    seconds: 2,
    states: ['0s Failed(OutOfcpu)'],
    events: ["0s OutOfcpu Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000"],
  },
  {
    it: 'asks for labels that its node has not got',
    pod: { spec: { nodeSelector: { disk: 'ssd' } } },
    seconds: 2,
    states: ['0s Failed(NodeAffinity)'],
    events: ["0s NodeAffinity Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
  },
  {
    it: 'wants a port that another has',
    pod: { main: { ports: [{ containerPort: 80, hostPort: 8080 }] } },
    seconds: 4,
    deeds: {
      0: ({ client }) => client.delete(PODS, 'default', 'p', { gracePeriodSeconds: 0 }),
      1: ({ client }) =>
        client.create(
          PODS,
          'default',
          boundPod({ name: 'q', main: { ports: [{ containerPort: 1, hostPort: 8080 }] } }),
        ),
      3: ({ client }) =>
        client.create(PODS, 'default', boundPod({ main: { ports: [{ containerPort: 80, hostPort: 8080 }] } })),
    },
    states: ['0s gone', '3s Failed(NodePorts)'],
    events: ["3s NodePorts Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"],
  },
  {
    it: 'does not put up with a taint of its node',
    pod: {},
    seconds: 2,
    deeds: {
      0: ({ client }) =>
        client.patch(core('nodes'), '', 'n', 'merge', { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } }),
    },
    states: ['0s Failed(TaintToleration)'],
    events: ["0s TaintToleration Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"],
  },
  {
    it: 'is for another system',
    pod: { spec: { os: { name: 'windows' } } },
    seconds: 2,
    states: ['0s Failed(PodOSNotSupported)'],
    events: ["0s PodOSNotSupported Failed to admit pod as the OS field doesn't match node OS"],
  },
  {
    it: 'sets what only some pods may',
    pod: { spec: { securityContext: { sysctls: [{ name: 'kernel/msgmax', value: '65536' }] } } },
    seconds: 2,
    states: ['0s Failed(SysctlForbidden)'],
    events: ['0s SysctlForbidden forbidden sysctl: "kernel.msgmax" not allowlisted'],
  },
  {
    it: 'has annotations that say nothing',
    pod: { annotations: note('run-for', 'long') },
    seconds: 4,
    states: ['0s Pending main:ContainerCreating', '3s Running/Ready main:running,ready'],
    events: ['0s InvalidAnnotation annotation kubetick.dev/run-for: time: invalid duration "long"'],
  },
];

const ending: Case[] = [
  {
    it: 'stops when it is deleted',
    pod: {},
    seconds: 8,
    deeds: { 5: remove },
    states: ['0s Pending main:ContainerCreating', '3s Running/Ready main:running,ready', '6s gone'],
    events: ['5s Killing Stopping container main'],
  },
  {
    it: 'is killed when the grace is over',
    pod: { annotations: note('ignore-term', 'true'), spec: { terminationGracePeriodSeconds: 7 } },
    seconds: 15,
    deeds: { 5: remove },
    states: ['0s Pending main:ContainerCreating', '3s Running/Ready main:running,ready', '12s gone'],
  },
  {
    it: 'is asked to its end whether it is ready, but not whether it lives',
    pod: {
      annotations: { ...note('ignore-term', 'true'), ...note('fail-probe', 'readiness@5s,liveness@5s') },
      main: { readinessProbe: http({ periodSeconds: 2 }), livenessProbe: http({ periodSeconds: 2 }) },
      spec: { terminationGracePeriodSeconds: 10 },
    },
    seconds: 20,
    deeds: { 6: remove },
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '13s Running main:running',
      '16s gone',
    ],
    events: ['9s Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503 (x4)'],
  },
  {
    it: 'a hook that fails does not keep it',
    pod: { main: { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 3; exit 1'] } } } } },
    seconds: 12,
    deeds: { 5: remove },
    states: ['0s Pending main:ContainerCreating', '3s Running/Ready main:running,ready', '9s gone'],
    events: ['5s Killing Stopping container main', '9s FailedPreStopHook PreStopHook failed'],
  },
  {
    it: 'hooks take their time, out of the grace',
    pod: {
      main: { lifecycle: { postStart: { sleep: { seconds: 4 } }, preStop: { exec: { command: ['sleep', '5'] } } } },
    },
    seconds: 20,
    deeds: { 10: remove },
    states: ['0s Pending main:ContainerCreating', '7s Running/Ready main:running,ready', '16s gone'],
    events: ['3s Started Container started', '10s Killing Stopping container main'],
  },
  {
    it: 'a hook that fails ends the container',
    pod: { annotations: note('fail-hook', 'postStart'), main: { lifecycle: { postStart: { httpGet: { port: 80 } } } } },
    seconds: 5,
    states: ['0s Pending main:ContainerCreating', '3s Running main:PostStartHookError'],
    events: ['3s FailedPostStartHook PostStartHook failed', '3s Killing FailedPostStartHook'],
  },
  {
    it: 'has been active for too long',
    pod: { spec: { activeDeadlineSeconds: 10 } },
    seconds: 14,
    states: [
      '0s Pending main:ContainerCreating',
      '3s Running/Ready main:running,ready',
      '10s Running main:running,ready',
      '11s Failed(DeadlineExceeded) main:Completed(0)',
    ],
    events: [
      '10s DeadlineExceeded Pod was active on the node longer than the specified deadline',
      '10s Killing Stopping container main',
    ],
  },
  {
    it: 'sidecars stop when the work is done, the last one first',
    pod: {
      main: { command: ['sleep', '5'] },
      spec: { restartPolicy: 'Never', initContainers: [sidecar('a'), sidecar('b')] },
    },
    seconds: 16,
    states: [
      '0s Pending a:PodInitializing b:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready b:PodInitializing main:PodInitializing',
      '4s Pending a:running,ready b:running,ready main:PodInitializing',
      '5s Running/Ready a:running,ready b:running,ready main:running,ready',
      '10s Running a:running,ready b:running,ready main:Completed(0)',
      '12s Running a:running,ready b:Completed(0) main:Completed(0)',
      '13s Succeeded a:Completed(0) b:Completed(0) main:Completed(0)',
    ],
  },
  {
    it: 'sidecars stop when containers have ended that are not to be started again, whatever is said of the pod',
    pod: {
      main: { command: ['sleep', '2'], restartPolicy: 'Never' },
      spec: { restartPolicy: 'Always', initContainers: [sidecar('a')] },
    },
    seconds: 10,
    states: [
      '0s Pending a:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready main:PodInitializing',
      '4s Running/Ready a:running,ready main:running,ready',
      '6s Running a:running,ready main:Completed(0)',
      '8s Succeeded a:Completed(0) main:Completed(0)',
    ],
  },
  {
    it: 'has not failed before its sidecar has stopped, when it could not be got ready',
    pod: {
      annotations: { 'a.kubetick.dev/stop-time': '3s' },
      spec: {
        restartPolicy: 'Never',
        initContainers: [sidecar('a'), { name: 'first', image: 'example/main:1', command: ['false'] }],
      },
    },
    seconds: 12,
    states: [
      '0s Pending a:PodInitializing first:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready first:PodInitializing main:PodInitializing',
      '4s Pending a:running,ready first:running main:PodInitializing',
      '5s Pending a:running,ready first:Error(1) main:PodInitializing',
      '8s Failed a:Completed(0) first:Error(1) main:PodInitializing',
    ],
    events: ['6s Killing Stopping container a'],
  },
  {
    it: 'a sidecar that ends while an init container runs holds nobody up',
    pod: {
      spec: {
        initContainers: [
          { ...sidecar('a'), command: ['sh', '-c', 'sleep 3; exit 1'] },
          { name: 'first', image: 'example/main:1', command: ['sleep', '10'] },
        ],
      },
    },
    seconds: 17,
    states: [
      '0s Pending a:PodInitializing first:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready first:PodInitializing main:PodInitializing',
      '4s Pending a:running,ready first:running main:PodInitializing',
      '6s Pending a:Error(1) first:running main:PodInitializing',
      '8s Pending a:running,ready,1 first:running main:PodInitializing',
      '11s Pending a:Error(1),1 first:running main:PodInitializing',
      '12s Pending a:CrashLoopBackOff,1 first:running main:PodInitializing',
      '14s Pending a:CrashLoopBackOff,1 first:Completed(0),ready main:PodInitializing',
      '15s Running a:CrashLoopBackOff,1 first:Completed(0),ready main:running,ready',
    ],
  },
  {
    it: 'a sidecar that ends is started again, and nothing behind it is',
    pod: { spec: { initContainers: [{ ...sidecar('a'), command: ['sh', '-c', 'sleep 4; exit 1'] }] } },
    seconds: 11,
    states: [
      '0s Pending a:PodInitializing main:PodInitializing',
      '3s Pending a:running,ready main:PodInitializing',
      '4s Running/Ready a:running,ready main:running,ready',
      '7s Running a:Error(1) main:running,ready',
      '9s Running/Ready a:running,ready,1 main:running,ready',
    ],
  },
];

describe.each([
  ['a container that ends', restarting],
  ['probes', probing],
  ['images', pulling],
  ['images that are changed', changing],
  ['what is missing', lacking],
  ['the end', ending],
])('%s', (_, cases) => {
  test.each(cases)('$it', async ({ pod, seconds, deeds, states, events = [] }) => {
    const seen = await live(boundPod(pod) as KubeObject, seconds, deeds);
    expect(seen.states).toEqual(states);
    expect(seen.events.filter((event) => events.includes(event))).toEqual(events);
  });
});

test('a container that waits to be started again says so at the start of each wait, and each minute of it', async () => {
  const { states, events } = await live(boundPod({ annotations: note('crash-loop', 'true') }), 325);
  // Waits of 10, 20, 40, 80 and 160 seconds.
  expect(states.at(-1)).toBe('166s Running main:CrashLoopBackOff,5');
  expect(events.at(-1)).toMatch(/^8s BackOff Back-off restarting failed container main in pod .* \(x8\)$/);
});
