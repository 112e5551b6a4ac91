/** Rows and columns as the API server prepares them for people (metav1.Table). */
import type { ObjectMeta } from './meta';

/** metav1.TableColumnDefinition. Priority 0 shows always, above that with `-o wide`. */
export interface TableColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

/** Numbers stay numbers; null prints as nothing. */
export type TableCell = string | number | bigint | boolean | null;

export interface TableRow {
  cells: TableCell[];
  /** A PartialObjectMetadata, or the whole object with `includeObject=Object`; absent with `None`. */
  object?: { apiVersion: string; kind: string; metadata: ObjectMeta };
}

export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}
