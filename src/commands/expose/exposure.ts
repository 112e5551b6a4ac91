/** What a service needs to know of what it exposes: its selector, ports and protocols (kubectl pkg/polymorphichelpers). */
import type { KubeObject } from '../../apimachinery/meta';
import { CommandError } from '../command';

interface Port {
  containerPort?: number;
  port?: number;
  protocol?: string;
}

export interface Exposure {
  /** Throws in kubectl's words where there is none that a service can have. */
  selector(): Record<string, string>;
  /** Each once, in order. */
  ports(): string[];
  /** By port. */
  protocols(): Map<string, string[]>;
}

const EXPOSABLE = ['ReplicationController', 'Service', 'Pod', 'Deployment.apps', 'ReplicaSet.apps'];

/** Throws for a kind that can't be exposed: `cannot expose a ConfigMap`. */
export function exposureOf(object: KubeObject, { group, kind }: { group: string; kind: string }): Exposure {
  const qualified = group === '' ? kind : `${kind}.${group}`;
  if (!EXPOSABLE.includes(qualified)) throw new CommandError(`cannot expose a ${qualified}`);
  const listed: Port[] =
    kind === 'Service'
      ? (object.spec?.ports ?? [])
      : ((kind === 'Pod' ? object.spec : object.spec?.template?.spec)?.containers ?? []).flatMap(
          (container: { ports?: Port[] }) => container.ports ?? [],
        );
  const ports = listed.map((port) => ({
    number: String(port.containerPort ?? port.port ?? 0),
    protocol: port.protocol || 'TCP',
  }));
  return {
    selector: () => selectorOf(object, kind),
    ports: () => [...new Set(ports.map(({ number }) => number))],
    protocols() {
      const protocols = new Map<string, string[]>();
      for (const { number, protocol } of ports) protocols.set(number, [...(protocols.get(number) ?? []), protocol]);
      return protocols;
    },
  };
}

function selectorOf(object: KubeObject, kind: string): Record<string, string> {
  const refuse = (why: string): never => {
    throw new CommandError(why);
  };
  switch (kind) {
    case 'Pod': {
      const labels = object.metadata.labels ?? {};
      return Object.keys(labels).length > 0 ? labels : refuse('the pod has no labels and cannot be exposed');
    }
    case 'Service':
      return object.spec?.selector ?? refuse('the service has no pod selector set');
    case 'ReplicationController':
      return object.spec?.selector ?? {};
    default: {
      const { matchLabels = {}, matchExpressions = [] } = object.spec?.selector ?? {};
      if (Object.keys(matchLabels).length === 0) {
        refuse(`invalid ${kind.toLowerCase()}: no selectors, therefore cannot be exposed`);
      }
      if (matchExpressions.length > 0) {
        const told = matchExpressions
          .map(
            ({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }) =>
              `{Key:${key} Operator:${operator} Values:[${values.join(' ')}]}`,
          )
          .join(' ');
        refuse(`couldn't convert expressions - "[${told}]" to map-based selector format`);
      }
      return matchLabels;
    }
  }
}
