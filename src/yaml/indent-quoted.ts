/**
 * Lines of quoted scalars and flow collections set further right, so that the library reads what go-yaml reads: libyaml lets such a line begin
 * anywhere (scannerc.go yaml_parser_scan_flow_scalar, yaml_parser_unroll_indent), YAML 1.2 wants it deeper than its block. White space there means nothing.
 */
import { SyntaxProblem } from './cursor';
import { Scanner } from './scanner';

/** The same document, line for line, in which no line of a quoted scalar stands further left than its quote, nor one of a flow collection than its block. */
export function indentQuoted(text: string): string {
  const scanner = new Scanner(text);
  try {
    while (scanner.peek().type !== 'stream-end') scanner.skip();
  } catch (error) {
    // What follows the first document need not be YAML.
    if (!(error instanceof SyntaxProblem)) throw error;
  }
  let indented = '';
  let done = 0;
  for (const { at, missing } of scanner.outdented) {
    indented += text.slice(done, at) + ' '.repeat(missing);
    done = at;
  }
  return indented + text.slice(done);
}
