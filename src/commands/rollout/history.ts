/** `rollout history` (kubectl pkg/cmd/rollout/rollout_history.go, polymorphichelpers/history.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { TabWriter } from '../../printers/tabwriter';
import { type Command, CommandError } from '../command';
import { printFlags } from '../flag-sets';
import { printerFor } from '../print-objects';
import { findRollouts, targetFlags } from './find';
import { type Revision, revisionsOf } from './revisions';

const CHANGE_CAUSE = 'kubernetes.io/change-cause';

const command: Command = {
  use: 'history (TYPE NAME | TYPE/NAME) [flags]',
  short: 'View rollout history',
  completion: { offer: 'types-and-names', types: ['deployment', 'daemonset', 'statefulset'] },
  long: 'Show earlier revisions and what changed them, or one of them in detail.',
  examples: `# The revisions of a deployment
kubectl rollout history deployment/web

# One revision of a daemon set
kubectl rollout history daemonset/log --revision=3`,
  flags: [
    ...printFlags(),
    ...targetFlags,
    {
      name: 'revision',
      type: 'int',
      default: 0,
      usage: 'See the details, including podTemplate of the revision specified',
    },
  ],
  async run(invocation) {
    const { flags, streams } = invocation;
    const revision = flags.int('revision');
    if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`);
    const result = await findRollouts(invocation);
    await result.visit(async (info) => {
      const object = info.object as KubeObject;
      const revisions = await revisionsOf(object, info.reachable().client);
      if (flags.string('output') !== '') {
        const printer = await printerFor(invocation, '');
        const shown = revision > 0 ? [one(revisions, revision)] : revisions;
        for (const each of shown) streams.out(printer.print(each.object));
        return;
      }
      const title = revision > 0 ? `with revision #${revision}` : '';
      const printer = await printerFor(invocation, `${title}\n${await historyText(revisions, revision)}`);
      streams.out(printer.print(object));
    });
  },
};

export default command;

function one(revisions: readonly Revision[], wanted: number): Revision {
  const found = revisions.find(({ number }) => number === wanted);
  if (!found) throw new CommandError('unable to find the specified revision');
  return found;
}

async function historyText(revisions: readonly Revision[], wanted: number): Promise<string> {
  if (revisions.length === 0) return 'No rollout history found.';
  if (wanted > 0) {
    const { podTemplateText } = await import('../../printers/describe/pod-template');
    const { template, annotations, record } = one(revisions, wanted);
    const cause = annotations[CHANGE_CAUSE];
    // Of a Deployment the cause is shown with the template.
    return podTemplateText(cause && !record ? withAnnotation(template, cause) : template);
  }
  const writer = new TabWriter({ minWidth: 0, tabWidth: 8, padding: 2 });
  writer.write('REVISION\tCHANGE-CAUSE\n');
  for (const { number, annotations } of revisions)
    writer.write(`${number}\t${annotations[CHANGE_CAUSE] || '<none>'}\n`);
  return writer.flush();
}

function withAnnotation(template: KubeObject, cause: string): KubeObject {
  const annotations = { ...template.metadata?.annotations, [CHANGE_CAUSE]: cause };
  return { ...template, metadata: { ...template.metadata, annotations } };
}
