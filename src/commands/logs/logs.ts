/** `logs`: what a container has written (kubectl pkg/cmd/logs/logs.go). */
import type { Command } from '../command';
import { selectorFlag } from '../flag-sets';
import { podRunningTimeoutFlag } from '../pods/flags';

const command: Command = {
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: 'Print the logs for a container in a pod',
  completion: { offer: 'pods', and: 'containers' },
  long: `Print what a container of a pod has written, or the containers of all pods behind a resource. A pod with one container needs no container's name.

In a simulated cluster containers write what their commands are known to say: echo, printf, date and the like, alone or in the script of a shell.`,
  examples: `# Of a pod with one container
kubectl logs web-1

# Of one of its containers, or of all of them
kubectl logs web-1 -c nginx
kubectl logs web-1 --all-containers

# Of the run before the last restart
kubectl logs web-1 -p

# The last 20 lines; the lines of the last hour, with their times
kubectl logs web-1 --tail=20
kubectl logs web-1 --since=1h --timestamps

# Of the first pod of a job, and of all pods of a deployment
kubectl logs job/hello
kubectl logs deployment/web --all-pods

# Of all pods with a label, each line with where it is from
kubectl logs -l app=web --prefix

# Go on as the pod does
kubectl logs web-1 -f`,
  flags: [
    { name: 'all-containers', type: 'bool', usage: "Get all containers' logs in the pod(s)." },
    { name: 'all-pods', type: 'bool', usage: 'Get logs from all pod(s). Sets prefix to true.' },
    { name: 'container', shorthand: 'c', type: 'string', usage: 'Print the logs of this container' },
    { name: 'follow', shorthand: 'f', type: 'bool', usage: 'Specify if the logs should be streamed.' },
    {
      name: 'ignore-errors',
      type: 'bool',
      usage: 'If watching / following pod logs, allow for any errors that occur to be non-fatal',
    },
    {
      name: 'insecure-skip-tls-verify-backend',
      type: 'bool',
      usage:
        'Skip verifying the identity of the kubelet that logs are requested from.  In theory, an attacker could provide invalid log content back. You might want to use this if your kubelet serving certificates have expired.',
    },
    { name: 'limit-bytes', type: 'int', usage: 'Maximum bytes of logs to return. Defaults to no limit.' },
    {
      name: 'max-log-requests',
      type: 'int',
      default: 5,
      usage: 'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.',
    },
    podRunningTimeoutFlag('20s'),
    {
      name: 'prefix',
      type: 'bool',
      usage: 'Prefix each log line with the log source (pod name and container name)',
    },
    {
      name: 'previous',
      shorthand: 'p',
      type: 'bool',
      usage: 'If true, print the logs for the previous instance of the container in a pod if it exists.',
    },
    selectorFlag,
    {
      name: 'since',
      type: 'duration',
      usage:
        'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.',
    },
    {
      name: 'since-time',
      type: 'string',
      usage:
        'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.',
    },
    {
      name: 'tail',
      type: 'int',
      default: -1,
      usage:
        'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
    },
    { name: 'timestamps', type: 'bool', usage: 'Include timestamps on each line in the log output' },
  ],
  async run(invocation) {
    const { runLogs } = await import('./run-logs');
    await runLogs(invocation);
  },
};

export default command;
