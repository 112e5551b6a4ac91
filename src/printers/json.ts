/** `-o json`: four spaces; keys sorted, as Go writes maps, or as they stand, as it writes structs (printers.JSONPrinter). */
import type { Json } from '../apimachinery/json';
import { stringifyGo } from '../apimachinery/json-text';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { omitManagedFields } from './managed-fields';
import type { Printer } from './printer';

export class JsonPrinter implements Printer {
  constructor(
    private readonly showManagedFields: boolean,
    private readonly sortKeys = true,
  ) {}

  print(object: KubeObject | KubeList): string {
    const shown = this.showManagedFields ? object : omitManagedFields(object);
    return `${stringifyGo(shown as unknown as Json, { indent: '    ', sortKeys: this.sortKeys })}\n`;
  }

  /** One line: events are a stream for machines. */
  printEvent(type: string, object: KubeObject): string {
    const shown = this.showManagedFields ? object : omitManagedFields(object);
    return `{"type":${stringifyGo(type)},"object":${stringifyGo(shown as unknown as Json)}}\n`;
  }
}
