/**
 * `scale`: the number of replicas of any kind that has one, as an autoscaling/v1 Scale (kubernetes
 * `pkg/registry/apps/deployment/storage/storage.go` ScaleREST, `pkg/apis/autoscaling/validation` ValidateScale; for custom kinds
 * apiextensions-apiserver `pkg/registry/customresource/etcd.go` ScaleREST).
 */
import { invalid, invalidObject } from '../../apimachinery/field-error';
import { clone, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { type LabelSelectorObject, selectorFromLabels, selectorOf } from '../../apimachinery/labels';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { apiError, badRequest, internalError, notFound } from '../../apimachinery/status';
import type { ApiResponse } from '../../client/transport';
import { decodeObject } from '../decode-object';
import { manageApply, manageUpdate } from '../field-manager';
import { checkName, ensureNamespace } from '../object-life';
import { patchFunction } from '../patch';
import { type RequestContext, requireName } from '../request-context';
import { respondObject } from '../responses';
import type { ServedResource } from '../served-resource';
import { objectIn, objectKey } from '../stored';
import { updateObject } from '../update';
import { type WriteOptions, writeOptions } from '../write-options';

export async function handleScale(context: RequestContext): Promise<ApiResponse> {
  switch (context.info.verb) {
    case 'get':
      return getScale(context);
    case 'update':
      return updateScale(context);
    default:
      return patchScale(context);
  }
}

async function getScale(context: RequestContext): Promise<ApiResponse> {
  const { core, info, resource } = context;
  const name = requireName(context);
  const entry = await core.store.get(objectKey(resource.prefix, info.namespace, name));
  if (!entry) throw notFound(resource.groupResource, name);
  const object = objectIn(resource, entry.value, entry.revision);
  const scale = scaleOf(context, object);
  if (resource.definition.scale?.complaint && at(object, specReplicasPath(context)) === undefined)
    throw internalError(`the spec replicas field ${specReplicasName(resource)} does not exist`);
  return respondObject(200, scale, context.warnings);
}

async function updateScale(context: RequestContext): Promise<ApiResponse> {
  const name = requireName(context);
  const options = writeOptions(context, 'UpdateOptions');
  const scale = decodeObject(scaleContext(context), context.request.body, options.fieldValidation);
  ensureNamespace(scale, context.info.namespace);
  checkName(scale, name);
  return writeScale(context, name, options, () => scale, scale.metadata.uid);
}

async function patchScale(context: RequestContext): Promise<ApiResponse> {
  const name = requireName(context);
  const { body, options, patch } = await patchFunction(scaleContext(context));
  if (!patch) return applyScale(context, name, body, options);
  return writeScale(context, name, options, (existing) => {
    const scale = patch(scaleToChange(context, existing));
    ensureNamespace(scale, context.info.namespace);
    checkName(scale, name);
    return scale;
  });
}

/** The configuration is a Scale; what its manager comes to own is the one field of the object that it stands for. */
async function applyScale(
  context: RequestContext,
  name: string,
  body: Json,
  options: WriteOptions,
): Promise<ApiResponse> {
  const { info, resource } = context;
  const scale = decodeObject(scaleContext(context), body, options.fieldValidation);
  ensureNamespace(scale, info.namespace);
  checkName(scale, name);
  const replicas = checkedReplicas(context, scale, name);
  const { object } = await updateObject(context, {
    name,
    options,
    allowCreate: false,
    strategy: '',
    updated(existing, whole) {
      const configuration: JsonObject = {
        apiVersion: resource.apiVersion,
        kind: resource.info.kind,
        metadata: { name, namespace: info.namespace },
      };
      setAt(configuration, specReplicasPath(context), replicas);
      return manageApply(context, existing, configuration, options, whole);
    },
  });
  return respondObject(200, scaleOf(context, object), context.warnings);
}

/** Stands for a number that a custom object does not have. */
const NO_REPLICAS = -(2 ** 31);

/** @throws ApiError 422 (ValidateScale), 400. Custom objects are judged as a whole, once they have the number. */
function checkedReplicas({ resource }: RequestContext, scale: KubeObject, name: string): number {
  const replicas: number = scale['spec']?.replicas ?? 0;
  const custom = resource.definition.scale?.complaint !== undefined;
  if (custom && replicas === NO_REPLICAS)
    throw badRequest(`the spec replicas field ${specReplicasName(resource)} cannot be empty`);
  if (custom || replicas >= 0) return replicas;
  throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, name, [
    invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
  ]);
}

