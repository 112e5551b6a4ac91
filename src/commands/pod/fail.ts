/** `pod fail`: the containers of a pod end badly, or its probes fail. */
import type { Command } from '../command';
import { containerFlag } from '../pods/flags';

const command: Command = {
  use: 'fail NAME [-c CONTAINER] [--exit-code N] [--probe (startup|liveness|readiness) [--for DURATION]]',
  short: 'Have a pod fail',
  long: `Have all containers of a running pod end with an error, or the one that is named. With --probe nothing ends, but from now on the probe of that type fails: a failing liveness probe has the container started again, a failing readiness probe takes the pod out of its services.`,
  examples: `# All containers of web end with 1
kubectl pod fail web

# Its readiness probe fails for a minute
kubectl pod fail web --probe readiness --for 1m`,
  flags: [
    containerFlag,
    { name: 'exit-code', type: 'int', default: 1, usage: 'The code with which the containers end.' },
    { name: 'for', type: 'duration', default: '0s', usage: 'How long the probe fails. Zero: for good.' },
    { name: 'probe', type: 'string', usage: 'The probe that fails: startup, liveness or readiness.' },
  ],
  async run(invocation) {
    const { flags } = invocation;
    const { runEnd, runFailProbe } = await import('./run-end');
    if (flags.string('probe')) return runFailProbe(invocation);
    await runEnd(invocation, { exitCode: flags.int('exit-code'), all: true, said: 'fails' });
  },
};

export default command;
