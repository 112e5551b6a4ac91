/** One look at one Deployment: what it does to its ReplicaSets, and the status it writes (kubernetes `pkg/controller/deployment/{sync,rolling,recreate}.go`). */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { ResourcePath } from '../../../client/client';
import type { Context, Result } from '../../controller';
import { controllerReference } from '../claim';
import { templateHash } from '../template-hash';
import {
  active,
  activeOrLatest,
  byAge,
  fenceposts,
  isSaturated,
  lastingAvailable,
  maxRevision,
  maxUnavailable,
  newReplicaSetAnnotations,
  newReplicaSetSize,
  proportion,
  REVISION,
  replicaSetName,
  replicasAnnotations,
  replicasOf,
  revisionOf,
  sameTemplate,
  splitByTemplate,
  TEMPLATE_HASH,
  wantedReplicas,
} from './replica-sets';
import {
  calculateStatus,
  conditionOf,
  conditionsOf,
  type DeploymentCondition,
  hasProgressDeadline,
  isComplete,
  newCondition,
  progressCheck,
  rolloutStatus,
  withCondition,
} from './status';

const DEPLOYMENTS: ResourcePath = { group: 'apps', version: 'v1', resource: 'deployments' };
const REPLICA_SETS: ResourcePath = { group: 'apps', version: 'v1', resource: 'replicasets' };

/** No limit of history (HasRevisionHistoryLimit). */
const KEEP_ALL = 2147483647;

export class Rollout {
  newest: KubeObject | undefined;
  old: KubeObject[];

  constructor(
    public deployment: KubeObject,
    replicaSets: readonly KubeObject[],
    private readonly context: Context,
  ) {
    const { newest, old } = splitByTemplate(deployment, replicaSets);
    this.newest = newest;
    this.old = old;
  }

  get all(): KubeObject[] {
    return this.newest ? [...this.old, this.newest] : this.old;
  }

  private get now(): number {
    return this.context.clock.now();
  }

  private get namespace(): string {
    return this.deployment.metadata.namespace ?? '';
  }

  /** Tells in the Progressing condition that it was paused or resumed, so that no deadline runs meanwhile (checkPausedConditions). */
  async markPause(): Promise<void> {
    if (!hasProgressDeadline(this.deployment)) return;
    const current = conditionOf(this.deployment, 'Progressing');
    if (current?.reason === 'ProgressDeadlineExceeded') return;
    const marked = current?.reason === 'DeploymentPaused';
    const paused = this.deployment['spec'].paused === true;
    if (paused === marked) return;
    await this.setProgressing(
      paused
        ? newCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', this.now)
        : newCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', this.now),
    );
  }

  /** Finds the ReplicaSet of the present template and gives it its revision; makes it if asked (getAllReplicaSetsAndSyncRevision). */
  async findNew(create: boolean): Promise<void> {
    const revision = maxRevision(this.old) + 1;
    if (this.newest) await this.syncNew(this.newest, revision);
    else if (create) await this.createNew(revision);
  }

  private async syncNew(newest: KubeObject, revision: number): Promise<void> {
    const { deployment } = this;
    const present = newest.metadata.annotations ?? {};
    const annotations = newReplicaSetAnnotations(deployment, present, revision);
    const minReadySeconds = deployment['spec'].minReadySeconds ?? 0;
    if (annotations !== present || (newest['spec'].minReadySeconds ?? 0) !== minReadySeconds) {
      const { minReadySeconds: _, ...spec } = newest['spec'];
      this.newest = await this.context.client.update(REPLICA_SETS, {
        ...newest,
        metadata: { ...newest.metadata, annotations: { ...annotations } },
        spec: minReadySeconds ? { ...spec, minReadySeconds } : spec,
      });
      return;
    }
    const found =
      hasProgressDeadline(deployment) && !conditionOf(deployment, 'Progressing')
        ? newCondition(
            'Progressing',
            'True',
            'FoundNewReplicaSet',
            `Found new replica set "${newest.metadata.name}"`,
            this.now,
          )
        : undefined;
    await this.setRevision(present[REVISION] ?? '', found);
  }

  private async createNew(revision: number): Promise<void> {
    const { deployment, context, namespace } = this;
    const template = deployment['spec'].template;
    const hash = templateHash(template, deployment['status']?.collisionCount);
    const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
    const { selector, minReadySeconds } = deployment['spec'];
    const wanted: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: replicaSetName(deployment.metadata.name ?? '', hash),
        namespace,
        labels,
        annotations: { ...newReplicaSetAnnotations(deployment, {}, revision), ...replicasAnnotations(deployment) },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: newReplicaSetSize(deployment, this.old, 0),
        ...(minReadySeconds ? { minReadySeconds } : {}),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    let created: KubeObject;
    let found = false;
    try {
      created = await context.client.create(REPLICA_SETS, namespace, wanted);
    } catch (error) {
      const existing = await this.existing(wanted, error);
      if (!existing) throw error;
      created = existing;
      found = true;
    }
    this.newest = created;
    const size = replicasOf(wanted);
    if (!found && size > 0)
      this.event('Normal', 'ScalingReplicaSet', `Scaled up replica set ${created.metadata.name} from 0 to ${size}`);
    const made =
      !found && hasProgressDeadline(deployment)
        ? newCondition(
            'Progressing',
            'True',
            'NewReplicaSetCreated',
            `Created new replica set "${created.metadata.name}"`,
            this.now,
          )
        : undefined;
    await this.setRevision(String(revision), made);
  }

