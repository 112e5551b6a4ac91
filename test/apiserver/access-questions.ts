/** Questions to authorizers, told by what matters. */
import type { AccessAttributes } from '../../src/apiserver/authorization';

export function asks(verb: string, resource: string, more: Partial<AccessAttributes> = {}): AccessAttributes {
  const plain = { path: '', group: '', version: 'v1', subresource: '', namespace: '', name: '' };
  return { isResourceRequest: true, ...plain, verb, resource, ...more };
}

export function asksPath(verb: string, path: string): AccessAttributes {
  return { ...asks(verb, ''), isResourceRequest: false, path };
}
