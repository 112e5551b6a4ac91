/** Who manages which field is a page of its own; printers leave it out unless asked (printers.OmitManagedFieldsPrinter). */
import type { KubeList, KubeObject } from '../apimachinery/meta';

/** The object or list without metadata.managedFields; copies only what it changes. */
export function omitManagedFields<T extends KubeObject | KubeList>(object: T): T {
  if (Array.isArray(object.items)) {
    const items = (object.items as KubeObject[]).map(omitManagedFields);
    return { ...object, items };
  }
  if (object.metadata === undefined || !('managedFields' in object.metadata)) return object;
  const { managedFields: _, ...metadata } = (object as KubeObject).metadata;
  return { ...object, metadata };
}
