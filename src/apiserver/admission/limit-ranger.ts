/**
 * LimitRanger: containers get the requests and limits that their namespace gives to those who name none, and nothing may be
 * smaller or larger than it allows (kubernetes `plugin/pkg/admission/limitranger/admission.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { podTotals } from '../../apimachinery/pod-resource-lists';
import type { Quantity } from '../../apimachinery/quantity';
import { type ResourceTotals, sortedNames, totalsOf } from '../../apimachinery/resource-lists';
import { isPods, type ServedResource } from '../served-resource';
import { objectKey, resourcePrefix } from '../stored';
import type { Container, PodSpec, Quantities } from '../validation/core-types';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

const ANNOTATION = 'kubernetes.io/limit-ranger';

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',

  handles(operation, resource, subresource) {
    // What pods ask for does not change, unless they are resized.
    if (isPods(resource))
      return (operation === 'CREATE' && subresource === '') || (operation === 'UPDATE' && subresource === 'resize');
    return isClaims(resource) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  },

  async admit(attributes) {
    if (!isPods(attributes.resource)) return;
    for (const items of await limitsFor(attributes)) setDefaults(attributes.object as KubeObject, items);
  },

  async validate(attributes) {
    const object = attributes.object as KubeObject;
    for (const items of await limitsFor(attributes)) {
      const complaints = isPods(attributes.resource) ? podComplaints(object, items) : claimComplaints(object, items);
      if (complaints.length > 0) throw admissionForbidden(attributes, aggregate(complaints));
    }
  },

  grounds: ({ namespace }) => ({ unchanged: [objectKey(resourcePrefix('', 'limitranges'), namespace, '')] }),
};

interface LimitItem {
  type: string;
  max?: Quantities;
  min?: Quantities;
  default?: Quantities;
  defaultRequest?: Quantities;
  maxLimitRequestRatio?: Quantities;
}

function isClaims({ info }: ServedResource): boolean {
  return info.group === '' && info.plural === 'persistentvolumeclaims';
}

/** The items of each LimitRange of the namespace; of what is being deleted nothing is demanded. */
async function limitsFor({ core, namespace, oldObject }: AdmissionAttributes): Promise<readonly LimitItem[][]> {
  if (oldObject?.metadata.deletionTimestamp !== undefined) return [];
  const ranges = await core.reader.list('', 'limitranges', namespace);
  return ranges.map((range) => range['spec']?.limits ?? []);
}

/** PodMutateLimitFunc; a note on the pod says what was set. */
function setDefaults(pod: KubeObject, items: readonly LimitItem[]): void {
  const limits: Quantities = {};
  const requests: Quantities = {};
  for (const item of items) {
    if (item.type !== 'Container') continue;
    Object.assign(requests, item.defaultRequest);
    Object.assign(limits, item.default);
  }
  const spec = pod['spec'] as PodSpec;
  const notes: string[] = [];
  const defaulted = (what: string) => (container: Container) => {
    const { resources = {} } = container;
    const asked = merged(resources.requests, requests);
    const limited = merged(resources.limits, limits);
    if (asked.added.length > 0) notes.push(`${asked.added.join(', ')} request for ${what} ${container.name}`);
    if (limited.added.length > 0) notes.push(`${limited.added.join(', ')} limit for ${what} ${container.name}`);
    if (asked.added.length === 0 && limited.added.length === 0) return container;
    return {
      ...container,
      resources: {
        ...resources,
        ...(Object.keys(limited.list).length > 0 ? { limits: limited.list } : {}),
        ...(Object.keys(asked.list).length > 0 ? { requests: asked.list } : {}),
      },
    };
  };
  if (spec.containers) spec.containers = spec.containers.map(defaulted('container'));
  if (spec.initContainers) spec.initContainers = spec.initContainers.map(defaulted('init container'));
  if (notes.length > 0)
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
    };
}

