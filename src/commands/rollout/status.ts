/** `rollout status` (kubectl pkg/cmd/rollout/rollout_status.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { resourcePath } from '../../client/client';
import { type Info, whereOf } from '../builder/info';
import { type Command, CommandError, type Invocation } from '../command';
import { findRollouts, targetFlags } from './find';
import { rolloutState } from './rollout-state';

const command: Command = {
  use: 'status (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Show the status of the rollout',
  completion: { offer: 'types-and-names', types: ['deployment', 'daemonset', 'statefulset'], once: true },
  long: `Show how a rollout goes, and wait until it is done, unless --watch=false.

In a cluster in a folder, waiting lets simulated time pass. The latest rollout is followed; with --revision, the command ends
when another one begins.`,
  examples: `# Follow a rollout to its end
kubectl rollout status deployment/web`,
  flags: [
    ...targetFlags,
    {
      name: 'revision',
      type: 'int',
      default: 0,
      usage: 'Pin to a specific revision for showing its status. Defaults to 0 (last revision).',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage:
        'The length of time to wait before ending watch, zero means never. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).',
    },
    {
      name: 'watch',
      shorthand: 'w',
      type: 'bool',
      default: true,
      usage: "Watch the status of the rollout until it's done.",
    },
  ],
  async run(invocation) {
    const revision = invocation.flags.int('revision');
    if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`);
    const result = await findRollouts(invocation);
    let found = false;
    await result.visit(async (info) => {
      found = true;
      await follow(invocation, info, revision);
    });
    if (!found) {
      const { namespace } = await invocation.namespace();
      invocation.streams.err(`No resources found in ${namespace} namespace.\n`);
    }
  },
};

export default command;

/** Nobody waits for longer than this when nothing says how long to wait. */
const FOREVER = 365 * 24 * 3_600_000;

/** Tells the state each time the object changes, until it is done. */
async function follow(invocation: Invocation, info: Info, revision: number): Promise<void> {
  const { flags, streams } = invocation;
  const timeout = flags.duration('timeout') || FOREVER;
  let deadline: number | undefined;
  let version: string | undefined;
  for (;;) {
    const object = await get(info);
    if (object.metadata.resourceVersion !== version) {
      version = object.metadata.resourceVersion;
      const { text, done } = rolloutState(object, revision);
      streams.out(`${text}\n`);
      if (done || !flags.bool('watch')) return;
    }
    const time = await invocation.time();
    deadline ??= time.now() + timeout;
    const left = deadline - time.now();
    if (left <= 0 || !(await time.pass(left))) throw new CommandError('timed out waiting for the condition');
  }
}

async function get(info: Info): Promise<KubeObject> {
  const { client, mapping, namespace, name } = info.reachable();
  try {
    return await client.request<KubeObject>({ method: 'GET', path: resourcePath(whereOf(mapping), namespace, name) });
  } catch (error) {
    if (isReason(error, 'NotFound')) throw new CommandError('object has been deleted');
    throw error;
  }
}
