/** `diff`: what applying files would change (kubectl pkg/cmd/diff/diff.go). */
import { type Command, ExitSilently } from '../command';
import { endingOf } from '../errors';
import { explainFlags } from '../explain-merge/explain-flags';
import { fieldManagerFlag, filenameFlags, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'diff -f FILENAME',
  short: 'Diff the live version against a would-be applied version',
  long: `Compare what is there with what it would be once files, or standard input, were applied. Nothing is changed. Values of secrets are masked.

The program that compares is diff, called with -u and -N; KUBECTL_EXTERNAL_DIFF names another, with its parameters: KUBECTL_EXTERNAL_DIFF="colordiff -N -u".

Exit status:

  0   Nothing would change.
  1   Something would.
  >1  kubectl or the program that compares failed.

Other programs are expected to end likewise.`,
  examples: `# What a file would change
kubectl diff -f web.yaml

# What standard input would
cat web.yaml | kubectl diff -f -`,
  flags: [
    {
      name: 'prune-allowlist',
      type: 'stringArray',
      usage: 'Overwrite the default allowlist with <group/version/kind> for --prune',
    },
    {
      name: 'prune',
      type: 'bool',
      usage:
        'Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned',
    },
    { name: 'show-managed-fields', type: 'bool', usage: 'If true, include managed fields in the diff.' },
    { name: 'show-secrets', type: 'bool', usage: 'If true, do not mask secret values in the diff.' },
    {
      name: 'concurrency',
      type: 'int',
      default: 1,
      usage:
        'Number of objects to process in parallel when diffing against the live version. Larger number = faster, but more memory, I/O and CPU over that shorter period of time.',
    },
    ...filenameFlags('Filename, directory, or URL to files contains the configuration to diff'),
    { name: 'server-side', type: 'bool', usage: 'If true, apply runs in the server instead of the client.' },
    {
      name: 'force-conflicts',
      type: 'bool',
      usage: 'If true, server-side apply will force the changes against conflicts.',
    },
    fieldManagerFlag('kubectl-client-side-apply'),
    selectorFlag,
    ...explainFlags,
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      usage: 'Output format of --explain. One of: (json, yaml).',
      own: true,
    },
  ],
  flagErrorExitCode: 2,
  async run(invocation) {
    const { runDiff } = await import('./run-diff');
    try {
      await runDiff(invocation);
    } catch (error) {
      if (error instanceof ExitSilently) throw error;
      // 1 says that there are differences; a failure leaves one more (CheckDiffErr).
      const { text, exitCode } = endingOf(error, invocation.commandPath);
      invocation.streams.err(text);
      throw new ExitSilently(exitCode + 1);
    }
  },
};

export default command;
