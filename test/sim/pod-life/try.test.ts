import { boundPod, live } from './life';
const http = (more = {}) => ({ httpGet: { path: '/', port: 80 }, ...more });
const cases: [string, any, number][] = [
  ['plain', boundPod(), 6],
  ['exit code', boundPod({ annotations: { 'kubetick.dev/exit-code': '3', 'kubetick.dev/run-for': '4s' } }), 70],
  ['crash 2', boundPod({ annotations: { 'kubetick.dev/crash-loop': '2' } }), 40],
  ['oom never', boundPod({ annotations: { 'kubetick.dev/oom-after': '5s' }, spec: { restartPolicy: 'Never' } }), 12],
  ['liveness', boundPod({ annotations: { 'kubetick.dev/fail-probe': 'liveness@10s' }, main: { livenessProbe: http({ periodSeconds: 5 }) } }), 60],
  ['startup', boundPod({ annotations: { 'kubetick.dev/fail-probe': 'startup' , 'kubetick.dev/ignore-term': 'true'}, main: { startupProbe: http({ periodSeconds: 2, terminationGracePeriodSeconds: 5 }) } }), 30],
  ['readiness window', boundPod({ annotations: { 'kubetick.dev/fail-probe': 'readiness@10s-30s' }, main: { readinessProbe: http({ periodSeconds: 5 }) } }), 50],
  ['pull error', boundPod({ annotations: { 'kubetick.dev/pull-error': 'true' } }), 60],
  ['pull error 2', boundPod({ annotations: { 'kubetick.dev/pull-error': '2' } }), 60],
  ['never', boundPod({ main: { imagePullPolicy: 'Never' } }), 5],
  ['bad name', boundPod({ main: { image: 'NGINX:1' } }), 5],
  ['start error', boundPod({ annotations: { 'kubetick.dev/start-error': 'exec: "x": not found' } }), 30],
  ['config', boundPod({ main: { envFrom: [{ configMapRef: { name: 'c' } }] } }), 8],
  ['mount', boundPod({ spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } }), 8],
  ['deadline', boundPod({ spec: { activeDeadlineSeconds: 10 } }), 16],
  ['sidecars job', boundPod({ main: { command: ['sleep', '5'] }, spec: { restartPolicy: 'Never', initContainers: [{ name: 's1', image: 'example/main:1', restartPolicy: 'Always' }, { name: 's2', image: 'example/main:1', restartPolicy: 'Always' }] } }), 25],
  ['hooks', boundPod({ main: { lifecycle: { postStart: { sleep: { seconds: 4 } }, preStop: { sleep: { seconds: 6 } } } } }), 12],
  ['invalid', boundPod({ annotations: { 'kubetick.dev/run-for': 'x' } }), 5],
  ['restart all', boundPod({ main: { command: ['sh', '-c', 'sleep 5; exit 42'], restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }] }, spec: { restartPolicy: 'Never', initContainers: [{ name: 'i', image: 'example/main:1' }] } }), 25],
];
test.each(cases)('%s', async (name, pod, seconds) => {
  const { states, events } = await live(pod, seconds);
  console.log([name, ...states, ...events].join('\n'));
});
