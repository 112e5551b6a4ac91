/**
 * `__complete`: what a shell may offer for the last word of a command line, one candidate a line, then `:` and what to do with
 * them (cobra completions.go). The scripts of `completion` ask it.
 */
import type { Command, RawRequest } from '../command';
import { parseBool } from '../flag-values';
import { Completer } from './completer';
import { CompletionLog } from './completion-log';
import { Directive } from './declared';
import { completionTree } from './tree';

const command: Command = {
  use: '__complete [command-line]',
  short: 'Request shell completion choices for the specified command-line',
  long: `__complete is what the scripts of "kubectl completion" ask for what may stand next on a command line.`,
  hidden: true,
  async runRaw(request) {
    const { argv, surroundings } = request;
    const { streams } = surroundings;
    if (argv.length === 0) {
      streams.err('error: requires at least 1 arg(s), only received 0\n');
      return 1;
    }
    const log = new CompletionLog(surroundings);
    const completer = new Completer(await completionTree(request, log), surroundings, log);
    const { candidates, directive } = await completer.complete(argv);
    const lines = candidates.map((candidate) => lineOf(candidate, !describes(request)));
    streams.out([...lines, `:${directive}`, ''].join('\n'));
    streams.err(`Completion ended with directive: ${nameOf(directive)}\n`);
    return 0;
  },
};

export default command;

/** Are candidates described? `__completeNoDesc` and the environment say no. */
function describes({ name, surroundings: { environment } }: RawRequest): boolean {
  if (name === '__completeNoDesc') return false;
  const said = environment['KUBECTL_COMPLETION_DESCRIPTIONS'] || environment['COBRA_COMPLETION_DESCRIPTIONS'] || '';
  try {
    return parseBool(said);
  } catch {
    return true;
  }
}

/** One line, however long the description is. */
function lineOf(candidate: string, bare: boolean): string {
  const text = bare ? (candidate.split('\t')[0] as string) : candidate;
  return (text.split('\n')[0] as string).trim();
}

function nameOf(directive: number): string {
  const names = Object.entries(Directive).filter(([, bit]) => bit !== 0 && (directive & bit) !== 0);
  if (directive >= 64) return `ERROR: unexpected ShellCompDirective value: ${directive}`;
  return names.map(([name]) => `ShellCompDirective${name}`).join(', ') || 'ShellCompDirectiveDefault';
}
