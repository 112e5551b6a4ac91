/** Which requests a policy, a binding or a webhook is about (apiserver `plugin/policy/matching`, `plugin/webhook/predicates`). */

import type { JsonObject } from '../../../apimachinery/json';
import { type LabelSelectorObject, selectorOf } from '../../../apimachinery/labels';
import { asJson, asObject, type KubeObject } from '../../../apimachinery/meta';
import { ApiError, internalError, notFound } from '../../../apimachinery/status';
import { isNamespaces, type ServedResource } from '../../served-resource';
import type { AdmissionAttributes } from '../plugin';

export interface Rule {
  apiGroups?: string[];
  apiVersions?: string[];
  operations?: string[];
  resources?: string[];
  resourceNames?: string[];
  scope?: string;
}

export interface Criteria {
  matchPolicy?: string;
  namespaceSelector?: LabelSelectorObject;
  objectSelector?: LabelSelectorObject;
  resourceRules?: Rule[];
  excludeResourceRules?: Rule[];
}

/** A resource by its group, version and name, and the kind of its objects. */
export interface Matched {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
}

/** Undefined where the request is none of theirs. @throws ApiError where that can't be told. */
export async function matchRequest(attributes: AdmissionAttributes, criteria: Criteria): Promise<Matched | undefined> {
  let failure: ApiError | undefined;
  try {
    if (!(await matchesNamespace(attributes, criteria.namespaceSelector))) return undefined;
  } catch (error) {
    failure = error as ApiError;
  }
  try {
    if (!matchesObject(attributes, criteria.objectSelector)) return undefined;
  } catch (error) {
    failure ??= error as ApiError;
  }
  const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = criteria;
  if (matchRules(attributes, excludeResourceRules, matchPolicy)) return undefined;
  const matched =
    resourceRules.length === 0 ? requested(attributes) : matchRules(attributes, resourceRules, matchPolicy);
  // Only now: what is not about the request is not its fault.
  if (matched && failure) throw failure;
  return matched;
}

/** What the request names. */
export function requested({ resource, object }: AdmissionAttributes): Matched {
  const { group, version, plural, kind } = resource.info;
  return { group, version, resource: plural, kind: object?.kind ?? kind };
}

async function matchesNamespace(
  attributes: AdmissionAttributes,
  selector: LabelSelectorObject | undefined,
): Promise<boolean> {
  const { core, namespace, object, operation, resource } = attributes;
  if (namespace === '' && !isNamespaces(resource)) return true;
  const selects = parsed(selector);
  if (selects.empty) return true;
  if (isNamespaces(resource) && attributes.subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'))
    return selects.matches(object?.metadata.labels);
  const found = await core.reader.get('', 'namespaces', '', namespace);
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  return selects.matches(found.metadata.labels);
}

function matchesObject({ object, oldObject }: AdmissionAttributes, selector: LabelSelectorObject | undefined): boolean {
  const selects = parsed(selector);
  if (selects.empty) return true;
  return [object, oldObject].some((one) => one !== undefined && selects.matches(one.metadata.labels));
}

function parsed(selector: LabelSelectorObject | undefined) {
  try {
    return selectorOf(selector ?? {});
  } catch (error) {
    throw error instanceof ApiError ? error : internalError((error as Error).message);
  }
}

function matchRules(
  attributes: AdmissionAttributes,
  rules: readonly Rule[],
  matchPolicy: string | undefined,
): Matched | undefined {
  const asked = requested(attributes);
  const named = ({ resourceNames = [] }: Rule) => resourceNames.length === 0 || resourceNames.includes(attributes.name);
  if (rules.some((rule) => matchesRule(rule, attributes, asked) && named(rule))) return asked;
  if (matchPolicy === 'Exact' || matchPolicy === undefined || rules.length === 0) return undefined;
  const equivalents = equivalentsOf(attributes, asked);
  for (const rule of rules)
    for (const equivalent of equivalents)
      if (matchesRule(rule, attributes, equivalent) && named(rule)) return equivalent;
  return undefined;
}

/** The same objects by other names: other versions, and another group where they lie in one place (EquivalentResourceMapper). */
function equivalentsOf({ core, resource }: AdmissionAttributes, { kind }: Matched): Matched[] {
  const { group, plural, version } = resource.info;
  const lies = (info: ServedResource['info']) =>
    (info.group === group && info.plural === plural) ||
    (info.plural === 'events' && plural === 'events' && EVENT_GROUPS.has(group) && EVENT_GROUPS.has(info.group));
  return core.catalog
    .all()
    .filter((info) => lies(info) && !(info.group === group && info.version === version))
    .map((info) => ({ group: info.group, version: info.version, resource: info.plural, kind }));
}

const EVENT_GROUPS: ReadonlySet<string> = new Set(['', 'events.k8s.io']);

function matchesRule(rule: Rule, attributes: AdmissionAttributes, { group, version, resource }: Matched): boolean {
  const has = (items: readonly string[] | undefined, wanted: string) =>
    (items ?? []).some((item) => item === '*' || item === wanted);
  return (
    matchesScope(rule.scope, attributes) &&
    has(rule.operations, attributes.operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    (rule.resources ?? []).some((one) => {
      const [name = '', subresource = ''] = one.split('/');
      return (name === '*' || name === resource) && (subresource === '*' || subresource === attributes.subresource);
    })
  );
}

/** A namespace is in none, whatever the request says. */
function matchesScope(scope: string | undefined, { namespace, resource }: AdmissionAttributes): boolean {
  const isClusterWide = isNamespaces(resource) || namespace === '';
  if (scope === 'Namespaced') return !isClusterWide;
  return scope === 'Cluster' ? isClusterWide : true;
}

/** An object as it is in the version that matched. */
export async function inMatchedVersion(
  attributes: AdmissionAttributes,
  object: KubeObject | undefined,
  matched: Matched,
): Promise<KubeObject | undefined> {
  const { core, resource } = attributes;
  const { info } = resource;
  if (!object || (matched.group === info.group && matched.version === info.version)) return object;
  const target = await core.catalog.find(matched.group, matched.version, matched.resource);
  const stored = resource.conversion ? resource.conversion.toStored(object) : object;
  const served = target?.conversion ? target.conversion.fromStored(stored) : stored;
  return { ...served, apiVersion: target?.apiVersion ?? served.apiVersion };
}

/** The object that a version's was made into, as it is in the version of the request. */
export async function fromMatchedVersion(
  { core, resource }: AdmissionAttributes,
  object: JsonObject,
  matched: Matched,
): Promise<JsonObject> {
  const { info } = resource;
  if (matched.group === info.group && matched.version === info.version) return object;
  const source = await core.catalog.find(matched.group, matched.version, matched.resource);
  const stored = source?.conversion ? source.conversion.toStored(asObject(object)) : asObject(object);
  const back = resource.conversion ? resource.conversion.fromStored(stored) : stored;
  return { ...asJson(back), apiVersion: resource.apiVersion };
}
