/** What admission is shown of a request. */
import type { KubeObject } from '../apimachinery/meta';
import type { AdmissionAttributes, Operation } from './admission/plugin';
import { type RequestContext, warn } from './request-context';
import { isNamespaces } from './served-resource';

export function admissionAttributes(
  context: RequestContext,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
  options: { dryRun: boolean },
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
    core,
    reinvocation: { again: false, wanted: false, memory: new Map() },
    warn: (text) => warn(context, text),
    annotate: (key, value) => context.audit?.annotate(key, value),
  };
}
