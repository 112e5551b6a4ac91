/** `timeline`: how replicas, load and nodes went over simulated time. Kubetick's own. */
import type { Command } from '../command';
import { allNamespacesFlag } from '../flag-sets';

const command: Command = {
  use: 'timeline [TYPE | TYPE/NAME]... [--since 24h] [--until TIME] [-o svg|html|csv|json]',
  short: 'Draw replicas, load, nodes and pending pods over simulated time',
  long: `Draw how numbers of a simulated cluster went over simulated time: the replicas of workloads, what autoscalers saw and wanted, the load that was declared, nodes by their groups, pending pods, and jobs of cron jobs. All of it is recorded while time passes, as far as it changes.

Named can be: hpa, vpa, load, nodes, pods, cronjob, a workload (deployment, statefulset, daemonset, replicaset, replicationcontroller), or one of them by name (hpa/web; for nodes the name of their group). Without names it is what there is to tell of autoscalers, their targets and their load, else of all workloads, and of nodes and pods.

On a terminal with colours lines are drawn with Braille dots; into a pipe or a file, with NO_COLOR, or where the locale is not UTF-8, with plain letters. --chart says otherwise.`,
  examples: `# The last 24 hours
kubetick timeline

# One autoscaler with its target, and the nodes, over two hours
kubetick timeline hpa/web nodes --since 2h

# A picture of a morning
kubetick timeline --since 2026-01-01T06:00:00Z --until 2026-01-01T12:00:00Z -o svg --output-file day.svg

# All numbers, for a spreadsheet
kubetick timeline -o csv`,
  flags: [
    allNamespacesFlag,
    {
      name: 'since',
      type: 'string',
      default: '24h',
      usage: 'Begin so long before the end, or at a time (RFC 3339).',
      completion: { offer: 'words', words: ['1h', '6h', '24h', '168h'] },
    },
    {
      name: 'until',
      type: 'string',
      usage: 'End so long ago, or at a time (RFC 3339). Default: now.',
      completion: { offer: 'words', words: [] },
    },
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      usage: 'Output format. One of: (svg, html, csv, json). Default: by the name of --output-file, else text.',
      completion: { offer: 'words', words: ['svg', 'html', 'csv', 'json'] },
    },
    { name: 'output-file', type: 'string', usage: 'Write to this file instead of standard output.' },
    {
      name: 'chart',
      type: 'string',
      default: 'auto',
      usage: "How text draws: 'braille', 'ascii', or 'auto': as the terminal can.",
      completion: { offer: 'words', words: ['auto', 'braille', 'ascii'] },
    },
    { name: 'height', type: 'int', default: 6, usage: 'Rows of each chart in text.' },
  ],
  completion: { offer: 'types-and-names', types: ['deployment', 'horizontalpodautoscaler', 'node', 'pod'] },
  async run(invocation) {
    const { runTimeline } = await import('./run-timeline');
    await runTimeline(invocation);
  },
};

export default command;
