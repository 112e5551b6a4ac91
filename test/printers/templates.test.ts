import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../src/apimachinery/json-text';
import { asObject } from '../../src/apimachinery/meta';
import { parseJsonPath } from '../../src/printers/jsonpath';
import { createPrinter, PrinterError } from '../../src/printers/printer';

interface Case {
  template: string;
  /** --allow-missing-template-keys=false */
  strict?: boolean;
  /** jsonpath-as-json */
  asJson?: boolean;
  /** Go walks maps in any order. */
  unordered?: boolean;
  /** What kubectl 1.36 wrote, with the object itself abbreviated. */
  stdout?: string;
  stderr?: string;
}

function testdata(name: string): string {
  return readFileSync(join(__dirname, 'testdata', name), 'utf8');
}

const object = asObject(parseJson(testdata('object.json')));
const paths: { syntax: string; cases: Case[] } = JSON.parse(testdata('jsonpath.json'));
const templates: { raw: string; object: string; cases: Case[] } = JSON.parse(testdata('go-template.json'));

function expand(text: string | undefined): string {
  return (text ?? '')
    .replaceAll('<RAW>', templates.raw)
    .replaceAll('<OBJECT>', templates.object)
    .replaceAll('<SYNTAX>', paths.syntax);
}

async function run(format: string, { template, strict }: Case): Promise<{ stdout: string; stderr: string }> {
  try {
    const printer = await createPrinter(`${format}=${template}`, { allowMissingKeys: !strict });
    return { stdout: printer.print(object), stderr: '' };
  } catch (error) {
    if (!(error instanceof PrinterError)) throw error;
    // cmdutil.CheckErr puts a newline behind a message that has none.
    return { stdout: error.output, stderr: `error: ${error.message.replace(/\n$/, '')}\n` };
  }
}

function words(text: string): string[] {
  return [...text].sort();
}

describe('jsonpath as kubectl 1.36 printed it', () => {
  test.each(paths.cases)('$template', async (c) => {
    const { stdout, stderr } = await run(c.asJson ? 'jsonpath-as-json' : 'jsonpath', c);
    if (c.unordered) expect(words(stdout)).toEqual(words(expand(c.stdout)));
    else expect(stdout).toBe(expand(c.stdout));
    expect(stderr).toBe(expand(c.stderr));
  });
});

describe('go-template as kubectl 1.36 printed it', () => {
  test.each(templates.cases)('$template', async (c) => {
    const { stdout, stderr } = await run('go-template', c);
    expect(stdout).toBe(expand(c.stdout));
    expect(stderr).toBe(expand(c.stderr));
  });
});

test('a parsed path finds again and again, ranges included', () => {
  const path = parseJsonPath('{range .spec.containers[*]}{.name}{end}');
  expect(path.find(parseJson(testdata('object.json')))).toEqual([['nginx'], ['side']]);
  expect(path.find(parseJson(testdata('object.json')))).toEqual([['nginx'], ['side']]);
  expect(path.findFirst(null)).toBeUndefined();
});
