/** The built-in resources that a default Kubernetes 1.36 server serves, in the order of its discovery. */
import { readCompiled } from './catalog';
import type { ResourceInfo } from './schema';

let resources: readonly ResourceInfo[] | undefined;

/** Groups by priority (apps before batch), versions by preference (autoscaling/v2 first), resources by name. */
export function builtinResources(): readonly ResourceInfo[] {
  resources ??= readCompiled<ResourceInfo[]>('resources');
  return resources;
}
