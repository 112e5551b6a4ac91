/** `set resources` (kubectl pkg/cmd/set/set_resources.go). */
import { type Command, CommandError, type Invocation } from '../command';
import { throwCollected } from '../errors';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, recordFlag, selectorFlag } from '../flag-sets';
import { parseResourceList } from '../resource-lists';
import { typedObjects } from '../typed-objects';
import { allFlag, getFromServer, localFlag } from './flags';
import {
  findToSet,
  outputOf,
  patchEach,
  refuseLocalOnServer,
  refuseLocalResources,
  searchFlags,
  typedInfos,
} from './patch-each';
import { podSpecOf, selectContainers } from './pod-spec';

const requirementsUsage =
  "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.";

const command: Command = {
  use: 'resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  short: 'Update resource requests/limits on objects with pod templates',
  long: `Say how much of a resource (CPU, memory) containers may use at most, and how much is kept for them.

A container that has a limit and no request is taken to request as much as its limit.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: `# Limits of one container
kubectl set resources deployment web -c=nginx --limits=cpu=200m,memory=512Mi

# Limits and requests of all of them
kubectl set resources deployment web --limits=cpu=200m,memory=512Mi --requests=cpu=100m,memory=256Mi

# None
kubectl set resources deployment web --limits=cpu=0,memory=0 --requests=cpu=0,memory=0

# What a file would be with them, without asking the server
kubectl set resources -f web.yaml --limits=cpu=200m,memory=512Mi --local -o yaml`,
  flags: [
    ...printFlags(),
    recordFlag,
    ...filenameFlags(getFromServer),
    allFlag,
    selectorFlag,
    {
      name: 'containers',
      shorthand: 'c',
      type: 'string',
      default: '*',
      usage:
        'The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards',
    },
    localFlag('resources'),
    dryRunFlag,
    { name: 'limits', type: 'string', usage: requirementsUsage },
    { name: 'requests', type: 'string', usage: requirementsUsage },
    fieldManagerFlag('kubectl-set'),
  ],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const output = await outputOf(invocation, 'resource requirements updated');
  refuseLocalResources(invocation, args);
  const types = await typedObjects();
  const infos = await typedInfos(await findToSet(invocation, args, searchFlags(invocation)), types);
  refuseLocalOnServer(invocation, output.dryRun);
  if (flags.bool('all') && flags.string('selector')) {
    throw new CommandError('cannot set --all and --selector at the same time');
  }
  if (!flags.string('limits') && !flags.string('requests')) {
    throw new CommandError('you must specify an update to requests or limits (in the form of --requests/--limits)');
  }
  const limits = await parseResourceList(flags.string('limits'));
  const requests = await parseResourceList(flags.string('requests'));
  const pattern = flags.string('containers');
  const missing: unknown[] = [];
  const errors = await patchEach(
    invocation,
    infos,
    types,
    output,
    (object) => {
      const containers = selectContainers(podSpecOf(object), pattern);
      if (containers.length === 0) missing.push(new CommandError(`error: unable to find container named ${pattern}`));
      for (const container of containers) {
        container.resources ??= {};
        const { resources } = container;
        if (flags.string('limits')) resources.limits = { ...resources.limits, ...limits };
        if (flags.string('requests')) resources.requests = { ...resources.requests, ...requests };
      }
      return containers.length > 0;
    },
    { failure: 'failed to patch resources update to pod template ', record: true },
  );
  throwCollected([...missing, ...errors]);
}
