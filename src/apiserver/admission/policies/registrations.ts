/** The policies, bindings and webhooks of a cluster, in memory: read once, and again when one of them changes. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Revision, Store } from '../../../store/store';
import { KeptCurrent } from '../../kept-current';
import { objectOf, resourcePrefix } from '../../stored';

const GROUP = 'admissionregistration.k8s.io';
const PREFIX = `/registry/${GROUP}/`;

export const REGISTRATIONS = [
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
] as const;

/** Each kind by its resource, sorted by name. */
export type Registrations = Readonly<Record<(typeof REGISTRATIONS)[number], readonly KubeObject[]>>;

/** Lets what is registered of one kind have its say. Most clusters have none, and then there is nothing to wait for. */
export function askRegistered(
  store: Store,
  kind: (typeof REGISTRATIONS)[number],
  ask: (registrations: Registrations) => Promise<void>,
): void | Promise<void> {
  const registrations = registrationsOf(store);
  if (registrations instanceof Promise)
    return registrations.then((late) => (late[kind].length > 0 ? ask(late) : undefined));
  if (registrations[kind].length > 0) return ask(registrations);
}

/** Under which prefix of the store what is registered of one kind lies. */
export function prefixOf(kind: (typeof REGISTRATIONS)[number]): string {
  return resourcePrefix(GROUP, kind);
}

/** Those of a store: the same until one of them changes, each of them too. */
function registrationsOf(store: Store): Registrations | Promise<Registrations> {
  let cache = caches.get(store);
  if (!cache) {
    cache = new KeptCurrent(store, PREFIX, registrationsFrom);
    caches.set(store, cache);
  }
  return cache.current();
}

const caches = new WeakMap<Store, KeptCurrent<Registrations>>();

async function registrationsFrom(store: Store, prefix: string): Promise<{ made: Registrations; revision: Revision }> {
  const { entries, revision } = await store.range(prefix);
  const of = (resource: (typeof REGISTRATIONS)[number]) => {
    const prefix = prefixOf(resource);
    return entries.filter(({ key }) => key.startsWith(prefix)).map(({ value, revision }) => objectOf(value, revision));
  };
  const made = Object.fromEntries(REGISTRATIONS.map((resource) => [resource, of(resource)]));
  return { made: made as unknown as Registrations, revision };
}

/** Requests for these are nobody's to judge: whoever could forbid them could not be got rid of. */
export function isRegistration(group: string, resource: string): boolean {
  return group === GROUP && (REGISTRATIONS as readonly string[]).includes(resource);
}
