/**
 * Turns objects into the text that `-o` asks for. One module per format, loaded when asked for (cli-runtime
 * genericclioptions/print_flags.go, kubectl get/get_flags.go).
 */
import type { KubeList, KubeObject } from '../apimachinery/meta';

export interface Printer {
  /**
   * The text of one object or list. A printer remembers what it printed: YAML puts `---` between objects, custom columns
   * print their headers once.
   * @throws PrinterError in kubectl's words; its `output` is what belongs on standard output before the error is told.
   */
  print(object: KubeObject | KubeList): string;
  /** The text of a watch event (`get -w --output-watch-events`); formats that can't say the type print the object. */
  printEvent(type: string, object: KubeObject): string;
}

export interface PrinterOptions {
  /** --template */
  template?: string;
  /** --allow-missing-template-keys; default true. */
  allowMissingKeys?: boolean;
  showManagedFields?: boolean;
  /** What happened to the object: `created`, `configured (dry run)`; said by the printer of an empty output format. */
  operation?: string;
  noHeaders?: boolean;
  /** False for objects whose keys stand in the order of their Go type: `-o json` and kyaml keep it. Default true. */
  sortKeys?: boolean;
  /** True for `get`, which knows custom-columns and wide besides what every command knows. */
  columns?: boolean;
  /** For the -file forms. Rejects with a message such as `open x: no such file or directory`. */
  readFile?(path: string): Promise<string>;
}

/** What kubectl says when it can't print. */
export class PrinterError extends Error {
  constructor(
    message: string,
    readonly output = '',
  ) {
    super(message);
    this.name = 'PrinterError';
  }
}

const TEMPLATE_FORMATS = ['go-template', 'go-template-file', 'template', 'templatefile'];
const JSONPATH_FORMATS = ['jsonpath', 'jsonpath-as-json', 'jsonpath-file'];
const COLUMN_FORMATS = ['custom-columns', 'custom-columns-file'];

/**
 * The printer for an output format: `json`, `yaml`, `kyaml`, `name`, `jsonpath=…`, `go-template=…`, `custom-columns=…` and
 * so on; empty gives the printer of `TYPE/name operation`. `wide` and the empty format of `get` are tables: see table.ts.
 * @throws PrinterError: `unable to match a printer suitable for the output format "nosuch", allowed formats are: …`,
 *   or what is wrong with the template.
 */
export async function createPrinter(output: string, options: PrinterOptions = {}): Promise<Printer> {
  const format = output === '' && options.template ? 'go-template' : output;
  switch (format.toLowerCase()) {
    case 'json': {
      const { JsonPrinter } = await import('./json');
      return new JsonPrinter(options.showManagedFields ?? false, options.sortKeys ?? true);
    }
    case 'yaml': {
      const { YamlPrinter } = await import('./yaml');
      return new YamlPrinter(options.showManagedFields ?? false);
    }
    case 'kyaml': {
      const { KyamlPrinter } = await import('./kyaml');
      return new KyamlPrinter(options.showManagedFields ?? false, options.sortKeys ?? true);
    }
    case 'name':
    case '': {
      const { NamePrinter } = await import('./name');
      return new NamePrinter(format === '' ? (options.operation ?? '') : '');
    }
  }
  const named = splitFormat(format, options.template, JSONPATH_FORMATS);
  if (named) {
    const template = await templateText(named, options);
    const { JsonPathPrinter } = await import('./jsonpath');
    return new JsonPathPrinter(template, {
      allowMissingKeys: options.allowMissingKeys ?? true,
      asJson: named.format === 'jsonpath-as-json',
    });
  }
  const goTemplate = splitFormat(format, options.template, TEMPLATE_FORMATS);
  if (goTemplate) {
    const template = await templateText(goTemplate, options);
    const { GoTemplatePrinter } = await import('./go-template');
    return new GoTemplatePrinter(template, options.allowMissingKeys ?? true);
  }
  const columns = options.columns ? splitFormat(format, options.template, COLUMN_FORMATS) : undefined;
  if (columns) {
    const { createCustomColumnsPrinter } = await import('./custom-columns');
    return createCustomColumnsPrinter(columns.format, columns.template, options);
  }
  throw new PrinterError(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowedFormats(options.columns).join(',')}`,
  );
}

/** The formats that a command knows, sorted as its error lists them; `columns`: those of `get`. */
export function allowedFormats(columns = false): string[] {
  const formats = ['json', 'yaml', 'kyaml', 'name', ...TEMPLATE_FORMATS, ...JSONPATH_FORMATS];
  if (columns) formats.push(...COLUMN_FORMATS, 'wide');
  return formats.sort();
}

/** `jsonpath={.a}` → its parts, when the format is one of these. With --template the whole of --output is the format. */
function splitFormat(
  output: string,
  template: string | undefined,
  formats: readonly string[],
): { format: string; template: string } | undefined {
  if (template) return formats.includes(output) ? { format: output, template } : undefined;
  for (const format of formats)
    if (output.startsWith(`${format}=`)) return { format, template: output.slice(format.length + 1) };
  return formats.includes(output) ? { format: output, template: '' } : undefined;
}

async function templateText(named: { format: string; template: string }, options: PrinterOptions): Promise<string> {
  if (named.template === '') throw new PrinterError('template format specified but no template given');
  if (!named.format.endsWith('file')) return named.template;
  if (!options.readFile) throw new PrinterError(`error reading --template ${named.template}, files can't be read here`);
  try {
    return await options.readFile(named.template);
  } catch (error) {
    throw new PrinterError(`error reading --template ${named.template}, ${(error as Error).message}`);
  }
}
