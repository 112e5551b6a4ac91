/** The health of the control plane's parts (pkg/registry/core/componentstatus). */
import type { ResourceDefinition } from '../../resource';
import { column, NAME, nameOf } from '../columns';

interface Condition {
  type?: string;
  status?: string;
  message?: string;
  error?: string;
}

const definition: ResourceDefinition = {
  group: '',
  resource: 'componentstatuses',
  columns: [
    NAME,
    column('Status', { description: 'Status of the component conditions' }),
    column('Message', { description: 'Message of the component conditions' }),
    column('Error', { description: 'Error of the component conditions' }),
  ],
  cells(object) {
    const healthy = ((object.conditions ?? []) as Condition[]).find((condition) => condition.type === 'Healthy');
    if (!healthy) return [nameOf(object), 'Unknown', '', ''];
    const status = healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
    return [nameOf(object), status, healthy.message ?? '', healthy.error ?? ''];
  },
};
export default definition;
