/** Gives the volume of a claim the attributes of another class (kubernetes-csi external-resizer `pkg/modifycontroller`). */
import { type Json, type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Context, Result } from '../../controller';
import { volumeNamed } from '../../scheduler/plugins/volume-claims';
import { classOfVolume } from '../attachdetach/attachments';
import { CLAIMS, VOLUMES } from '../persistentvolume-binder/bind';
import { isAtWork } from './drivers';
import { type DriverError, durationParameter, failureParameter, isFinal, nextAttempt } from './parameters';

const DEFAULT_TIME = 1000;
/** How long what can't be is not tried again (slowset: --retry-interval-max). */
const INFEASIBLE_WAIT = 300_000;

const MODIFYING = 'ModifyingVolume';
const ERROR = 'ModifyVolumeError';

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string | null;
}

/** What was done about it: a claim that was written is looked at again when that is seen. */
export interface Modified {
  wrote: boolean;
  result?: Result;
}

const NOTHING: Modified = { wrote: false };

/** Is the claim bound, and its class of attributes not the one that its volume has? */
export function wantsOther(claim: KubeObject): boolean {
  const { phase, modifyVolumeStatus, currentVolumeAttributesClassName: current = '' } = claim['status'] ?? {};
  if (phase !== 'Bound' || !claim['spec'].volumeName) return false;
  return modifyVolumeStatus !== undefined || (claim['spec'].volumeAttributesClassName ?? '') !== current;
}

export async function modify(claim: KubeObject, context: Context): Promise<Modified> {
  const { cache, clock } = context;
  const volume = volumeNamed(cache, claim['spec'].volumeName);
  const driver: string | undefined = volume?.['spec'].csi?.driver;
  if (!volume || !driver || !isAtWork(driver, classOfVolume(volume, cache), cache)) return NOTHING;
  const wanted: string = claim['spec'].volumeAttributesClassName ?? '';
  const { status, targetVolumeAttributesClassName: target = '' } = claim['status'].modifyVolumeStatus ?? {};
  const modifying = conditionOf(claim, MODIFYING);
  const failed = failureOf(claim);
  const isOpen = status === 'InProgress' && (failed === undefined || !isFinal(failed.reason ?? ''));
  if (wanted === '' && !isOpen) return rollBack(claim, driver, context);
  // What was begun is ended first: the driver may have done half of it.
  const name = isOpen ? target : wanted;
  const attributes = cache.get('volumeattributesclasses.storage.k8s.io', '', name);
  if (failed && name === target) {
    const [first, last] = [timeOf(failed.lastTransitionTime), timeOf(failed.lastProbeTime)];
    const due = status === 'Infeasible' ? last + INFEASIBLE_WAIT : nextAttempt(first, last);
    if (due > clock.now()) return { wrote: false, result: { requeueAfter: due - clock.now(), periodic: true } };
  }
  if (!attributes) return pend(claim, driver, name, context);
  if (!isOpen || failed) return begin(claim, driver, name, context);
  const done = timeOf(modifying?.lastProbeTime) + durationParameter(attributes, 'modify-time', DEFAULT_TIME);
  if (done > clock.now()) return { wrote: false, result: { requeueAfter: done - clock.now() } };
  const failure = failureParameter(attributes, 'modify-failure');
  return failure ? fail(claim, driver, name, failure, context) : complete(claim, volume, driver, name, context);
}

function conditionOf(claim: KubeObject, type: string): Condition | undefined {
  return ((claim['status'].conditions ?? []) as Condition[]).find((condition) => condition.type === type);
}

/** Of the attempt that is the last one: an older error stays to be seen while it is tried again. */
function failureOf(claim: KubeObject): Condition | undefined {
  const error = conditionOf(claim, ERROR);
  return error && timeOf(error.lastProbeTime) >= timeOf(conditionOf(claim, MODIFYING)?.lastProbeTime)
    ? error
    : undefined;
}

function timeOf(text: string | null | undefined): number {
  return parseTime(text ?? '') ?? 0;
}

/** There is no such class yet. */
async function pend(claim: KubeObject, driver: string, name: string, context: Context): Promise<Modified> {
  const before = claim['status'].modifyVolumeStatus;
  if (before?.status === 'Pending') return NOTHING;
  say(claim, driver, 'Warning', 'VolumeModifyFailed', `VAC ${JSON.stringify(name)} does not exist.`, context);
  return write(claim, { modifyVolumeStatus: { ...before, status: 'Pending' } }, context);
}

