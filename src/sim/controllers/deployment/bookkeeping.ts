/**
 * What the deployment controller notes down so fast that nobody ever sees a Deployment without it: which revision its
 * template is, and the Deployment's annotations on the ReplicaSet of that template (`kubernetes.io/change-cause` among them).
 * Between two commands of a user a real controller has long done it, so it takes no simulated time; everything else waits for
 * a tick.
 */
import { selectorOf } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Client, ResourcePath } from '../../../client/client';
import { maxRevision, newReplicaSetAnnotations, REVISION, splitByTemplate } from './replica-sets';

const DEPLOYMENTS: ResourcePath = { group: 'apps', version: 'v1', resource: 'deployments' };
const REPLICA_SETS: ResourcePath = { group: 'apps', version: 'v1', resource: 'replicasets' };

/** Notes the revision of a Deployment that was just written. A conflict leaves it to the controller's next turn. */
export async function noteRevision(deployment: KubeObject, client: Client): Promise<void> {
  if (deployment.metadata.deletionTimestamp !== undefined) return;
  const { namespace = '', uid, annotations = {} } = deployment.metadata;
  const labelSelector = selectorOf(deployment['spec'].selector).toString();
  const { items } = await client.list(REPLICA_SETS, namespace, { labelSelector });
  const { newest, old } = splitByTemplate(
    deployment,
    items.filter((item) => controllerOf(item)?.uid === uid),
  );
  try {
    const revision = newest ? await copyAnnotations(deployment, newest, old, client) : String(maxRevision(old) + 1);
    if (revision === undefined || annotations[REVISION] === revision) return;
    await client.updateStatus(DEPLOYMENTS, {
      ...deployment,
      metadata: { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } },
    });
  } catch (error) {
    if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
  }
}

/** The revision that the ReplicaSet bears afterwards. */
async function copyAnnotations(
  deployment: KubeObject,
  newest: KubeObject,
  old: readonly KubeObject[],
  client: Client,
): Promise<string | undefined> {
  const present = newest.metadata.annotations ?? {};
  const wanted = newReplicaSetAnnotations(deployment, present, maxRevision(old) + 1);
  if (wanted !== present)
    await client.update(REPLICA_SETS, { ...newest, metadata: { ...newest.metadata, annotations: { ...wanted } } });
  return wanted[REVISION];
}