/** Stored object → its scale → the new scale → the object with that many replicas. */
async function writeScale(
  context: RequestContext,
  name: string,
  options: WriteOptions,
  newScale: (existing: KubeObject) => KubeObject | Promise<KubeObject>,
  uid?: string,
): Promise<ApiResponse> {
  const { object } = await updateObject(context, {
    name,
    options,
    allowCreate: false,
    strategy: '',
    ...(uid ? { uid } : {}),
    async updated(current, whole) {
      const existing = current as KubeObject;
      const scale = await newScale(existing);
      const replicas = checkedReplicas(context, scale, name);
      const base = whole ? asObject(clone(asJson(existing))) : existing;
      const object = withReplicas(base, specReplicasPath(context), replicas);
      const { resourceVersion } = scale.metadata;
      // What the client saw is what it means to change.
      if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
      else delete object.metadata.resourceVersion;
      manageUpdate(context, existing, object, options);
      return object;
    },
  });
  return respondObject(200, scaleOf(context, object), context.warnings);
}

/** The request as one about Scales, which is what its body holds. */
function scaleContext(context: RequestContext): RequestContext {
  const { resource } = context;
  return { ...context, resource: context.core.catalog.subresourceKind(resource, 'scale') };
}

/** What a patch is applied to. */
function scaleToChange(context: RequestContext, object: KubeObject): KubeObject {
  const scale = scaleOf(context, object);
  if (context.resource.definition.scale?.complaint && at(object, specReplicasPath(context)) === undefined)
    scale['spec'] = { replicas: NO_REPLICAS };
  return scale;
}

/** @throws ApiError 500, where what should be numbers is none. */
export function scaleOf(context: RequestContext, object: KubeObject): KubeObject {
  const { definition } = context.resource;
  const complaint = definition.scale?.complaint?.(object);
  if (complaint) throw apiError(500, '', complaint);
  const { name = '', namespace = '', uid = '', resourceVersion = '', creationTimestamp = null } = object.metadata;
  const replicas = at(object, specReplicasPath(context));
  const current = at(object, steps(definition.scale?.statusReplicas ?? '.status.replicas'));
  const selector = definition.scale ? definition.scale.selector(object) : selectorText(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas ? { replicas } : {},
    status: { replicas: current ?? 0, ...(selector ? { selector } : {}) },
  };
}

/** `.spec.selector` as text; ReplicationControllers have plain labels there. */
function selectorText(object: KubeObject): string {
  const selector = object['spec']?.selector;
  if (!selector) return '';
  const plain = Object.values(selector).every((value) => typeof value === 'string');
  return plain ? selectorFromLabels(selector).toString() : selectorOf(selector as LabelSelectorObject).toString();
}

function specReplicasName({ definition }: ServedResource): string {
  return JSON.stringify(definition.scale?.specReplicas);
}

function specReplicasPath({ resource }: RequestContext): string[] {
  return steps(resource.definition.scale?.specReplicas ?? '.spec.replicas');
}

/** `.spec.replicas` → spec, replicas. */
function steps(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

function at(object: KubeObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = asJson(object);
  for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
}

/** The object with one number changed; everything off the way to it is shared. */
function withReplicas(object: KubeObject, path: readonly string[], replicas: number): KubeObject {
  const copy = { ...asJson(object), metadata: { ...(asJson(object)['metadata'] as JsonObject) } };
  setAt(copy, path, replicas);
  return asObject(copy);
}

/** Sets a value deep in an object that may be changed at the top; what is on the way is copied. */
function setAt(object: JsonObject, path: readonly string[], value: Json): void {
  let parent = object;
  for (const step of path.slice(0, -1)) {
    const child = parent[step];
    const fresh: JsonObject = isObject(child) ? { ...child } : {};
    parent[step] = fresh;
    parent = fresh;
  }
  parent[path.at(-1) as string] = value;
}
