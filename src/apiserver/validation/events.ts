/** Events (pkg/apis/core/validation/events.go). Both APIs show one kind of object, under names of their own. */
import { type FieldError, invalid, required } from '../../apimachinery/field-error';
import { isDNS1123Subdomain, utf8Length } from '../../apimachinery/names';
import { complain, validateQualifiedName } from './field-checks';

/** What both APIs name differently, as core/v1 has it. */
export interface EventFacts {
  namespace: string;
  involvedNamespace: string;
  eventTime?: string | null;
  reportingController: string;
  reportingInstance: string;
  action: string;
  reason: string;
  message: string;
}

/** legacyValidateEvent; `controllerField` is the name that the API has for the reporting controller. */
export function validateEvent(event: EventFacts, controllerField: string, errors: FieldError[]): void {
  const { namespace, involvedNamespace } = event;
  const mismatch = () =>
    errors.push(invalid('involvedObject.namespace', involvedNamespace, 'does not match event.namespace'));
  if (!event.eventTime) {
    const agrees = involvedNamespace === '' ? ['', 'default'].includes(namespace) : namespace === involvedNamespace;
    if (!agrees) mismatch();
  } else {
    if (involvedNamespace === '' && namespace !== 'default' && namespace !== 'kube-system') mismatch();
    if (event.reportingController === '') errors.push(required(controllerField));
    validateQualifiedName(controllerField, event.reportingController, errors);
    const limited = (field: 'reportingInstance' | 'action' | 'reason', limit: number) => {
      if (event[field] === '') errors.push(required(field));
      if (utf8Length(event[field]) > limit) errors.push(invalid(field, '', `can have at most ${limit} characters`));
    };
    limited('reportingInstance', 128);
    limited('action', 128);
    limited('reason', 128);
    if (utf8Length(event.message) > 1024) errors.push(invalid('message', '', 'can have at most 1024 characters'));
  }
  complain('namespace', namespace, isDNS1123Subdomain(namespace), errors);
}
