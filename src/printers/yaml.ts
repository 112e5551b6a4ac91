/** `-o yaml`: documents separated by `---` (printers.YAMLPrinter). */
import type { Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { toYaml } from '../yaml/write';
import { omitManagedFields } from './managed-fields';
import type { Printer } from './printer';

export class YamlPrinter implements Printer {
  private count = 0;

  constructor(private readonly showManagedFields: boolean) {}

  print(object: KubeObject | KubeList): string {
    return this.document((this.showManagedFields ? object : omitManagedFields(object)) as unknown as Json);
  }

  printEvent(type: string, object: KubeObject): string {
    const shown = (this.showManagedFields ? object : omitManagedFields(object)) as unknown as Json;
    return this.document({ type, object: shown });
  }

  private document(value: Json): string {
    const separator = this.count++ > 0 ? '---\n' : '';
    return separator + toYaml(value);
  }
}
