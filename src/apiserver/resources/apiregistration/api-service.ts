/** Groups and versions of the API and who serves them (kube-aggregator `pkg/registry/apiservice`). */
import { type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { isDNS1035Label, isDNS1123Subdomain, isPathSegmentName, isValidPortNum } from '../../../apimachinery/names';
import { formatTime } from '../../../apimachinery/time';
import { isMetricsGroup } from '../../metrics/metric-groups';
import type { ResourceDefinition } from '../../resource';
import { byteLength } from '../../validation/base64';
import { complain } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface APIServiceSpec {
  group?: string;
  version?: string;
  groupPriorityMinimum?: number;
  versionPriority?: number;
  service?: { namespace?: string; name?: string; port?: number };
  caBundle?: string;
  insecureSkipTLSVerify?: boolean;
}
interface Condition {
  type?: string;
  status?: string;
  reason?: string;
}

const definition: ResourceDefinition = {
  group: 'apiregistration.k8s.io',
  resource: 'apiservices',
  hasGeneration: false,
  requiresResourceVersionOnUpdate: true,
  validateName: (name) => [...isPathSegmentName(name)],
  columns: [
    NAME,
    column('Service', { description: 'The reference to the service that hosts this API endpoint.' }),
    column('Available', { description: 'Whether this service is available.' }),
    AGE,
  ],
  cells(object, now) {
    const { service }: APIServiceSpec = object.spec ?? {};
    const conditions: Condition[] = object.status?.conditions ?? [];
    const available = conditions.find((condition) => condition.type === 'Available');
    const { status = 'Unknown', reason } = available ?? {};
    return [
      nameOf(object),
      service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local',
      status !== 'True' && reason ? `${status} (${reason})` : status,
      ageOf(object, now),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    if (object.spec.service) object.spec.service.port ??= 443;
  },
  prepareForCreate(object, { clock }) {
    object.status = {};
    // Metrics are served by this server itself, whatever service is said to.
    const isOwn = isMetricsGroup(object.spec.group ?? '');
    if (object.spec.service && !isOwn) return;
    const [reason, message] = object.spec.service
      ? ['Passed', 'all checks passed']
      : ['Local', 'Local APIServices are always available'];
    const lastTransitionTime = formatTime(clock.now());
    object.status = { conditions: [{ type: 'Available', status: 'True', lastTransitionTime, reason, message }] };
  },
  validate(object) {
    const errors: FieldError[] = [];
    const spec: APIServiceSpec = object.spec ?? {};
    validateName(object.metadata.name ?? '', spec, errors);
    validateSpec(spec, errors);
    return errors;
  },
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        const statuses = ['True', 'False', 'Unknown'];
        ((object.status?.conditions ?? []) as Condition[]).forEach(({ status = '' }, i) => {
          if (!statuses.includes(status)) errors.push(notSupported(`status.conditions[${i}].status`, status, statuses));
        });
        return errors;
      },
    },
  },
};
export default definition;

function validateName(name: string, { group = '', version = '' }: APIServiceSpec, errors: FieldError[]): void {
  const needed = `${version}.${group}`;
  if (name !== needed && isPathSegmentName(name).length === 0)
    errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(needed)}`));
}

function validateSpec(spec: APIServiceSpec, errors: FieldError[]): void {
  const { group = '', version = '', groupPriorityMinimum: priority = 0, versionPriority = 0, service } = spec;
  const skips = spec.insecureSkipTLSVerify ?? false;
  if (group === '' && version !== 'v1')
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '') complain('spec.group', group, isDNS1123Subdomain(group), errors);
  complain('spec.version', version, isDNS1035Label(version), errors);
  if (priority <= 0 || priority > 20000)
    errors.push(invalid('spec.groupPriorityMinimum', priority, 'must be positive and less than 20000'));
  if (versionPriority <= 0 || versionPriority > 1000)
    errors.push(invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
  if (!service) {
    if (spec.caBundle)
      errors.push(
        invalid('spec.caBundle', `${byteLength(spec.caBundle)} bytes`, 'local APIServices may not have a caBundle'),
      );
    if (skips)
      errors.push(invalid('spec.insecureSkipTLSVerify', skips, 'local APIServices may not have insecureSkipTLSVerify'));
    return;
  }
  if (!service.namespace) errors.push(required('spec.service.namespace'));
  if (!service.name) errors.push(required('spec.service.name'));
  const complaints = isValidPortNum(service.port ?? 0);
  if (complaints.length > 0)
    errors.push(invalid('spec.service.port', service.port ?? 0, `port is not valid: ${complaints.join(', ')}`));
  if (skips && spec.caBundle)
    errors.push(invalid('spec.insecureSkipTLSVerify', skips, 'may not be true if caBundle is present'));
}
