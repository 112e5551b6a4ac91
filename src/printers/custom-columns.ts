/** `-o custom-columns=NAME:.metadata.name,…` (kubectl get/customcolumn.go). */
import type { Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { goString } from './go-format';
import { type ParsedPath, parseJsonPath } from './jsonpath';
import { type Printer, PrinterError, type PrinterOptions } from './printer';
import { escapeTerminal } from './table';
import { newGetTabWriter } from './tabwriter';

const RELAXED = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/;

/**
 * `metadata.name`, `.metadata.name`, `{metadata.name}` and `{.metadata.name}` all mean the last (RelaxedJSONPathExpression).
 * @throws Error for what is no path
 */
export function relaxedPath(text: string): string {
  if (text === '') return text;
  const match = RELAXED.exec(text);
  if (!match)
    throw new Error(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  return `{.${match[1] ?? match[2]}}`;
}

/** @throws PrinterError when the specification is wrong or its file can't be read. */
export async function createCustomColumnsPrinter(
  format: string,
  template: string,
  options: PrinterOptions,
): Promise<Printer> {
  if (template === '') throw new PrinterError('custom-columns format specified but no custom columns given');
  if (format !== 'custom-columns-file') return new CustomColumnsPrinter(fromSpec(template), options.noHeaders ?? false);
  let text: string;
  try {
    text = await (options.readFile as NonNullable<PrinterOptions['readFile']>)(template);
  } catch (error) {
    throw new PrinterError(`error reading template ${template}, ${(error as Error).message}\n`);
  }
  // --no-headers is for the other form only, as in kubectl.
  return new CustomColumnsPrinter(fromFile(text), false);
}

interface Column {
  header: string;
  path: string;
}

function fromSpec(spec: string): Column[] {
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0)
      throw new PrinterError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return column(part.slice(0, colon), part.slice(colon + 1));
  });
}

function fromFile(text: string): Column[] {
  const expected = 'Expected format is one line of space separated headers, one line of space separated column specs.';
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  if (lines.length === 0) throw new PrinterError(`invalid template, missing header line. ${expected}`);
  if (lines.length === 1) throw new PrinterError(`invalid template, missing spec line. ${expected}`);
  const [headers, specs] = lines.slice(0, 2).map((line) => line.split(/\s+/).filter((word) => word !== '')) as [
    string[],
    string[],
  ];
  if (headers.length !== specs.length)
    throw new PrinterError(
      `number of headers (${headers.length}) and field specifications (${specs.length}) don't match`,
    );
  return headers.map((header, i) => column(header, specs[i] as string));
}

function column(header: string, path: string): Column {
  try {
    return { header, path: relaxedPath(path) };
  } catch (error) {
    throw new PrinterError((error as Error).message);
  }
}

class CustomColumnsPrinter implements Printer {
  private readonly writer = newGetTabWriter();
  private paths: ParsedPath[] | undefined;
  private lastType: string | undefined;

  constructor(
    private readonly columns: readonly Column[],
    private readonly noHeaders: boolean,
  ) {}

  print(object: KubeObject | KubeList): string {
    const isList = Array.isArray(object.items);
    return this.rows(isList ? 'list' : 'object', (isList ? object.items : [object]) as Json[]);
  }

  printEvent(type: string, object: KubeObject): string {
    return this.rows('event', [{ type, object: object as unknown as Json }]);
  }

  private rows(type: string, objects: readonly Json[]): string {
    if (!this.noHeaders && type !== this.lastType) {
      this.writer.write(`${this.columns.map(({ header }) => header).join('\t')}\n`);
      this.lastType = type;
    }
    for (const object of objects) this.writer.write(`${this.cells(object).join('\t')}\n`);
    return this.writer.flush();
  }

  private cells(object: Json): string[] {
    try {
      this.paths ??= this.columns.map(({ path }) => parseJsonPath(path));
      return this.paths.map((path) => {
        const found = path.find(object);
        const values = found.flat().map((value) => escapeTerminal(goString(value)));
        if ((found[0]?.length ?? 0) === 0) values.unshift('<none>');
        return values.join(',');
      });
    } catch (error) {
      // What stands in the writer is printed all the same: kubectl flushes it on the way out.
      throw new PrinterError((error as Error).message, this.writer.flush());
    }
  }
}
