/** What the columns of several kinds share (pkg/printers/internalversion/printers.go). Cells are made for the wide table always. */
import { ageSince } from '../../apimachinery/human-duration';
import { type LabelSelectorObject, selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import type { Column } from '../resource';
import type { Container, LabelSelector } from '../validation/core-types';

/** A column of text that shows always, unless told otherwise. */
export function column(name: string, options: Partial<Column> = {}): Column {
  return { name, type: 'string', description: '', priority: 0, ...options };
}
/** A column of -o wide. */
export function wide(name: string, description = ''): Column {
  return column(name, { priority: 1, description });
}

export const NAME: Column = column('Name', {
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
});
export const AGE: Column = column('Age', {
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
});
export const CONTAINERS: Column = wide('Containers', 'Names of each container in the template.');
export const IMAGES: Column = wide('Images', 'Images referenced by each container in the template.');
export const SELECTOR: Column = wide('Selector');

export function nameOf(object: KubeObject): string {
  return object.metadata.name ?? '';
}
export function ageOf(object: KubeObject, now: number): string {
  return ageSince(object.metadata.creationTimestamp, now);
}

/** The names and the images of containers, each joined by commas (layoutContainerCells). */
export function containerCells(containers: readonly Container[] | undefined): [names: string, images: string] {
  const list = containers ?? [];
  return [
    list.map((container) => container.name ?? '').join(','),
    list.map((container) => container.image ?? '').join(','),
  ];
}

/** `app=web,tier=x`, keys sorted; `<none>` for none (labels.FormatLabels). */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels?.[key]}`).join(',');
}

/** A selector as text; `<none>` for an empty one, `<error>` for one that makes no sense (metav1.FormatLabelSelector). */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  try {
    return selectorOf(selector as LabelSelectorObject | undefined).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

/** `a,b,c + 2 more...`, `<unset>` for none (listWithMoreString). */
export function listWithMore(list: readonly string[], max: number): string {
  const text = list.slice(0, max).join(',');
  return list.length > max ? `${text} + ${list.length - max} more...` : text || '<unset>';
}

/** `True` or `False`; `<unset>` for what was not given (printBoolPtr). */
export function formatBoolean(value: boolean | undefined): string {
  if (value === undefined) return '<unset>';
  return value ? 'True' : 'False';
}

/** Of kinds that have no printer of their own (apiserver `registry/rest/table.go` defaultTableConvertor). */
export const CREATED_AT: Column = {
  name: 'Created At',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  priority: 0,
};
