/** The policies, bindings and webhooks of a cluster, in memory: read once, and again when one of them changes. */
import type { KubeObject } from '../../../apimachinery/meta';
import { CompactedError, type Revision, type Store } from '../../../store/store';
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

/** One for each store. */
export class RegistrationCache {
  private registrations: Registrations | undefined;
  private revision: Revision = 0;

  private constructor(private readonly store: Store) {}

  static of(store: Store): RegistrationCache {
    let cache = caches.get(store);
    if (!cache) {
      cache = new RegistrationCache(store);
      caches.set(store, cache);
    }
    return cache;
  }

  /** The same until one of them changes, each of them too. */
  async current(): Promise<Registrations> {
    if (this.registrations && (await this.isCurrent())) return this.registrations;
    const { entries, revision } = await this.store.range(PREFIX);
    const of = (resource: string) => {
      const prefix = resourcePrefix(GROUP, resource);
      return entries
        .filter(({ key }) => key.startsWith(prefix))
        .map(({ value, revision }) => objectOf(value, revision));
    };
    this.registrations = Object.fromEntries(
      REGISTRATIONS.map((resource) => [resource, of(resource)]),
    ) as unknown as Registrations;
    this.revision = revision;
    return this.registrations;
  }

  private async isCurrent(): Promise<boolean> {
    if ((await this.store.revision()) === this.revision) return true;
    try {
      const { changes, revision } = await this.store.changesUntilNow(this.revision, PREFIX);
      if (changes.length > 0) return false;
      this.revision = revision;
      return true;
    } catch (error) {
      if (error instanceof CompactedError) return false;
      throw error;
    }
  }
}

const caches = new WeakMap<Store, RegistrationCache>();

/** Requests for these are nobody's to judge: whoever could forbid them could not be got rid of. */
export function isRegistration(group: string, resource: string): boolean {
  return group === GROUP && (REGISTRATIONS as readonly string[]).includes(resource);
}
