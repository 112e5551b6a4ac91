/** Makes, mends and deletes the pods of a StatefulSet and their claims (kubernetes `pkg/controller/statefulset/stateful_pod_control.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { ResourcePath } from '../../../client/client';
import type { Context } from '../../controller';
import { messageOf, PODS } from '../pod-control';
import {
  claimNameOf,
  claimsOf,
  claimTemplatesOf,
  hasStaleOwner,
  hasUnexpectedController,
  ownersAreRight,
  retentionPolicyOf,
  storageMatches,
  withRightOwners,
  withStorage,
} from './claims';
import { identityMatches, ordinalOf, withIdentity } from './identity';

const CLAIMS: ResourcePath = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };

export class StatefulPodControl {
  constructor(
    private readonly set: KubeObject,
    private readonly context: Context,
  ) {}

  /** The claims first, then the pod (CreateStatefulPod). Gives back the pod as it was made. */
  async create(pod: KubeObject): Promise<KubeObject> {
    const { set, context } = this;
    try {
      await this.createClaims(pod);
    } catch (error) {
      this.sayOfPod('create', pod, error);
      throw error;
    }
    let created: KubeObject;
    try {
      created = await context.client.create(PODS, set.metadata.namespace ?? '', pod);
    } catch (error) {
      // One of that name is there: it will be seen.
      if (!isReason(error, 'AlreadyExists')) this.sayOfPod('create', pod, error);
      throw error;
    }
    await this.updateClaimOwners(created);
    this.sayOfPod('create', pod);
    return created;
  }

  /** Puts identity, storage and the claims' owners right where they are not (UpdateStatefulPod). `set` describes what is right. */
  async update(set: KubeObject, pod: KubeObject): Promise<void> {
    let mended = identityMatches(set, pod) ? pod : withIdentity(pod);
    try {
      if (!storageMatches(set, pod)) {
        mended = withStorage(set, mended);
        await this.createClaims(pod);
      }
      if (!this.claimOwnersAreRight(pod)) {
        await this.updateClaimOwners(pod);
        if (mended === pod) mended = { ...pod };
      }
    } catch (error) {
      this.sayOfPod('update', pod, error);
      throw error;
    }
    if (mended === pod) return;
    try {
      await this.context.client.update(PODS, mended);
      this.sayOfPod('update', pod);
    } catch (error) {
      // Somebody was faster; the pod as it is then is looked at again.
      if (!isReason(error, 'Conflict')) this.sayOfPod('update', pod, error);
      throw error;
    }
  }

  async delete(pod: KubeObject): Promise<void> {
    const { namespace = '', name = '' } = pod.metadata;
    try {
      await this.context.client.delete(PODS, namespace, name);
      this.sayOfPod('delete', pod);
    } catch (error) {
      this.sayOfPod('delete', pod, error);
      throw error;
    }
  }

  /** Is a claim of the pod still that of an earlier pod, and about to go with it (PodClaimIsStale)? */
  hasStaleClaim(pod: KubeObject): boolean {
    if (retentionPolicyOf(this.set).whenScaled === 'Retain') return false;
    return this.presentClaims(pod).some((claim) => hasStaleOwner(claim, pod));
  }

  /** ClaimsMatchRetentionPolicy */
  claimOwnersAreRight(pod: KubeObject): boolean {
    return this.presentClaims(pod).every((claim) => ownersAreRight(claim, this.set, pod));
  }

  /** UpdatePodClaimForRetentionPolicy */
  async updateClaimOwners(pod: KubeObject): Promise<void> {
    const { set, context } = this;
    for (const claim of this.presentClaims(pod)) {
      const { name = '' } = claim.metadata;
      if (hasUnexpectedController(claim, set, pod)) {
        const message = `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
        context.events.event(set, 'Warning', 'ConflictingController', message);
      }
      if (!ownersAreRight(claim, set, pod)) await context.client.update(CLAIMS, withRightOwners(claim, set, pod));
    }
  }

  /** Makes what is missing of a pod's claims, and has them owned as they should be (createMissingPersistentVolumeClaims). */
  async createMissingClaims(pod: KubeObject): Promise<void> {
    await this.createClaims(pod);
    try {
      await this.updateClaimOwners(pod);
    } catch (error) {
      this.sayOfPod('update', pod, error);
      throw error;
    }
  }

  /** The claims of a pod that are in the cluster. */
  private presentClaims(pod: KubeObject): KubeObject[] {
    const { set, context } = this;
    const { namespace = '' } = set.metadata;
    return claimTemplatesOf(set).flatMap((template) => {
      const name = claimNameOf(set, template.metadata.name ?? '', ordinalOf(pod));
      return context.cache.get('persistentvolumeclaims', namespace, name) ?? [];
    });
  }

  /** createPersistentVolumeClaims */
  private async createClaims(pod: KubeObject): Promise<void> {
    const { cache, client } = this.context;
    const complaints: string[] = [];
    for (const claim of claimsOf(this.set, pod)) {
      const { namespace = '', name = '' } = claim.metadata;
      const present = cache.get('persistentvolumeclaims', namespace, name);
      if (present) {
        if (present.metadata.deletionTimestamp !== undefined) complaints.push(`pvc ${name} is being deleted`);
        continue;
      }
      try {
        await client.create(CLAIMS, namespace, claim);
        this.sayOfClaim(pod, claim);
      } catch (error) {
        complaints.push(`failed to create PVC ${name}: ${messageOf(error)}`);
        if (!isReason(error, 'AlreadyExists')) this.sayOfClaim(pod, claim, error);
      }
    }
    if (complaints.length > 0) throw new Error(aggregate(complaints));
  }

  /** recordPodEvent */
  private sayOfPod(verb: 'create' | 'update' | 'delete', pod: KubeObject, error?: unknown): void {
    const about = `${verb} Pod ${pod.metadata.name} in StatefulSet ${this.set.metadata.name}`;
    if (error === undefined) this.say('Normal', `Successful${title(verb)}`, `${about} successful`);
    else this.say('Warning', `Failed${title(verb)}`, `${about} failed error: ${messageOf(error)}`);
  }

  /** recordClaimEvent */
  private sayOfClaim(pod: KubeObject, claim: KubeObject, error?: unknown): void {
    const [claimName, podName, setName] = [claim, pod, this.set].map(({ metadata }) => metadata.name);
    if (error === undefined)
      this.say(
        'Normal',
        'SuccessfulCreate',
        `create Claim ${claimName} Pod ${podName} in StatefulSet ${setName} success`,
      );
    else
      this.say(
        'Warning',
        'FailedCreate',
        `create Claim ${claimName} for Pod ${podName} in StatefulSet ${setName} failed error: ${messageOf(error)}`,
      );
  }

  private say(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.context.events.event(this.set, type, reason, message);
  }
}

function title(verb: string): string {
  return `${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}`;
}

/** Several complaints as one (apimachinery `util/errors` aggregate.Error): the same is told once. */
function aggregate(complaints: readonly string[]): string {
  const distinct = [...new Set(complaints)];
  return distinct.length === 1 ? (distinct[0] as string) : `[${distinct.join(', ')}]`;
}
