/** `set image` (kubectl pkg/cmd/set/set_image.go). */
import { type Command, CommandError, type Invocation } from '../command';
import { throwCollected } from '../errors';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, recordFlag, selectorFlag } from '../flag-sets';
import { parsePairs, splitPairs } from '../key-value-arguments';
import { typedObjects } from '../typed-objects';
import { allFlag, getFromServer, localFlag, TEMPLATED_KINDS } from './flags';
import { findToSet, outputOf, patchEach, refuseLocalResources, searchFlags, typedInfos } from './patch-each';
import { type Container, podSpecOf } from './pod-spec';

const command: Command = {
  use: 'image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  completion: {
    offer: 'types-and-names',
    types: ['daemonsets', 'deployments', 'pods', 'cronjobs', 'replicasets', 'replicationcontrollers', 'statefulsets'],
    once: true,
  },
  long: `Give containers, named before the '=', new images. The name * stands for all of them.

Possible resources include (case insensitive):

  ${TEMPLATED_KINDS}`,
  examples: `# One container of a deployment
kubectl set image deployment/web nginx=nginx:1.27

# Two of them
kubectl set image deployment/web nginx=nginx:1.27 side=busybox

# All containers of a daemon set
kubectl set image daemonset agent *=example/agent:2

# The container of this name in all deployments
kubectl set image deployments nginx=nginx:1.27 --all

# What a file would be with it, without asking the server
kubectl set image -f web.yaml nginx=nginx:1.27 --local -o yaml`,
  flags: [
    ...printFlags(),
    recordFlag,
    ...filenameFlags(getFromServer),
    allFlag,
    localFlag('image'),
    dryRunFlag,
    fieldManagerFlag('kubectl-set'),
    selectorFlag,
  ],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const output = await outputOf(invocation, 'image updated');
  const { resources, pairs } = splitPairs(invocation.args, 'image');
  const { set: images } = parsePairs(pairs, 'image', false);
  refuseLocalResources(invocation, resources);
  const types = await typedObjects();
  const infos = await typedInfos(await findToSet(invocation, resources, searchFlags(invocation)), types);
  throwCollected(complaints(invocation, resources, images, output.dryRun === 'server'));
  const missing: unknown[] = [];
  const errors = await patchEach(
    invocation,
    infos,
    types,
    output,
    (object) => {
      const spec = podSpecOf(object);
      for (const [name, image] of images) {
        const inInit = setImage(spec.initContainers, name, image);
        if (setImage(spec.containers, name, image) || inInit) continue;
        missing.push(new CommandError(`error: unable to find container named ${JSON.stringify(name)}`));
      }
      return true;
    },
    { failure: 'failed to patch image update to pod template: ', record: true },
  );
  throwCollected([...missing, ...errors]);
}

function complaints(
  { flags }: Invocation,
  resources: readonly string[],
  images: ReadonlyMap<string, string>,
  serverDryRun: boolean,
): Error[] {
  const errors: string[] = [];
  if (flags.bool('all') && flags.string('selector')) errors.push('cannot set --all and --selector at the same time');
  if (resources.length === 0 && flags.strings('filename').length === 0 && flags.string('kustomize') === '') {
    errors.push('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  }
  if (images.size === 0) errors.push('at least one image update is required');
  else if (images.size > 1 && images.has('*')) {
    errors.push(
      'all containers are already specified by *, but saw more than one container_name=container_image pairs',
    );
  }
  if (flags.bool('local') && serverDryRun) {
    errors.push('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  }
  return errors.map((message) => new CommandError(message));
}

function setImage(containers: readonly Container[] | undefined | null, name: string, image: string): boolean {
  const found = (containers ?? []).filter((container) => name === '*' || container.name === name);
  for (const container of found) container.image = image;
  return found.length > 0;
}
