/** Makes a volume for a claim (sig-storage-lib-external-provisioner `controller/controller.go` syncClaim, provisionClaimOperation). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import type { Context, Result } from '../../controller';
import { classOf, SELECTED_NODE, storageClassNamed } from '../../scheduler/plugins/volume-claims';
import { CLAIMS, VOLUMES } from '../persistentvolume-binder/bind';
import { isDelayed } from '../persistentvolume-binder/match';
import { provisionerOf } from '../persistentvolume-binder/provisioner-names';
import { PROVISIONER } from '../persistentvolume-binder/sync-claim';
import { isAtWork } from './drivers';
import { newVolume, volumeNameFor } from './new-volume';
import { durationParameter, sizeFailure } from './parameters';

const DEFAULT_TIME = 1000;
/** external-provisioner --retry-interval-start, --retry-interval-max */
const FIRST_RETRY = 1000;
const LAST_RETRY = 300_000;

export async function provision(claim: KubeObject, context: Context): Promise<Result | undefined> {
  const { cache, client, clock } = context;
  const storageClass = storageClassNamed(cache, classOf(claim));
  const provisioner = claim.metadata.annotations?.[PROVISIONER];
  if (!storageClass || !provisioner || provisionerOf(storageClass) !== provisioner) return undefined;
  if (!isAtWork(provisioner, storageClass, cache)) return undefined;
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  if (isDelayed(claim, cache) && !selected) return undefined;
  if (cache.get('persistentvolumes', '', volumeNameFor(claim))) return undefined;
  const node = selected ? cache.get('nodes', '', selected) : undefined;
  if (selected && !node) {
    await forgetNode(claim, context);
    return undefined;
  }
  const said = saidAbout(claim, provisioner, context);
  const complaint = complaintOf(claim, storageClass);
  if (complaint !== undefined) return fail(claim, storageClass, provisioner, complaint, said, context);
  const started = said.find((event) => event['reason'] === 'Provisioning');
  if (!started) sayStarted(claim, provisioner, context);
  const begun = parseTime(started?.['firstTimestamp'] ?? '') ?? clock.now();
  const left = begun + durationParameter(storageClass, 'provision-time', DEFAULT_TIME) - clock.now();
  if (left > 0) return { requeueAfter: left };
  const volume = newVolume(claim, storageClass, provisioner, node);
  try {
    await client.create(VOLUMES, '', volume);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
  const message = `Successfully provisioned volume ${volume.metadata.name}`;
  context.events.event(claim, 'Normal', 'ProvisioningSucceeded', message, { component: sourceOf(provisioner) });
  return undefined;
}

/** What this provisioner said about the claim. */
function saidAbout(claim: KubeObject, provisioner: string, { cache }: Context): KubeObject[] {
  const component = sourceOf(provisioner);
  return cache
    .index('events', 'about', claim.metadata.uid ?? '')
    .filter((event) => event['source']?.component === component);
}

/** Its events name the process that speaks: `<driver>_<pod>_<id>`. */
export function sourceOf(provisioner: string): string {
  return `${provisioner}_kubetick`;
}

function sayStarted(claim: KubeObject, provisioner: string, { events }: Context): void {
  const { namespace, name } = claim.metadata;
  const message = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
  events.event(claim, 'Normal', 'Provisioning', message, { component: sourceOf(provisioner) });
}

function complaintOf(claim: KubeObject, storageClass: KubeObject): string | undefined {
  if (claim['spec'].selector) return 'claim Selector is not supported';
  const { storage = '0' } = claim['spec'].resources?.requests ?? {};
  return sizeFailure(storageClass, 'provision-failure', storage)?.text;
}

/** It tries, fails, and tries again, later and later. A settle does not wait for that. */
function fail(
  claim: KubeObject,
  storageClass: KubeObject,
  provisioner: string,
  complaint: string,
  said: readonly KubeObject[],
  { events, clock }: Context,
): Result {
  const failures = said.filter((event) => event['reason'] === 'ProvisioningFailed');
  const count = failures.reduce((sum, event) => sum + ((event['count'] as number | undefined) ?? 1), 0);
  const last = Math.max(0, ...failures.map((event) => parseTime(event['lastTimestamp'] ?? '') ?? 0));
  const due = last + (count === 0 ? 0 : Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (count - 1)));
  if (due > clock.now()) return { requeueAfter: due - clock.now(), periodic: true };
  const component = sourceOf(provisioner);
  const { namespace, name } = claim.metadata;
  const started = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
  events.event(claim, 'Normal', 'Provisioning', started, { component });
  const message = `failed to provision volume with StorageClass ${JSON.stringify(storageClass.metadata.name)}: ${complaint}`;
  events.event(claim, 'Warning', 'ProvisioningFailed', message, { component });
  return { requeueAfter: Math.min(LAST_RETRY, FIRST_RETRY * 2 ** count), periodic: true };
}

/** The node that was chosen is gone: the scheduler is to choose again. */
async function forgetNode(claim: KubeObject, { client }: Context): Promise<void> {
  const { namespace = '', name = '' } = claim.metadata;
  const patch = { metadata: { annotations: { [SELECTED_NODE]: null } } };
  await client.patch(CLAIMS, namespace, name, 'merge', patch);
}
