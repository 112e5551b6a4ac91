/** `-o kyaml` (printers.KYAMLPrinter). Every document begins with `---`. */
import type { Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { toKyaml } from '../yaml/kyaml';
import { omitManagedFields } from './managed-fields';
import type { Printer } from './printer';

export class KyamlPrinter implements Printer {
  constructor(private readonly showManagedFields: boolean) {}

  print(object: KubeObject | KubeList): string {
    return toKyaml((this.showManagedFields ? object : omitManagedFields(object)) as unknown as Json);
  }

  printEvent(type: string, object: KubeObject): string {
    const shown = (this.showManagedFields ? object : omitManagedFields(object)) as unknown as Json;
    return toKyaml({ type, object: shown });
  }
}
