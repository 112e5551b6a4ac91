/** Endpoint slices (pkg/registry/discovery/endpointslice/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { warningsForIP } from '../../../apimachinery/ip';
import { deepEqual, type Json } from '../../../apimachinery/json';
import type { ResourceDefinition } from '../../resource';
import { type SliceEndpoint, validateSliceEndpoints, validateSliceHead } from '../../validation/endpoints';
import { semanticEqual, validateImmutable } from '../../validation/field-checks';
import { AGE, ageOf, column, listWithMore, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  hasGeneration: true,
  columns: [NAME, column('AddressType'), column('Ports'), column('Endpoints'), AGE],
  cells(object, now) {
    const ports: { port?: number; name?: string }[] = object.ports ?? [];
    const endpoints: SliceEndpoint[] = object.endpoints ?? [];
    return [
      nameOf(object),
      object.addressType ?? '',
      listWithMore(
        ports.map((port) => String(port.port ?? port.name ?? '*')),
        3,
      ),
      listWithMore(
        endpoints.flatMap((endpoint) => endpoint.addresses ?? []),
        3,
      ),
      ageOf(object, now),
    ];
  },
  defaults(object) {
    // Go writes the list out even when there is none.
    object.endpoints ??= null;
    object.ports ??= null;
    for (const port of object.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  generationChanged(object, old) {
    if (!deepEqual(object.metadata.labels ?? {}, old.metadata.labels ?? {})) return true;
    return !['addressType', 'endpoints', 'ports'].every((field) =>
      semanticEqual(object[field] as Json | undefined, old[field] as Json | undefined),
    );
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateSliceHead(object.addressType, object.ports ?? [], errors);
    const ofEndpoints: FieldError[] = [];
    validateSliceEndpoints(object.endpoints ?? [], object.addressType, ofEndpoints);
    if (!old || !semanticEqual(object.endpoints, old.endpoints)) errors.push(...ofEndpoints);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('addressType', object.addressType, old.addressType, errors);
    return errors;
  },
  warnings(object, old) {
    const warnings: string[] = [];
    if (!old && object.addressType === 'FQDN') warnings.push('spec.addressType: FQDN endpoints are deprecated');
    const manager = object.metadata.labels?.['endpointslice.kubernetes.io/managed-by'];
    if (manager === 'endpointslice-controller.k8s.io' || manager === 'endpointslicemirroring-controller.k8s.io')
      return warnings;
    for (const [i, endpoint] of ((object.endpoints ?? []) as SliceEndpoint[]).entries())
      (endpoint.addresses ?? []).forEach((address, j) => {
        warnings.push(...warningsForIP(`endpoints[${i}].addresses[${j}]`, address));
      });
    return warnings;
  },
};
export default definition;
