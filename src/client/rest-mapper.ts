/** From what a user types (`deploy`, `deployments.v1.apps`, kind Deployment) to a resource, by the server's discovery. */
import type { ResourceInfo } from '../schema/schema';

export interface RestMapper {
  /** `po`, `pods`, `pod`, `deployments.apps`, `deployments.v1.apps`; undefined when the server has none. Preferred version first. */
  resource(typed: string): ResourceInfo | undefined;
  /** By kind; without a version the preferred one. */
  kind(group: string, kind: string, version?: string): ResourceInfo | undefined;
  /** Expands a category (`all`) to its resources; undefined when it is not one. */
  category(name: string): ResourceInfo[] | undefined;
  /** Everything, in discovery order. */
  all(): readonly ResourceInfo[];
}
