/** Endpoints (pkg/registry/core/endpoint/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { warningsForIP } from '../../../apimachinery/ip';
import type { ResourceDefinition } from '../../resource';
import { type EndpointSubset, validateSubsets } from '../../validation/endpoints';
import { semanticEqual } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: '',
  resource: 'endpoints',
  hasGeneration: false,
  allowCreateOnUpdate: true,
  columns: [NAME, column('Endpoints'), AGE],
  cells: (object, now) => [nameOf(object), formatEndpoints(object.subsets), ageOf(object, now)],
  defaults(object) {
    for (const subset of (object.subsets ?? []) as EndpointSubset[])
      for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateSubsets(object.subsets, errors);
    // What is stored may stay as it is.
    return old && errors.length > 0 && semanticEqual(object.subsets, old.subsets) ? [] : errors;
  },
  warnings(object) {
    if (object.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
    return ((object.subsets ?? []) as EndpointSubset[]).flatMap((subset, i) =>
      (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
        (subset[list] ?? []).flatMap(({ ip = '' }, j) => warningsForIP(`subsets[${i}].${list}[${j}].ip`, ip)),
      ),
    );
  },
};
export default definition;

/** Three of them, and how many more (formatEndpoints). */
function formatEndpoints(subsets: readonly EndpointSubset[] = []): string {
  if (subsets.length === 0) return '<none>';
  const list: string[] = [];
  for (const { addresses = [], ports = [] } of subsets)
    if (ports.length === 0) list.push(...addresses.map(({ ip = '' }) => ip));
    else for (const { port = 0 } of ports) list.push(...addresses.map(({ ip = '' }) => joinHostPort(ip, port)));
  const text = list.slice(0, 3).join(',');
  return list.length > 3 ? `${text} + ${list.length - 3} more...` : text;
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