async function begin(claim: KubeObject, driver: string, name: string, context: Context): Promise<Modified> {
  const told = `external resizer is modifying volume ${claim.metadata.name} with vac ${name}`;
  say(claim, driver, 'Normal', 'VolumeModify', told, context);
  const message = `Modifying volume to ${JSON.stringify(name)} is in progress.`;
  const conditions = merged(claim, [{ type: MODIFYING, status: 'True', message }], context);
  const modifyVolumeStatus = { targetVolumeAttributesClassName: name, status: 'InProgress' };
  return write(claim, { modifyVolumeStatus, conditions }, context);
}

async function fail(
  claim: KubeObject,
  driver: string,
  name: string,
  { code, text, message }: DriverError,
  context: Context,
): Promise<Modified> {
  const isOver = isFinal(code);
  const now = isOver ? 'failed. Waiting for retry.' : 'is still in progress.';
  const told = isOver ? text : `${text}. Still modifying to VAC ${name}`;
  say(claim, driver, 'Warning', 'VolumeModifyFailed', told, context);
  const conditions = merged(
    claim,
    [
      { type: MODIFYING, status: 'True', message: `Modifying volume to ${JSON.stringify(name)} ${now}` },
      { type: ERROR, status: 'True', reason: code, message },
    ],
    context,
  );
  const status = code === 'InvalidArgument' ? 'Infeasible' : 'InProgress';
  return write(claim, { modifyVolumeStatus: { targetVolumeAttributesClassName: name, status }, conditions }, context);
}

/** The volume first, so that it is never the claim alone that knows. */
async function complete(
  claim: KubeObject,
  volume: KubeObject,
  driver: string,
  name: string,
  context: Context,
): Promise<Modified> {
  await context.client.update(VOLUMES, {
    ...volume,
    spec: { ...volume['spec'], volumeAttributesClassName: name },
  });
  const told = `external resizer modified volume ${claim.metadata.name} with vac ${name} successfully`;
  say(claim, driver, 'Normal', 'VolumeModifySuccessful', told, context);
  const conditions = others(claim, MODIFYING, ERROR);
  return write(claim, { modifyVolumeStatus: null, currentVolumeAttributesClassName: name, conditions }, context);
}

/** The user does not care any more. What was recorded of the last attempt stays. */
async function rollBack(claim: KubeObject, driver: string, context: Context): Promise<Modified> {
  if (!conditionOf(claim, MODIFYING)) return NOTHING;
  say(claim, driver, 'Normal', 'VolumeModifyCanceled', 'Cancelled modify.', context);
  return write(claim, { conditions: others(claim, MODIFYING) }, context);
}

function others(claim: KubeObject, ...types: string[]): Json {
  const conditions: Condition[] = claim['status'].conditions ?? [];
  return jsonOf(conditions.filter(({ type }) => !types.includes(type)));
}

/** MergePVCConditions: the time of a transition is that of another status or reason. */
function merged(claim: KubeObject, news: readonly Condition[], { clock }: Context): Json {
  const now = formatTime(clock.now());
  const dated = news.map((condition) => {
    const before = conditionOf(claim, condition.type);
    const isSame = before && before.reason === condition.reason && before.status === condition.status;
    return { ...condition, lastProbeTime: now, lastTransitionTime: isSame ? (before.lastTransitionTime ?? now) : now };
  });
  const present: Condition[] = claim['status'].conditions ?? [];
  const replaced = present.map((condition) => dated.find(({ type }) => type === condition.type) ?? condition);
  return jsonOf([...replaced, ...dated.filter(({ type }) => !present.some((condition) => condition.type === type))]);
}

function say(
  claim: KubeObject,
  driver: string,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  { events }: Context,
): void {
  events.event(claim, type, reason, message, { component: `external-resizer ${driver}` });
}

/** What is null goes, and an empty list with it. */
async function write(claim: KubeObject, change: JsonObject, { client }: Context): Promise<Modified> {
  const status = Object.fromEntries(
    Object.entries({ ...claim['status'], ...change }).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
  await client.updateStatus(CLAIMS, { ...claim, status });
  return { wrote: true };
}
