/** `-o kyaml` (printers.KYAMLPrinter). Every document begins with `---`. */
import type { Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { toKyaml } from '../yaml/kyaml';
import { omitManagedFields } from './managed-fields';
import type { Printer } from './printer';

export class KyamlPrinter implements Printer {
  constructor(
    private readonly showManagedFields: boolean,
    private readonly sortKeys = true,
  ) {}

  print(object: KubeObject | KubeList): string {
    const shown = (this.showManagedFields ? object : omitManagedFields(object)) as unknown as Json;
    return toKyaml(shown, this.sortKeys);
  }

  printEvent(type: string, object: KubeObject): string {
    const shown = (this.showManagedFields ? object : omitManagedFields(object)) as unknown as Json;
    return toKyaml({ type, object: shown });
  }
}
