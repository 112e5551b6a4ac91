/** The plain filters: is it the node asked for, does it take pods at all, are the host ports free (`plugins/{nodename,nodeunschedulable,nodeports}`)? */
import { type Plugin, unresolvable } from '../plugin';
import { isTolerated } from './taint-toleration';

const WRONG_NAME = unresolvable("node(s) didn't match the requested node name");
const UNSCHEDULABLE = unresolvable('node(s) were unschedulable');
const NO_PORTS = { reasons: ["node(s) didn't have free ports for the requested pod ports"], unresolvable: false };

export const nodeName: Plugin = {
  name: 'NodeName',
  weight: 0,
  prepare({ pod }) {
    const wanted = pod['spec'].nodeName;
    return wanted ? { filter: (node) => (node.name === wanted ? undefined : WRONG_NAME) } : undefined;
  },
};

/** A cordoned node takes only pods that tolerate its being unschedulable. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  weight: 0,
  prepare({ pod }) {
    const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
    const tolerated = isTolerated(taint, pod['spec'].tolerations ?? []);
    return tolerated ? undefined : { filter: ({ node }) => (node['spec']?.unschedulable ? UNSCHEDULABLE : undefined) };
  },
};

export const nodePorts: Plugin = {
  name: 'NodePorts',
  weight: 0,
  prepare({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return { filter: (node) => (hostPorts.some((port) => node.portTaken(port)) ? NO_PORTS : undefined) };
  },
};
