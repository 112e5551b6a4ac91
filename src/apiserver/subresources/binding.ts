/** `pods/binding`: puts a pod on a node, once (kubernetes `pkg/registry/core/pod/storage/storage.go` BindingREST). */
import { type FieldError, invalidObject, notSupported, required } from '../../apimachinery/field-error';
import { deepFreeze } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { sharedPart } from '../../apimachinery/shared-part';
import { badRequest, conflict, notFound } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import { ConflictError, type Entry } from '../../store/store';
import { admissionAttributes } from '../admission-attributes';
import { decodeObject } from '../decode-object';
import { ensureNamespace } from '../object-life';
import { asIfStored, put } from '../object-writes';
import type { RequestContext } from '../request-context';
import { respond } from '../responses';
import { frozenValue, objectKey, objectOf, resourcePrefix } from '../stored';
import { uidMismatch } from '../update';
import { writeOptions } from '../write-options';

const PODS = { group: '', resource: 'pods' };
const BINDINGS = { group: '', resource: 'pods/binding' };

/**
 * POST to `pods/<name>/binding`, or to `bindings` where the body has the name. Pods are bound many at a time: at once, where nothing
 * has to be waited for.
 */
export function handleBinding(context: RequestContext): ApiResponse | Promise<ApiResponse> {
  const { core, info } = context;
  const options = writeOptions(context, 'CreateOptions');
  const kind = info.subresource === '' ? context.resource : core.catalog.subresourceKind(context.resource, 'binding');
  const binding = decodeObject({ ...context, resource: kind }, context.request.body, options.fieldValidation);
  ensureNamespace(binding, info.namespace);
  const name = info.name || (binding.metadata.name ?? '');
  if (name !== (binding.metadata.name ?? '')) throw badRequest('name in URL does not match name in Binding object');
  const attributes = core.admission.ignores('CREATE', context.resource, info.subresource)
    ? undefined
    : admissionAttributes(context, 'CREATE', binding, undefined, options);
  const bind = () => {
    const errors = validateBinding(binding);
    // Upstream forgets to make a Status of these, and they come out as a fault of the server, which they are not.
    if (errors.length) throw invalidObject({ group: '', kind: 'Binding' }, name, errors);
    const judgement = attributes && core.admission.validate(attributes);
    const assignment = judgement
      ? judgement.then(() => assign(context, name, binding, options.dryRun))
      : assign(context, name, binding, options.dryRun);
    return assignment ? assignment.then(() => isBound(context)) : isBound(context);
  };
  const admission = attributes && core.admission.admit(attributes);
  return admission ? admission.then(bind) : bind();
}

function isBound({ warnings }: RequestContext): ApiResponse {
  return respond(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, warnings);
}

function validateBinding(binding: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { kind, name } = (binding['target'] ?? {}) as { kind?: string; name?: string };
  if (kind && kind !== 'Node') errors.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  if (!name) errors.push(required('target.name'));
  return errors;
}

function assign(context: RequestContext, name: string, binding: KubeObject, dryRun: boolean): void | Promise<void> {
  const { store } = context.core;
  const key = objectKey(resourcePrefix('', 'pods'), context.info.namespace, name);
  const entry = store.atHand?.(key);
  if (!entry) return store.get(key).then((read) => assignTo(read, context, name, binding, dryRun));
  return assignTo(entry, context, name, binding, dryRun);
}

function assignTo(
  entry: Entry | undefined,
  context: RequestContext,
  name: string,
  binding: KubeObject,
  dryRun: boolean,
): void | Promise<void> {
  const { core, info } = context;
  if (!entry) throw notFound(PODS, name);
  const { uid, resourceVersion } = binding.metadata;
  const pod = objectOf(frozenValue(entry.value), entry.revision);
  if (uid && uid !== pod.metadata.uid) throw uidMismatch(context, name, uid, pod.metadata.uid ?? '');
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion)
    throw conflict(
      PODS,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/pods/${info.namespace}/${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata.resourceVersion}`,
    );
  const why = whyNot(pod);
  if (why) throw conflict(BINDINGS, name, why);
  const bound = boundPod(pod, binding, formatTime(core.clock.now()));
  if (dryRun) {
    asIfStored(bound, entry);
    return;
  }
  const again = (error: unknown) => {
    if (!(error instanceof ConflictError)) throw error;
    return core.store.get(entry.key).then((read) => assignTo(read, context, name, binding, dryRun));
  };
  try {
    const stored = put(core.store, undefined, entry.key, bound, entry.revision, { before: entry.value });
    if (stored instanceof Promise) return stored.then(() => {}, again);
  } catch (error) {
    return again(error);
  }
}

function whyNot(pod: KubeObject): string | undefined {
  const { name, deletionTimestamp } = pod.metadata;
  const { nodeName, schedulingGates } = pod['spec'] ?? {};
  if (deletionTimestamp) return `pod ${name} is being deleted, cannot be assigned to a host`;
  if (nodeName) return `pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`;
  if (schedulingGates?.length) return `pod ${name} has non-empty .spec.schedulingGates`;
  return undefined;
}

interface Condition {
  type: string;
  status: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
}

/** The pod on its node: annotations and labels of the binding go over, and PodScheduled holds. */
function boundPod(pod: KubeObject, binding: KubeObject, now: string): KubeObject {
  const { annotations, labels } = binding.metadata;
  const metadata = { ...pod.metadata };
  if (annotations) metadata.annotations = { ...metadata.annotations, ...annotations };
  if (labels) metadata.labels = { ...metadata.labels, ...labels };
  const spec = { ...pod['spec'] };
  spec.nodeName = binding['target'].name;
  const bound = { ...pod };
  bound.metadata = metadata;
  bound['spec'] = spec;
  bound['status'] = boundStatus(pod['status'], now);
  return bound;
}

interface Status {
  nominatedNodeName?: string;
  conditions?: Condition[];
}

/** Pods that are made alike have one status before; those that are bound in the same second have one after too, frozen. */
function boundStatus(before: Status | undefined, now: string): Status {
  if (before && before === latest.before && now === latest.now) return latest.after;
  // Step by step: what a literal copies and adds to at once may get a layout of its own in V8, which slows all who read it.
  const after: Status = { ...before };
  if (after.nominatedNodeName !== undefined) delete after.nominatedNodeName;
  after.conditions = sharedPart(withPodScheduled(after.conditions ?? [], now));
  latest = { before, now, after: deepFreeze(after) };
  return after;
}

let latest: { before: Status | undefined; now: string; after: Status } = { before: undefined, now: '', after: {} };

/** podutil.UpdatePodCondition: the transition time moves only with the status. */
function withPodScheduled(conditions: readonly Condition[], now: string): Condition[] {
  const old = conditions.find(({ type }) => type === 'PodScheduled');
  const lastTransitionTime = old?.status === 'True' ? (old.lastTransitionTime ?? now) : now;
  const scheduled: Condition = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime };
  return old ? conditions.map((one) => (one === old ? scheduled : one)) : [...conditions, scheduled];
}
