/**
 * The custom kinds of a cluster, read from its CustomResourceDefinitions when somebody asks: so they are those of the store as
 * it is now, whoever changed it. Without definitions it costs a look at a revision.
 */
import type { ResourceInfo } from '../../schema/schema';
import type { Revision, Store } from '../../store/store';
import type { DynamicKinds } from '../catalog';
import type { ServedResource } from '../served-resource';
import { objectOf, resourcePrefix } from '../stored';
import type { CustomResources } from './custom-resources';

const PREFIX = resourcePrefix('apiextensions.k8s.io', 'customresourcedefinitions');
const NONE: readonly ResourceInfo[] = [];

export class CustomKinds implements DynamicKinds {
  /** Raised whenever the definitions have changed. */
  generation = 0;
  private seen: Revision = -1;
  /** The revisions of all definitions. */
  private shown = '';
  private resources: CustomResources | undefined;

  constructor(private readonly store: Store) {}

  /** In discovery order, as of the last look. */
  all(): readonly ResourceInfo[] {
    return this.resources?.infos ?? NONE;
  }

  async find(group: string, version: string | undefined, resource: string): Promise<ServedResource | undefined> {
    // All custom kinds have a group.
    if (group === '') return undefined;
    await this.refresh();
    return this.resources?.find(group, version, resource);
  }

  /** Looks at the store again. */
  async refresh(): Promise<void> {
    if ((await this.store.revision()) === this.seen) return;
    const { entries, revision } = await this.store.range(PREFIX);
    const shown = entries.map((entry) => `${entry.key}@${entry.revision}`).join();
    if (shown !== this.shown) {
      const definitions = entries.map((entry) => objectOf(entry.value, entry.revision));
      const { CustomResources } = await import('./custom-resources');
      this.resources = definitions.length > 0 ? new CustomResources(definitions, this.resources) : undefined;
      this.shown = shown;
      this.generation++;
    }
    this.seen = revision;
  }
}
