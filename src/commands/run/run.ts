/** `run`: makes a pod that runs an image (kubectl pkg/cmd/run/run.go). */
import type { Command } from '../command';
import { deletionFlags } from '../delete/deletion-flags';
import { dryRunFlag, fieldManagerFlag, manifestFlags, printFlags, recordFlag, saveConfigFlag } from '../flag-sets';

const command: Command = {
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run a particular image on the cluster',
  long: 'Make a pod with one container that runs an image.',
  examples: `# An nginx
kubectl run web --image=nginx

# With a port, and a service for it
kubectl run web --image=nginx --port=80 --expose

# With variables in its environment
kubectl run web --image=nginx --env="MODE=fast" --env="COLOUR=blue"

# With labels
kubectl run web --image=nginx --labels="app=web,env=prod"

# Look at it first, without making anything
kubectl run web --image=nginx --dry-run=client -o yaml

# With something of your own in its spec
kubectl run web --image=nginx --overrides='{ "apiVersion": "v1", "spec": { "hostNetwork": true } }'

# With arguments for its command
kubectl run once --image=busybox --restart=Never -- sleep 5

# With another command
kubectl run once --image=busybox --command -- sh -c 'sleep 1'`,
  flags: [
    ...deletionFlags(false),
    ...manifestFlags('to use to replace the resource.'),
    ...printFlags(),
    recordFlag,
    dryRunFlag,
    { name: 'annotations', type: 'stringArray', usage: 'Annotations to apply to the pod.' },
    { name: 'image', type: 'string', required: true, usage: 'The image for the container to run.' },
    {
      name: 'image-pull-policy',
      type: 'string',
      usage:
        'The image pull policy for the container.  If left empty, this value will not be specified by the client and defaulted by the server.',
    },
    {
      name: 'rm',
      type: 'bool',
      usage:
        "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    },
    { name: 'env', type: 'stringArray', usage: 'Environment variables to set in the container.' },
    { name: 'port', type: 'string', usage: 'The port that this container exposes.' },
    {
      name: 'labels',
      shorthand: 'l',
      type: 'string',
      usage: 'Comma separated labels to apply to the pod. Will override previous values.',
    },
    {
      name: 'stdin',
      shorthand: 'i',
      type: 'bool',
      usage: 'Keep stdin open on the container in the pod, even if nothing is attached.',
    },
    { name: 'tty', shorthand: 't', type: 'bool', usage: 'Allocate a TTY for the container in the pod.' },
    {
      name: 'attach',
      type: 'bool',
      usage:
        "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.",
    },
    {
      name: 'leave-stdin-open',
      type: 'bool',
      usage:
        'If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes. By default, stdin will be closed after the first attach completes.',
    },
    {
      name: 'restart',
      type: 'string',
      default: 'Always',
      usage: 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].',
    },
    {
      name: 'command',
      type: 'bool',
      usage:
        "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    },
    {
      name: 'expose',
      type: 'bool',
      usage: 'If true, create a ClusterIP service associated with the pod.  Requires `--port`.',
    },
    { name: 'quiet', shorthand: 'q', type: 'bool', usage: 'If true, suppress prompt messages.' },
    { name: 'privileged', type: 'bool', usage: 'If true, run the container in privileged mode.' },
    {
      name: 'detach-keys',
      type: 'string',
      default: 'ctrl-p,ctrl-q',
      usage: 'Override the key sequence for detaching a container.',
    },
    fieldManagerFlag('kubectl-run'),
    {
      name: 'override-type',
      type: 'string',
      default: 'merge',
      usage: 'The method used to override the generated object: json, merge, or strategic.',
    },
    {
      name: 'overrides',
      type: 'string',
      usage:
        'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.',
    },
    saveConfigFlag,
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '1m0s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
  ],
  async run(invocation) {
    const { runPod } = await import('./run-pod');
    await runPod(invocation);
  },
};

export default command;
