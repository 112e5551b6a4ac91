/**
 * What becomes of the pods of ProvisioningRequests, class by class (autoscaler `provisioningrequest/orchestrator`, `checkcapacity`,
 * `besteffortatomic`).
 */
import type { PodInfo } from '../scheduler/pod-info';
import { placeAll } from './pods-to-help';
import { BEST_EFFORT_ATOMIC, type ProvisioningRequest, type Requests, requestOf } from './provisioning-requests';
import { type ScaleUpOutcome, type ScaleUpResult, type ScaleUpWorld, scaleUp } from './scale-up';

const LATER = 'Capacity is not found, CA will try to find it later.';
const FOUND = 'Capacity is found in the cluster';

export function isRequested({ pod }: PodInfo): boolean {
  return requestOf(pod) !== undefined;
}

/**
 * Pods of requests, or others: where there are both, one kind a look, in turn (WrapperOrchestrator). `left`: the others are still to
 * be helped.
 */
export function scaleUpByTurns(
  pods: readonly PodInfo[],
  requests: Requests,
  world: ScaleUpWorld,
  others: (pods: readonly PodInfo[]) => ScaleUpOutcome,
): { outcome: ScaleUpOutcome; left: boolean } {
  const requested = pods.filter(isRequested);
  const regular = pods.filter((pod) => !isRequested(pod));
  const isTheirTurn = requested.length > 0 && (regular.length === 0 || world.state.provisioningTurn === true);
  if (isTheirTurn) delete world.state.provisioningTurn;
  else world.state.provisioningTurn = true;
  const outcome = isTheirTurn ? provision(requested, requests, world) : others(regular);
  return { outcome, left: requested.length > 0 && regular.length > 0 };
}

/** They are all of one request; but where requests are checked in batches, the batch is asked for first. */
function provision(pods: readonly PodInfo[], requests: Requests, world: ScaleUpWorld): ScaleUpOutcome {
  const { snapshot, options, state, now } = world;
  const mark = snapshot.fork();
  try {
    const request = requests.find(pods[0] as PodInfo);
    const most = options.number('check-capacity-provisioning-request-max-batch-size');
    const inBatch = options.is('check-capacity-batch-processing') && most > 1;
    const checked = inBatch ? requests.batch() : request && requests.isCheck(request) ? [{ request, pods }] : [];
    if (checked.length > 0) {
      if (inBatch) state.lastProvisioning = now;
      const found = checked.map((one) => checkCapacity(one.request, one.pods, requests, world));
      return outcome(found.includes(true) ? 'ScaleUpSuccessful' : 'ScaleUpNoOptionsAvailable');
    }
    if (request?.spec.provisioningClassName !== BEST_EFFORT_ATOMIC) return outcome('ScaleUpNotTried');
    return bestEffort(request, pods, requests, world);
  } finally {
    snapshot.revert(mark);
  }
}

function outcome(result: ScaleUpResult): ScaleUpOutcome {
  return { result, resizes: [], triggered: [], unhelped: [] };
}

/** Is there room for all of its pods, as the cluster is? What is found is taken, as far as others of the batch see. */
function checkCapacity(
  request: ProvisioningRequest,
  pods: readonly PodInfo[],
  requests: Requests,
  { snapshot }: ScaleUpWorld,
): boolean {
  requests.accept(request);
  const mark = snapshot.fork();
  const found = placeAll(pods, snapshot, () => true, true).size === pods.length;
  if (found) requests.set(request, 'Provisioned', true, 'CapacityIsFound', FOUND);
  else {
    snapshot.revert(mark);
    if (request.spec.parameters?.['noRetry'] === 'true')
      requests.set(request, 'Failed', true, 'CapacityIsNotFound', 'CA could not find requested capacity');
    else requests.set(request, 'Provisioned', false, 'CapacityIsNotFound', LATER);
  }
  return found;
}

/** Nodes for all of its pods that have no room, or none. They are promised as soon as they are asked for. */
function bestEffort(
  request: ProvisioningRequest,
  pods: readonly PodInfo[],
  requests: Requests,
  world: ScaleUpWorld,
): ScaleUpOutcome {
  const placed = placeAll(pods, world.snapshot, () => true, false);
  const homeless = pods.filter((pod) => !placed.has(pod));
  if (homeless.length === 0) {
    requests.set(request, 'Provisioned', true, 'CapacityIsFound', FOUND);
    return outcome('ScaleUpNotNeeded');
  }
  const told = scaleUp(homeless, world, true);
  if (told.result === 'ScaleUpSuccessful') requests.set(request, 'Provisioned', true, 'CapacityIsProvisioned', FOUND);
  else requests.set(request, 'Provisioned', false, 'CapacityIsNotFound', LATER);
  return told;
}
