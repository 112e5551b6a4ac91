/** Events of events.k8s.io/v1, stored as those of core/v1 (kubernetes `pkg/apis/events/v1/conversion.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Conversion } from './conversion';

/** The names of the same field: core/v1, events.k8s.io/v1. */
const FIELDS = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const;

export const eventConversion: Conversion = {
  storedAs: { group: '', resource: 'events' },
  fromStored: (event) => renamed(event, 'events.k8s.io/v1', FIELDS),
  toStored: (event) =>
    renamed(
      event,
      'v1',
      FIELDS.map(([core, events]) => [events, core] as const),
    ),
};

function renamed(
  event: KubeObject,
  apiVersion: string,
  fields: readonly (readonly [from: string, to: string])[],
): KubeObject {
  const copy: KubeObject = { ...event, apiVersion, metadata: { ...event.metadata } };
  for (const [from, to] of fields) {
    if (!Object.hasOwn(copy, from)) continue;
    copy[to] = copy[from];
    delete copy[from];
  }
  return copy;
}
