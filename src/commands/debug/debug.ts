/** `debug`: containers, copies of pods and pods on nodes to look for faults with (kubectl pkg/cmd/debug/debug.go). */
import type { Command } from '../command';
import { manifestFiles } from '../completion/declared';

const command: Command = {
  use: 'debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  completion: { offer: 'types-and-names' },
  long: `Put a container to debug with where it is needed: an ephemeral one into a pod that runs, one into a copy of a pod (--copy-to), one into a pod of its own in the namespaces of a node.

The containers of a simulated cluster start, but run no process: what can't be attached to shows its logs instead.`,
  examples: `# A container in a running pod
kubectl debug web-1 --image=busybox

# With a name of its own, and looking at the processes of another container
kubectl debug web-1 --image=busybox -c tools --target=nginx

# A copy of the pod with one container more
kubectl debug web-1 --image=busybox --copy-to=web-1-debug

# A copy of the pod with another command, with other images
kubectl debug web-1 --copy-to=web-1-debug --container=nginx -- sh
kubectl debug web-1 --copy-to=web-1-debug --set-image=*=busybox

# A pod on a node, with the node's files at /host
kubectl debug node/node-1 --image=busybox`,
  flags: [
    {
      name: 'filename',
      shorthand: 'f',
      type: 'stringSlice',
      usage: 'identifying the resource to debug',
      completion: manifestFiles,
    },
    {
      name: 'arguments-only',
      type: 'bool',
      usage: 'If specified, everything after -- will be passed to the new container as Args instead of Command.',
    },
    {
      name: 'attach',
      type: 'bool',
      usage:
        "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    },
    { name: 'container', shorthand: 'c', type: 'string', usage: 'Container name to use for debug container.' },
    { name: 'copy-to', type: 'string', usage: 'Create a copy of the target Pod with this name.' },
    { name: 'replace', type: 'bool', usage: "When used with '--copy-to', delete the original Pod." },
    { name: 'env', type: 'stringToString', usage: 'Environment variables to set in the container.' },
    { name: 'image', type: 'string', usage: 'Container image to use for debug container.' },
    keepFlag('labels', 'keep the original pod labels.'),
    keepFlag('annotations', 'keep the original pod annotations.'),
    keepFlag('liveness', 'keep the original pod liveness probes.'),
    keepFlag('readiness', 'keep the original pod readiness probes.'),
    keepFlag('startup', 'keep the original startup probes.'),
    {
      name: 'keep-init-containers',
      type: 'bool',
      default: true,
      usage: "Run the init containers for the pod. Defaults to true.(This flag only works when used with '--copy-to')",
    },
    {
      name: 'set-image',
      type: 'stringToString',
      usage:
        "When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.",
    },
    {
      name: 'image-pull-policy',
      type: 'string',
      usage:
        'The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.',
    },
    {
      name: 'stdin',
      shorthand: 'i',
      type: 'bool',
      usage: 'Keep stdin open on the container(s) in the pod, even if nothing is attached.',
    },
    { name: 'quiet', shorthand: 'q', type: 'bool', usage: 'If true, suppress informational messages.' },
    {
      name: 'same-node',
      type: 'bool',
      usage: "When used with '--copy-to', schedule the copy of target Pod on the same node.",
    },
    {
      name: 'share-processes',
      type: 'bool',
      default: true,
      usage: "When used with '--copy-to', enable process namespace sharing in the copy.",
    },
    {
      name: 'target',
      type: 'string',
      usage: 'When using an ephemeral container, target processes in this container name.',
    },
    { name: 'tty', shorthand: 't', type: 'bool', usage: 'Allocate a TTY for the debugging container.' },
    {
      name: 'profile',
      type: 'string',
      default: 'general',
      usage: 'Options are "general", "baseline", "restricted", "netadmin" or "sysadmin". Defaults to "general"',
    },
    {
      name: 'custom',
      type: 'string',
      usage: 'Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.',
    },
  ],
  async run(invocation) {
    const { runDebug } = await import('./run-debug');
    await runDebug(invocation);
  },
};

export default command;

function keepFlag(what: string, usage: string) {
  const whole = `If true, ${usage}(This flag only works when used with '--copy-to')`;
  return { name: `keep-${what}`, type: 'bool', usage: whole } as const;
}