  /** The ReplicaSet of this name, if it is this Deployment's with this template; otherwise the failure is written down. */
  private async existing(wanted: KubeObject, error: unknown): Promise<KubeObject | undefined> {
    const { deployment, context, namespace } = this;
    if (isReason(error, 'AlreadyExists')) {
      const there = await context.client.get(REPLICA_SETS, namespace, wanted.metadata.name ?? '');
      const owner = there.metadata.ownerReferences?.find((one) => one.controller);
      if (owner?.uid === deployment.metadata.uid && sameTemplate(there['spec'].template, deployment['spec'].template))
        return there;
      // Another template with the same hash: count the collision, so that the next try hashes differently.
      const collisionCount = (deployment['status']?.collisionCount ?? 0) + 1;
      await this.writeStatus({ ...deployment['status'], collisionCount });
      return undefined;
    }
    const terminating =
      isReason(error, 'Forbidden') &&
      error.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating');
    if (terminating) return undefined;
    const why = error instanceof Error ? error.message : String(error);
    const message = `Failed to create new replica set "${wanted.metadata.name}": ${why}`;
    if (hasProgressDeadline(deployment))
      await this.setProgressing(newCondition('Progressing', 'False', 'ReplicaSetCreateError', message, this.now));
    this.event('Warning', 'ReplicaSetCreateError', message);
    return undefined;
  }

  /** Writes the revision to the Deployment, and a Progressing condition, where they are not there yet. */
  private async setRevision(revision: string, progressing?: DeploymentCondition): Promise<void> {
    const { deployment } = this;
    const changed = revision !== '' && deployment.metadata.annotations?.[REVISION] !== revision;
    if (!changed && !progressing) return;
    // Upstream writes both through the status subresource, which takes annotations along.
    const conditions = progressing ? withCondition(conditionsOf(deployment), progressing) : conditionsOf(deployment);
    this.deployment = await this.context.client.updateStatus(DEPLOYMENTS, {
      ...deployment,
      metadata: {
        ...deployment.metadata,
        annotations: { ...deployment.metadata.annotations, ...(changed ? { [REVISION]: revision } : {}) },
      },
      status: { ...deployment['status'], ...(conditions.length > 0 ? { conditions } : {}) },
    });
  }

  /** Follows a change of spec.replicas: one ReplicaSet takes it all, several share it in proportion (scale). */
  async resize(): Promise<void> {
    const { deployment } = this;
    const single = activeOrLatest(this.newest, this.old);
    if (single) {
      await this.scale(single, replicasOf(deployment));
      return;
    }
    if (isSaturated(deployment, this.newest)) {
      for (const replicaSet of active(this.old)) await this.scale(replicaSet, 0);
      return;
    }
    if (deployment['spec'].strategy?.type === 'RollingUpdate') await this.resizeInProportion(active(this.all));
  }

  private async resizeInProportion(replicaSets: KubeObject[]): Promise<void> {
    const { deployment } = this;
    const replicas = replicasOf(deployment);
    const allowed = replicas > 0 ? replicas + fenceposts(deployment).surge : 0;
    const toAdd = allowed - wantedReplicas(replicaSets);
    // Larger ones first; of equal size newer ones first when growing, older ones first when shrinking.
    const order = toAdd > 0 ? -1 : 1;
    const ordered = [...replicaSets].sort((a, b) => replicasOf(b) - replicasOf(a) || order * byAge(a, b));
    let added = 0;
    const sizes = new Map<KubeObject, number>();
    for (const replicaSet of ordered) {
      const share = toAdd === 0 ? 0 : proportion(replicaSet, deployment, toAdd, added);
      sizes.set(replicaSet, replicasOf(replicaSet) + share);
      added += share;
    }
    for (const [i, replicaSet] of ordered.entries()) {
      let size = sizes.get(replicaSet) ?? 0;
      // What rounding left over goes to the largest.
      if (i === 0 && toAdd !== 0) size = Math.max(0, size + toAdd - added);
      await this.scale(replicaSet, size, true);
    }
  }

  /** Grows the new ReplicaSet as far as maxSurge allows, or shrinks it to what is wanted (reconcileNewReplicaSet). */
  growNew(): Promise<boolean> {
    const { deployment, newest } = this;
    if (!newest) return Promise.resolve(false);
    const replicas = replicasOf(deployment);
    const size = replicasOf(newest);
    if (size === replicas) return Promise.resolve(false);
    return this.scale(newest, size > replicas ? replicas : newReplicaSetSize(deployment, this.all, size));
  }

