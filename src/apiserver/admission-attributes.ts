/** What admission is shown of a request. */
import type { JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import type { AdmissionAttributes, Operation } from './admission/plugin';
import type { DeleteOptions } from './delete-options';
import { type RequestContext, warn } from './request-context';
import { param } from './request-info';
import { isNamespaces } from './served-resource';

export function admissionAttributes(
  context: RequestContext,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
  options: { dryRun: boolean } & Partial<DeleteOptions>,
): AdmissionAttributes {
  const { core, info, resource, user } = context;
  const name = info.name || (object?.metadata.name ?? oldObject?.metadata.name ?? '');
  // Spelt out, what is absent too: all have one form.
  return {
    operation,
    resource,
    subresource: info.subresource,
    // A namespace is in itself (create.go).
    namespace: isNamespaces(resource) ? name : info.namespace,
    name,
    object,
    oldObject,
    user,
    dryRun: options.dryRun,
    get options() {
      return operationOptions(context, operation, options);
    },
    core,
    reinvocation: { again: false, wanted: false, memory: new Map() },
    warn: (text) => warn(context, text),
    changed: context.steps?.begin(object),
    annotate: (key, value, level) => context.audit?.annotate(key, value, level),
  };
}

const KINDS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: '' } as const;

/** As the request says it, and nothing that it does not say. */
function operationOptions(
  { info }: RequestContext,
  operation: Operation,
  {
    dryRun,
    gracePeriodSeconds,
    orphanDependents,
    preconditions,
    propagationPolicy,
  }: { dryRun: boolean } & Partial<DeleteOptions>,
): JsonObject {
  const options: JsonObject = { kind: KINDS[operation], apiVersion: 'meta.k8s.io/v1' };
  if (dryRun) options['dryRun'] = ['All'];
  if (operation === 'DELETE') {
    if (gracePeriodSeconds !== undefined) options['gracePeriodSeconds'] = gracePeriodSeconds;
    if (preconditions !== undefined) options['preconditions'] = { ...preconditions };
    if (orphanDependents !== undefined) options['orphanDependents'] = orphanDependents;
    if (propagationPolicy !== undefined) options['propagationPolicy'] = propagationPolicy;
    return options;
  }
  for (const name of ['fieldManager', 'fieldValidation']) {
    const value = param(info.query, name);
    if (value !== '') options[name] = value;
  }
  return options;
}
