/** `-o jsonpath=…`, `-o jsonpath-as-json=…` (printers.JSONPathPrinter). */
import type { Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { goQuote, goSyntax } from './go-format';
import { JsonPath, type JsonPathOptions, toJson } from './jsonpath/evaluate';
import { type Printer, PrinterError } from './printer';

/** A path that finds values, for sorting, waiting and columns. */
export interface ParsedPath {
  /** Everything found, part by part (JSONPath.FindResults). */
  find(value: Json): Json[][];
  /** The first value of the first part, or undefined. */
  findFirst(value: Json): Json | undefined;
}

/**
 * Parses a template such as `{.status.phase}`. Missing fields find nothing.
 * @throws Error in the parser's words; find() throws the evaluator's.
 */
export function parseJsonPath(template: string, options: JsonPathOptions = { allowMissingKeys: true }): ParsedPath {
  // Checked now, made anew for each value: a path with a range is good for one run.
  let path: JsonPath | undefined = new JsonPath(template, options);
  const find = (value: Json): Json[][] => {
    const current = path ?? new JsonPath(template, options);
    path = undefined;
    return current.findResults(value).map((results) => results.map(toJson));
  };
  return { find, findFirst: (value) => find(value)[0]?.[0] };
}

export class JsonPathPrinter implements Printer {
  private readonly path: JsonPath;

  /** @throws PrinterError `error parsing jsonpath {.a, unclosed action` */
  constructor(
    private readonly template: string,
    options: JsonPathOptions,
  ) {
    try {
      this.path = new JsonPath(template, options);
    } catch (error) {
      throw new PrinterError(`error parsing jsonpath ${template}, ${(error as Error).message}`);
    }
  }

  print(object: KubeObject | KubeList): string {
    return this.execute(object as unknown as Json);
  }

  /** An event is an object like another to a path: `{.type}`, `{.object.metadata.name}`. */
  printEvent(type: string, object: KubeObject): string {
    return this.execute({ type, object: object as unknown as Json });
  }

  private execute(data: Json): string {
    try {
      return this.path.execute(data);
    } catch (error) {
      const detail =
        `Error executing template: ${(error as Error).message}. Printing more information for debugging the template:\n` +
        `\ttemplate was:\n\t\t${this.template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(data)}\n\n`;
      throw new PrinterError(`error executing jsonpath ${goQuote(this.template)}: ${detail}\n`);
    }
  }
}