  growNewToFull(): Promise<boolean> {
    return this.newest ? this.scale(this.newest, replicasOf(this.deployment)) : Promise.resolve(false);
  }

  /** Shrinks old ReplicaSets as far as maxUnavailable allows, unhealthy replicas first (reconcileOldReplicaSets). */
  async shrinkOld(): Promise<boolean> {
    const { deployment, newest } = this;
    if (!newest || wantedReplicas(this.old) === 0) return false;
    const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
    const newUnavailable = replicasOf(newest) - lastingAvailable(newest);
    const most = wantedReplicas(this.all) - minAvailable - newUnavailable;
    if (most <= 0) return false;
    const cleaned = await this.shrinkUnhealthy(most);
    const excess = this.all.reduce((sum, one) => sum + lastingAvailable(one), -minAvailable);
    const shrunk = await this.shrinkInOrder(excess, (replicaSet) => replicasOf(replicaSet));
    return cleaned + shrunk > 0;
  }

  /** Old replicas that are not available give way first: that costs no availability (cleanupUnhealthyReplicas). */
  private shrinkUnhealthy(most: number): Promise<number> {
    return this.shrinkInOrder(most, (replicaSet) => replicasOf(replicaSet) - lastingAvailable(replicaSet));
  }

  /** Takes at most `most` replicas from the old ReplicaSets, oldest first, from each at most what `from` says. */
  private async shrinkInOrder(most: number, from: (replicaSet: KubeObject) => number): Promise<number> {
    let taken = 0;
    for (const replicaSet of [...this.old].sort(byAge)) {
      if (taken >= most) break;
      const size = replicasOf(replicaSet);
      const count = Math.min(most - taken, from(replicaSet));
      if (size === 0 || count <= 0) continue;
      await this.scale(replicaSet, size - count);
      taken += count;
    }
    return taken;
  }

  async stopOld(): Promise<boolean> {
    let stopped = false;
    for (const replicaSet of active(this.old)) stopped = (await this.scale(replicaSet, 0)) || stopped;
    return stopped;
  }

  /** Sets a ReplicaSet's size and its annotations; says whether the size changed (scaleReplicaSet). */
  private async scale(replicaSet: KubeObject, size: number, force = false): Promise<boolean> {
    const before = replicasOf(replicaSet);
    if (before === size && !force) return false;
    const annotations = { ...replicaSet.metadata.annotations, ...replicasAnnotations(this.deployment) };
    if (before === size && deepEqual(annotations, replicaSet.metadata.annotations ?? {})) return false;
    const updated = await this.context.client.update(REPLICA_SETS, {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...replicaSet['spec'], replicas: size },
    });
    if (replicaSet === this.newest) this.newest = updated;
    else this.old = this.old.map((one) => (one === replicaSet ? updated : one));
    if (before === size) return false;
    const direction = before < size ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${size}`;
    this.event('Normal', 'ScalingReplicaSet', message);
    return true;
  }

  async cleanUpIfComplete(): Promise<void> {
    if (isComplete(this.deployment, this.deployment['status'] ?? {})) await this.cleanUp();
  }

  /** Deletes the oldest empty ReplicaSets beyond revisionHistoryLimit (cleanupDeployment). */
  async cleanUp(): Promise<void> {
    const limit = this.deployment['spec'].revisionHistoryLimit;
    if (limit === undefined || limit === KEEP_ALL) return;
    const alive = this.old.filter((replicaSet) => replicaSet.metadata.deletionTimestamp === undefined);
    const excess = alive.length - limit;
    if (excess <= 0) return;
    alive.sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b));
    for (const replicaSet of alive.slice(0, excess)) {
      const { metadata, status } = replicaSet;
      const empty = (status?.replicas ?? 0) === 0 && replicasOf(replicaSet) === 0;
      if (!empty || (metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) continue;
      try {
        await this.context.client.delete(REPLICA_SETS, this.namespace, metadata.name ?? '');
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
  }

  /** The status outside of a rollout: paused, resized or on its way out (syncDeploymentStatus). */
  async writeSteadyStatus(): Promise<undefined> {
    await this.writeStatus(calculateStatus(this.deployment, this.all, this.newest, this.now));
  }

  /** The status of a rollout, and when to look whether it got stuck. */
  async writeProgress(): Promise<Result | undefined> {
    const status = rolloutStatus(this.deployment, this.all, this.newest, this.now);
    await this.writeStatus(status);
    const after = progressCheck(this.deployment, status, this.now);
    return after === undefined ? undefined : { requeueAfter: after };
  }

  private async setProgressing(condition: DeploymentCondition): Promise<void> {
    const conditions = withCondition(conditionsOf(this.deployment), condition);
    await this.writeStatus({ ...this.deployment['status'], conditions });
  }

  private async writeStatus(status: JsonObject): Promise<void> {
    if (deepEqual(this.deployment['status'] ?? {}, status)) return;
    this.deployment = await this.context.client.updateStatus(DEPLOYMENTS, { ...this.deployment, status });
  }

  private event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.context.events.event(this.deployment, type, reason, message);
  }
}
