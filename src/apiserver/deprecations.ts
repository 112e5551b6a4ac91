/** Kinds that are deprecated in 1.36: who asks for them is warned (apiserver `endpoints/deprecation`, kubernetes/api `core/v1/lifecycle.go`). */
import type { ResourceInfo } from '../schema/schema';

/** By plural; all are of the core group. */
const DEPRECATED: Readonly<Record<string, string>> = {
  componentstatuses: 'v1 ComponentStatus is deprecated in v1.19+',
  endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

/** The text of the warning, where there is one. */
export function deprecationOf({ group, plural }: ResourceInfo): string | undefined {
  return group === '' && Object.hasOwn(DEPRECATED, plural) ? DEPRECATED[plural] : undefined;
}
