/** One attempt to put a newer object in the place of the stored one (apiserver `registry/generic/registry/store.go` Store.Update). */
import { type FieldError, invalid, invalidObject } from '../apimachinery/field-error';
import { deepEqual } from '../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../apimachinery/meta';
import { nameIsPathSegment } from '../apimachinery/names';
import { RBAC_GROUP } from '../apimachinery/rbac';
import { conflict } from '../apimachinery/status';
import type { Entry, Write } from '../store/store';
import type { AdmissionAttributes } from './admission/plugin';
import { admissionAttributes } from './admission-attributes';
import { missingRights } from './authorizers/missing-rights';
import { companionWrites } from './companions';
import { warnOfDuplicates } from './create';
import { removeObject } from './delete';
import { isUnchanged } from './field-manager';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta';
import { asIfStored, put } from './object-writes';
import { type RequestContext, warn } from './request-context';
import type { StrategyContext } from './resource';
import { isNamespaces, type ServedResource } from './served-resource';
import { strategyContext } from './strategy-context';
import { shareUnchanged } from './unchanged-parts';
import { validateObject } from './validate-object';
import type { WriteOptions } from './write-options';

export const OPTIMISTIC_LOCK_ERROR =
  'the object has been modified; please apply your changes to the latest version and try again';

/** What is wanted of it. */
export interface ReplacementRequest {
  name: string;
  options: WriteOptions;
  /** Whose rules hold: '' for the object's own; default: those of the subresource that the request is for. */
  strategy?: string;
}

type Outcome = KubeObject | Promise<KubeObject>;

/** Its steps follow one another at once where none has to wait: kubelets replace two statuses for each pod that comes to run. */
export class Replacement {
  private attributes: AdmissionAttributes | undefined;
  private readonly strategy: string;

  constructor(
    private readonly context: RequestContext,
    private readonly request: ReplacementRequest,
    private readonly entry: Entry,
    private readonly existing: KubeObject,
    private readonly object: KubeObject,
    private readonly attempt: number,
  ) {
    this.strategy = request.strategy ?? context.info.subresource;
  }

  /** @throws ConflictError when the store has moved on; ApiError Conflict, Invalid, and what admission refuses with. */
  run(): Outcome {
    const { context, object, existing, request } = this;
    const { core, info, resource } = context;
    if (!core.admission.ignores('UPDATE', resource, info.subresource))
      this.attributes = admissionAttributes(context, 'UPDATE', object, existing, request.options);
    const admission = this.attributes && core.admission.admit(this.attributes);
    return admission ? admission.then(() => this.admitted()) : this.admitted();
  }

  private admitted(): Outcome {
    const { context, object, existing } = this;
    const { core, resource } = context;
    if (this.attributes) warnOfDuplicates(context, object, true);
    if (!core.authorizer || resource.info.group !== RBAC_GROUP) return this.prepare();
    return import('./authorizers/escalation')
      .then(({ checkEscalation }) => checkEscalation(context, object, existing))
      .then(() => this.prepare());
  }

  private prepare(): Outcome {
    const { context, request, entry, object, existing, attempt, strategy } = this;
    const { resource } = context;
    const { name, options } = request;
    const { metadata } = object;
    if (!metadata.resourceVersion) {
      if (resource.definition.requiresResourceVersionOnUpdate)
        throw invalidObject({ group: resource.info.group, kind: resource.info.plural }, name, [
          invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
        ]);
      metadata.resourceVersion = String(entry.revision);
    } else if (metadata.resourceVersion !== String(entry.revision))
      throw conflict(resource.groupResource, name, OPTIMISTIC_LOCK_ERROR);
    const preparation = beforeUpdate(resource, strategy, object, existing, () =>
      strategyContext(context, entry.key, entry.revision, { attempt, dryRun: options.dryRun }),
    );
    return preparation ? preparation.then(() => this.validate()) : this.validate();
  }

  private validate(): Outcome {
    const { context, object, existing, strategy } = this;
    const { core, resource } = context;
    const { definition } = resource;
    keepSystemFields(object, existing);
    const { metadata } = object;
    const errors: FieldError[] = validateObjectMeta(
      metadata,
      resource.info.namespaced,
      nameIsPathSegment,
      existing.metadata,
    );
    errors.push(...validateObjectMetaUpdate(metadata, existing.metadata));
    if (strategy === '') {
      errors.push(...validateObject(resource, object, existing, (text) => warn(context, text), core.featureGates));
      errors.push(...(definition.validateUpdate?.(object, existing) ?? []));
    } else {
      const { validateUpdate } = definition.subresources?.[strategy] ?? {};
      errors.push(...(validateUpdate?.(object, existing, (text) => warn(context, text)) ?? []));
    }
    const missing = errors.length === 0 ? missingRights(context, object, strategy, existing) : undefined;
    return missing ? missing.then((complaints) => this.judge(complaints)) : this.judge(errors);
  }

