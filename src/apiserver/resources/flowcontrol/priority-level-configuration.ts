/** How much the server does at once for some requests (pkg/registry/flowcontrol/prioritylevelconfiguration). */
import type { Cell, ResourceDefinition } from '../../resource';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface Level {
  nominalConcurrencyShares?: number;
  lendablePercent?: number;
}
interface LimitedLevel extends Level {
  limitResponse?: { queuing?: { queues?: number; handSize?: number; queueLengthLimit?: number } };
}
interface PriorityLevelSpec {
  type?: string;
  limited?: LimitedLevel;
  exempt?: Level;
}

const definition: ResourceDefinition = {
  group: 'flowcontrol.apiserver.k8s.io',
  resource: 'prioritylevelconfigurations',
  columns: [
    NAME,
    ...['Type', 'NominalConcurrencyShares', 'Queues', 'HandSize', 'QueueLengthLimit'].map((name) => column(name)),
    AGE,
  ],
  cells(object, now) {
    const { type = '', limited }: PriorityLevelSpec = object.spec ?? {};
    const queuing = limited?.limitResponse?.queuing;
    const figure = (holder: object | undefined, value: number | undefined): Cell => (holder ? (value ?? 0) : '<none>');
    return [
      nameOf(object),
      type,
      figure(limited, limited?.nominalConcurrencyShares),
      figure(queuing, queuing?.queues),
      figure(queuing, queuing?.handSize),
      figure(queuing, queuing?.queueLengthLimit),
      ageOf(object, now),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    const { limited, exempt }: PriorityLevelSpec = object.spec;
    if (limited) defaultLevel(limited, 30);
    if (exempt) defaultLevel(exempt, 0);
    const queuing = limited?.limitResponse?.queuing;
    if (!queuing) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
  prepareForCreate(object) {
    object.status = {};
  },
};
export default definition;

function defaultLevel(level: Level, shares: number): void {
  level.nominalConcurrencyShares ??= shares;
  level.lendablePercent ??= 0;
}
