/** Puts the FlowSchemas and PriorityLevelConfigurations that every cluster has into its store (kubernetes `pkg/registry/flowcontrol/rest`). */
import { clone, type JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { formatTime } from '../apimachinery/time';
import { bootstrapFlowSchemas, bootstrapLevels, foundCondition } from '../apiserver/bootstrap-flows';
import { FLOWCONTROL_GROUP } from '../apiserver/bootstrapped-groups';
import type { Store } from '../store/store';
import { ensureBootstrapObjects } from './bootstrap-objects';
import type { ClusterRecord } from './cluster-record';

const path = (resource: string) => ({ group: FLOWCONTROL_GROUP, version: 'v1', resource });
const LEVELS = path('prioritylevelconfigurations');
const SCHEMAS = path('flowschemas');
/** The two halves of a server that write them, each under its own name. */
const PRODUCER = { fieldManager: 'api-priority-and-fairness-config-producer-v1' };
const CONSUMER = { fieldManager: 'api-priority-and-fairness-config-consumer-v1' };

export function ensureBootstrapFlows(store: Store, record: ClusterRecord): Promise<void> {
  return ensureBootstrapObjects(store, record, {
    ...{ key: '/kubetick/bootstrap-flows', mark: { flows: 1 }, group: FLOWCONTROL_GROUP, label: 'bootstrap-flows' },
    async create(client) {
      const made = (object: KubeObject) => clone(object as JsonObject) as KubeObject;
      for (const level of bootstrapLevels()) await client.create(LEVELS, '', made(level), PRODUCER);
      for (const schema of bootstrapFlowSchemas()) {
        const created = await client.create(SCHEMAS, '', made(schema), PRODUCER);
        const status = { conditions: [foundCondition(schema, formatTime(record.startTime))] };
        await client.update(SCHEMAS, { ...created, status }, CONSUMER, 'status');
      }
    },
  });
}
