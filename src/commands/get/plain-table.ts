/** A table for an object that the server made none for: its name and its age (printers' default columns). */
import { ageSince } from '../../apimachinery/human-duration';
import type { KubeObject } from '../../apimachinery/meta';
import type { Table } from '../../apimachinery/table';
import { isList } from '../builder/builder';

export function plainTable(object: KubeObject, now: number): Table {
  const items = isList(object) ? (object.items as KubeObject[]) : [object];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
      { name: 'Age', type: 'string', format: '', description: '', priority: 0 },
    ],
    rows: items.map((item) => ({
      cells: [item.metadata?.name ?? '', ageSince(item.metadata?.creationTimestamp, now)],
      object: item,
    })),
  };
}
