/** `proxy connections`: what nodes know of connections. */
import type { Command } from '../command';
import { NODE_FLAG } from './flags';

const command: Command = {
  use: 'connections [--node NODE] [--affinity | --ipvs]',
  short: 'List the connections that nodes know of',
  long: `List the connections that were opened with \`trace --hold\`, as conntrack -L does on each node. Held connections talk all the time; once closed they are forgotten by and by: of TCP after two minutes, of UDP after 30 seconds, or two minutes for a stream. Connections of UDP to an endpoint that is gone are cleared, and those of a pod that has ended are over; one that terminates keeps its own.

With --affinity the clients are listed that services with session affinity remember, with --ipvs the virtual servers and the connections that each of their real servers has, as ipvsadm -Ln does.`,
  examples: `# What all nodes know
kubectl proxy connections

# Who keeps which backend?
kubectl proxy connections --affinity

# How many connections each real server has
kubectl proxy connections --node node-1 --ipvs`,
  flags: [
    { name: 'affinity', type: 'bool', usage: 'If true, list the clients that are remembered instead.' },
    { name: 'ipvs', type: 'bool', usage: 'If true, list virtual servers and what their real servers have instead.' },
    { ...NODE_FLAG, usage: 'Only what this node knows.' },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  completion: { offer: 'words', words: [] },
  async run(invocation) {
    const { runConnections } = await import('./run-connections');
    await runConnections(invocation);
  },
};

export default command;