  private judge(errors: readonly FieldError[]): Outcome {
    const { context, object, existing, request, attributes } = this;
    const { core, info, resource } = context;
    if (errors.length) throw invalidObject(resource.groupKind, request.name, errors);
    if (info.subresource === '')
      for (const text of resource.definition.warnings?.(object, existing) ?? []) warn(context, text);
    const unchanged = isUnchanged(object, existing);
    const judgement = attributes && core.admission.validate(attributes);
    return judgement ? judgement.then(() => this.write(unchanged)) : this.write(unchanged);
  }

  private write(unchanged: boolean): Outcome {
    const { context, entry, object, existing } = this;
    const { resource } = context;
    const { dryRun } = this.request.options;
    if (isFinished(resource, object, existing))
      return dryRun ? asIfStored(object, entry) : removeObject(context, entry.key, entry, object);
    // Nothing changed: nothing is written, and the resourceVersion stays.
    if (unchanged && !resource.conversion?.isStale?.(asObject(entry.value))) return existing;
    if (dryRun) return asIfStored(object, entry);
    shareUnchanged(asJson(object), asJson(existing));
    const { companions } = resource.definition;
    if (!companions) return this.put();
    const others = companions(object, existing, strategyContext(context, entry.key, entry.revision));
    return companionWrites(context, others).then((along) => this.put(along));
  }

  private put(along?: readonly Write[]): Outcome {
    const { context, entry, object } = this;
    const options = along ? { before: entry.value, along } : { before: entry.value };
    return put(context.core.store, context.resource, entry.key, object, entry.revision, options);
  }
}

/** rest.BeforeUpdate: what the server keeps of the old object whatever the new one says. A promise where a strategy has to wait. */
function beforeUpdate(
  resource: ServedResource,
  strategy: string,
  object: KubeObject,
  existing: KubeObject,
  strategyContext: () => StrategyContext,
): Promise<void> | undefined {
  const { definition } = resource;
  const { metadata } = object;
  const { generation } = existing.metadata;
  if (generation !== undefined) metadata.generation = generation;
  else if (metadata.generation !== undefined) delete metadata.generation;
  resetUntouchable(resource, strategy, object, existing);
  if (strategy !== '')
    return definition.subresources?.[strategy]?.prepareForUpdate?.(object, existing, strategyContext()) || undefined;
  const count = () => {
    if (resource.hasGeneration && (specChanged(object, existing) || definition.generationChanged?.(object, existing)))
      metadata.generation = (generation ?? 0) + 1;
  };
  const preparation = definition.prepareForUpdate?.(object, existing, strategyContext());
  if (preparation) return preparation.then(count);
  count();
  return undefined;
}

function keepSystemFields({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  if (!metadata.uid && old.uid) metadata.uid = old.uid;
  if (old.creationTimestamp) metadata.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp) metadata.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined && metadata.deletionGracePeriodSeconds === undefined)
    metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
}

/**
 * A write to the object leaves its status alone, a write to its status everything else but metadata (the strategies'
 * PrepareForUpdate and GetResetFields).
 */
export function resetUntouchable(
  resource: ServedResource,
  strategy: string,
  object: KubeObject,
  existing: KubeObject,
): void {
  if (strategy === '' || strategy === 'finalize') {
    if (resource.hasStatus) takeField(object, existing, 'status');
    return;
  }
  if (strategy !== 'status') return;
  if (resource.custom) {
    // Of custom objects nothing but the status can be written there.
    const { managedFields, resourceVersion } = object.metadata;
    object.metadata = {
      ...existing.metadata,
      ...(managedFields ? { managedFields } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    };
    if (!managedFields) delete object.metadata.managedFields;
    if (!resourceVersion) delete object.metadata.resourceVersion;
  }
  for (const field in object) if (!isShared(field) && !Object.hasOwn(existing, field)) delete object[field];
  for (const field in existing) if (!isShared(field)) object[field] = existing[field];
}

function isShared(field: string): boolean {
  return field === 'apiVersion' || field === 'kind' || field === 'metadata' || field === 'status';
}

function takeField(object: KubeObject, existing: KubeObject, field: string): void {
  if (Object.hasOwn(existing, field)) object[field] = existing[field];
  else if (Object.hasOwn(object, field)) delete object[field];
}

function specChanged(object: KubeObject, existing: KubeObject): boolean {
  return !deepEqual(object['spec'], existing['spec']);
}

/** ShouldDeleteDuringUpdate: the last finalizer of an object that is being deleted has gone. */
function isFinished(resource: ServedResource, object: KubeObject, existing: KubeObject): boolean {
  return (
    !object.metadata.finalizers?.length &&
    existing.metadata.deletionTimestamp !== undefined &&
    !existing.metadata.deletionGracePeriodSeconds &&
    // A namespace has finalizers of its own (ShouldDeleteNamespaceDuringUpdate).
    !(isNamespaces(resource) && object['spec']?.finalizers?.length)
  );
}
