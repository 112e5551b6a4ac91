/** The objects that a binding hands to its policy (apiserver `plugin/policy/generic/policy_dispatcher.go` CollectParams). */
import { type LabelSelectorObject, selectorOf } from '../../../apimachinery/labels';
import { type KubeObject, parseGroupVersion } from '../../../apimachinery/meta';
import type { ResourceInfo } from '../../../schema/schema';
import type { AdmissionAttributes } from '../plugin';

export interface ParamKind {
  apiVersion?: string;
  kind?: string;
}

export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelectorObject;
  parameterNotFoundAction?: string;
}

/** The resource that has this kind. @throws Error where there is none. */
export async function paramResource({ core }: AdmissionAttributes, paramKind: ParamKind): Promise<ResourceInfo> {
  const { group, version } = parseGroupVersion(paramKind.apiVersion ?? '');
  const find = () =>
    core.catalog.all().find((info) => info.group === group && info.version === version && info.kind === paramKind.kind);
  let found = find();
  if (!found) {
    await core.catalog.refresh();
    found = find();
  }
  if (found) return found;
  const shown = `${paramKind.apiVersion}, Kind=${paramKind.kind}`;
  throw new Error(`failed to find resource referenced by paramKind: '${shown}'`);
}

/** One run of the policy for each; undefined among them is a run without. @throws Error where the binding is wrong. */
export async function collectParams(
  attributes: AdmissionAttributes,
  resource: ResourceInfo | undefined,
  ref: ParamRef | undefined,
): Promise<(KubeObject | undefined)[]> {
  if (!resource || !ref) return [undefined];
  const { reader } = attributes.core;
  let namespace = '';
  if (resource.namespaced) {
    namespace = ref.namespace || attributes.namespace;
    if (namespace === '')
      throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  } else if (ref.namespace) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const { group, plural } = resource;
  let params: KubeObject[];
  if (ref.name) {
    const found = await reader.get(group, plural, namespace, ref.name);
    params = found ? [found] : [];
  } else {
    const selector = selectorOf(ref.selector);
    const all = await reader.list(group, plural, namespace);
    params = all.filter(({ metadata }) => selector.matches(metadata.labels));
  }
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return params;
}
