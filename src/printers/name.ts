/** `-o name` (`deployment.apps/web`) and the line that tells what was done (`deployment.apps/web created`). */
import { gvkOf, type KubeList, type KubeObject } from '../apimachinery/meta';
import { type Printer, PrinterError } from './printer';

/** printers.NamePrinter; no operation: the short form of `-o name`. */
export class NamePrinter implements Printer {
  constructor(private readonly operation: string) {}

  print(object: KubeObject | KubeList): string {
    if (Array.isArray(object.items)) return (object.items as KubeObject[]).map((item) => this.print(item)).join('');
    if (!object.apiVersion && !object.kind)
      throw new PrinterError(
        'missing apiVersion or kind; try GetObjectKind().SetGroupVersionKind() if you know the type',
      );
    const name = (object as KubeObject).metadata?.name || '<unknown>';
    const { group, kind } = gvkOf(object);
    if (!kind) throw new PrinterError(`missing kind for resource with name ${name}`);
    const resource = `${kind.toLowerCase()}${group ? `.${group}` : ''}/${name}`;
    return `${resource}${this.operation ? ` ${this.operation}` : ''}\n`;
  }

  printEvent(_type: string, object: KubeObject): string {
    return this.print(object);
  }
}