/** A list and what it leaves out, by name. */
function merged(list: Quantities = {}, defaults: Quantities): { list: Quantities; added: string[] } {
  const added = Object.keys(defaults)
    .filter((name) => !Object.hasOwn(list, name))
    .sort();
  const all = { ...defaults, ...list };
  return { list: Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))), added };
}

function podComplaints(pod: KubeObject, items: readonly LimitItem[]): string[] {
  const spec = pod['spec'] as PodSpec;
  const complaints: string[] = [];
  for (const item of items) {
    if (item.type === 'Container')
      for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
        complaints.push(...usageComplaints(item, totalsOf(resources?.requests), totalsOf(resources?.limits)));
    if (item.type === 'Pod')
      complaints.push(...usageComplaints(item, podTotals(spec, 'requests'), podTotals(spec, 'limits')));
  }
  return complaints;
}

/** Of a claim only what it asks for counts. */
function claimComplaints(claim: KubeObject, items: readonly LimitItem[]): string[] {
  const requests = totalsOf(claim['spec']?.resources?.requests);
  const complaints: (string | undefined)[] = [];
  for (const { type, min, max } of items) {
    if (type !== 'PersistentVolumeClaim') continue;
    const [least, most] = [totalsOf(min), totalsOf(max)];
    for (const name of sortedNames(least))
      complaints.push(tooSmall(type, name, least.get(name) as Quantity, requests.get(name), undefined));
    for (const name of sortedNames(most)) {
      const bound = `maximum ${name} usage per ${type} is ${most.get(name)}`;
      const request = requests.get(name);
      if (!request) complaints.push(`${bound}.  No request is specified`);
      else if (request.cmp(most.get(name) as Quantity) > 0) complaints.push(`${bound}, but request is ${request}`);
    }
  }
  return complaints.filter((complaint) => complaint !== undefined);
}

function usageComplaints(item: LimitItem, requests: ResourceTotals, limits: ResourceTotals): string[] {
  const complaints: (string | undefined)[] = [];
  const check = (list: Quantities | undefined, constraint: typeof tooSmall) => {
    const bounds = totalsOf(list);
    for (const name of sortedNames(bounds))
      complaints.push(constraint(item.type, name, bounds.get(name) as Quantity, requests.get(name), limits.get(name)));
  };
  check(item.min, tooSmall);
  check(item.max, tooLarge);
  check(item.maxLimitRequestRatio, tooFarApart);
  return complaints.filter((complaint) => complaint !== undefined);
}

/** minConstraint */
function tooSmall(
  type: string,
  name: string,
  least: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const bound = `minimum ${name} usage per ${type} is ${least}`;
  if (!request) return `${bound}.  No request is specified`;
  if (request.cmp(least) < 0) return `${bound}, but request is ${request}`;
  return limit && limit.cmp(least) < 0 ? `${bound}, but limit is ${limit}` : undefined;
}

/** maxConstraint */
function tooLarge(
  type: string,
  name: string,
  most: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const bound = `maximum ${name} usage per ${type} is ${most}`;
  if (!limit) return `${bound}.  No limit is specified`;
  if (limit.cmp(most) > 0) return `${bound}, but limit is ${limit}`;
  return request && request.cmp(most) > 0 ? `${bound}, but request is ${request}` : undefined;
}

/** limitRequestRatioConstraint */
function tooFarApart(
  type: string,
  name: string,
  most: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const bound = `${name} max limit to request ratio per ${type} is ${most}`;
  if (!request || request.isZero()) return `${bound}, but no request is specified or request is 0`;
  if (!limit || limit.isZero()) return `${bound}, but no limit is specified or limit is 0`;
  const ratio = limit.milliValue() / request.milliValue();
  return ratio * 1000 > most.milliValue() ? `${bound}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

/** utilerrors.NewAggregate: one speaks for itself, several stand in brackets, each once. */
function aggregate(complaints: readonly string[]): string {
  const [first = '', ...others] = new Set(complaints);
  return others.length === 0 ? first : `[${[first, ...others].join(', ')}]`;
}
