/** What changes the resources of a build, one step after the other. */
import type { Loader } from '../loader';
import type { MergeSchemas } from '../merge-schema';
import type { ResourceList } from '../resource-list';

export type Transformer = (list: ResourceList) => void | Promise<void>;

/** What a step may need while it is prepared. */
export interface StepContext {
  readonly loader: Loader;
  readonly schemas: MergeSchemas;
}
