/** Events of events.k8s.io/v1, which are judged strictly (ValidateEventCreate, ValidateEventUpdate). */
import { type FieldError, invalid, required } from '../../../apimachinery/field-error';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import { validateEvent } from '../../validation/events';
import { semanticEqual, validateImmutable } from '../../validation/field-checks';
import { eventCells, eventColumns } from '../core/event';

const definition: ResourceDefinition = {
  group: 'events.k8s.io',
  resource: 'events',
  hasGeneration: false,
  allowCreateOnUpdate: true,
  columns: eventColumns,
  cells: (event, now) => eventCells(asCore(event), now),
  defaults(event) {
    event.eventTime ??= null;
  },
  validate(event, old) {
    const errors: FieldError[] = [];
    validateEvent(
      {
        namespace: event.metadata.namespace ?? '',
        involvedNamespace: event.regarding?.namespace ?? '',
        eventTime: event.eventTime,
        reportingController: event.reportingController ?? '',
        reportingInstance: event.reportingInstance ?? '',
        action: event.action ?? '',
        reason: event.reason ?? '',
        message: event.note ?? '',
      },
      'reportingController',
      errors,
    );
    if (old) return errors;
    validateSeries(event, errors);
    if (!event.eventTime) errors.push(required('eventTime'));
    if (event.type !== 'Normal' && event.type !== 'Warning')
      errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
    for (const [field, given] of [
      ['firstTimestamp', event.deprecatedFirstTimestamp],
      ['lastTimestamp', event.deprecatedLastTimestamp],
      ['count', event.deprecatedCount],
      ['source', event.deprecatedSource?.component || event.deprecatedSource?.host],
    ] as const)
      if (given) errors.push(invalid(field, '', 'needs to be unset'));
    return errors;
  },
  validateUpdate(event, old) {
    const errors: FieldError[] = [];
    if (!semanticEqual(event.series, old.series)) validateSeries(event, errors);
    const fields: [told: string, field: string][] = [
      ['involvedObject', 'regarding'],
      ['reason', 'reason'],
      ['message', 'note'],
      ['source', 'deprecatedSource'],
      ['firstTimestamp', 'deprecatedFirstTimestamp'],
      ['lastTimestamp', 'deprecatedLastTimestamp'],
      ['count', 'deprecatedCount'],
      ['type', 'type'],
      ['eventTime', 'eventTime'],
      ['action', 'action'],
      ['related', 'related'],
      ['reportingController', 'reportingController'],
      ['reportingInstance', 'reportingInstance'],
    ];
    for (const [told, field] of fields) validateImmutable(told, event[field], old[field], errors);
    return errors;
  },
};
export default definition;

function validateSeries(event: KubeObject, errors: FieldError[]): void {
  if (!event.series) return;
  if ((event.series.count ?? 0) < 2) errors.push(invalid('series.count', '', 'should be at least 2'));
  if (!event.series.lastObservedTime) errors.push(required('series.lastObservedTime'));
}

/** The same event by the names of core/v1. */
function asCore(event: KubeObject): KubeObject {
  return {
    ...event,
    involvedObject: event.regarding,
    message: event.note,
    reportingComponent: event.reportingController,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
  };
}
