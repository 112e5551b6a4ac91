/** What is said of paths that are not served (apiserver `server/handler.go`, director). */
import type { ApiError } from '../apimachinery/status';
import { builtinResources } from '../schema/resources';
import { pathNotFound, routeNotFound } from './responses';

/** Below the paths of built-in groups a router says that there is nothing, elsewhere Go itself does. */
export function unknownPath(path: string): ApiError {
  return isRouted(path) ? routeNotFound() : pathNotFound();
}

/** Whether it lies below what go-restful has: `/api`, `/apis/apps`, `/version`. */
export function isRouted(path: string): boolean {
  const [, root, group] = path.split('/');
  if (root === 'api' || root === 'version') return true;
  return root === 'apis' && group !== '' && builtinResources().some((info) => info.group === group);
}
