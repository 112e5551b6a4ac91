/** Events of core/v1 (pkg/registry/core/event/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { ageSince } from '../../../apimachinery/human-duration';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Cell, Column, ResourceDefinition } from '../../resource';
import { validateEvent } from '../../validation/events';
import { column, NAME, nameOf, wide } from '../columns';

/** Of events in both APIs. */
export const eventColumns: Column[] = [
  column('Last Seen'),
  column('Type'),
  column('Reason'),
  column('Object'),
  wide('Subobject'),
  wide('Source'),
  column('Message'),
  wide('First Seen'),
  wide('Count'),
  { ...NAME, priority: 1 },
];

/** Both APIs name some fields differently; this is the row from the names of core/v1 (printEvent). */
export function eventCells(event: KubeObject, now: number): Cell[] {
  const { series, involvedObject: involved = {} } = event;
  const first = event.firstTimestamp ? ageSince(event.firstTimestamp, now) : ageSince(event.eventTime, now);
  const last = series
    ? ageSince(series.lastObservedTime, now)
    : event.lastTimestamp
      ? ageSince(event.lastTimestamp, now)
      : first;
  const kind = String(involved.kind ?? '').toLowerCase();
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance || '';
  return [
    last,
    event.type ?? '',
    event.reason ?? '',
    involved.name ? `${kind}/${involved.name}` : kind,
    involved.fieldPath ?? '',
    instance ? `${component}, ${instance}` : component,
    String(event.message ?? '').trim(),
    first,
    series ? (series.count ?? 0) : event.count || 1,
    nameOf(event),
  ];
}

const involved = (field: string) => (event: KubeObject) => event.involvedObject?.[field] ?? '';

const definition: ResourceDefinition = {
  group: '',
  resource: 'events',
  hasGeneration: false,
  allowCreateOnUpdate: true,
  columns: eventColumns,
  cells: eventCells,
  defaults(event) {
    // What Go's types write out although it is empty.
    event.involvedObject ??= {};
    event.source ??= {};
    event.firstTimestamp ??= null;
    event.lastTimestamp ??= null;
    event.eventTime ??= null;
    event.reportingComponent ??= '';
    event.reportingInstance ??= '';
  },
  validate(event) {
    const errors: FieldError[] = [];
    validateEvent(
      {
        namespace: event.metadata.namespace ?? '',
        involvedNamespace: event.involvedObject?.namespace ?? '',
        eventTime: event.eventTime,
        reportingController: event.reportingComponent ?? '',
        reportingInstance: event.reportingInstance ?? '',
        action: event.action ?? '',
        reason: event.reason ?? '',
        message: event.message ?? '',
      },
      'reportingComponent',
      errors,
    );
    return errors;
  },
  selectableFields: {
    'involvedObject.kind': involved('kind'),
    'involvedObject.namespace': involved('namespace'),
    'involvedObject.name': involved('name'),
    'involvedObject.uid': involved('uid'),
    'involvedObject.apiVersion': involved('apiVersion'),
    'involvedObject.resourceVersion': involved('resourceVersion'),
    'involvedObject.fieldPath': involved('fieldPath'),
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
};
export default definition;
