/** `-o go-template=…` (printers.GoTemplatePrinter). */
import type { Json } from '../apimachinery/json';
import { stringifyGo } from '../apimachinery/json-text';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { goQuote, goString } from './go-format';
import { type Printer, PrinterError } from './printer';
import { ExecuteError, executeTemplate } from './template/execute';
import { hasFunction } from './template/functions';
import { type ParsedTemplate, parseTemplate } from './template/parse';

export class GoTemplatePrinter implements Printer {
  private readonly parsed: ParsedTemplate;

  /** @throws PrinterError `error parsing template {{.a, template: output:1: unclosed action` */
  constructor(
    private readonly template: string,
    private readonly allowMissingKeys: boolean,
  ) {
    try {
      this.parsed = parseTemplate(template, hasFunction);
    } catch (error) {
      throw new PrinterError(`error parsing template ${template}, ${(error as Error).message}`);
    }
  }

  print(object: KubeObject | KubeList): string {
    return this.execute(object as unknown as Json);
  }

  printEvent(type: string, object: KubeObject): string {
    return this.execute({ type, object: object as unknown as Json });
  }

  private execute(data: Json): string {
    try {
      return executeTemplate(this.parsed, data, this.allowMissingKeys ? 'default' : 'error');
    } catch (error) {
      if (!(error instanceof ExecuteError)) throw error;
      // kubectl explains itself on standard output, after what the template had printed.
      const detail =
        `Error executing template: ${error.message}. Printing more information for debugging the template:\n` +
        `\ttemplate was:\n\t\t${this.template}\n\traw data was:\n\t\t${stringifyGo(data)}\n` +
        `\tobject given to template engine was:\n\t\t${goString(data)}\n\n`;
      throw new PrinterError(
        `error executing template ${goQuote(this.template)}: ${error.message}`,
        error.output + detail,
      );
    }
  }
}
