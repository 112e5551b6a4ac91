/** Are the host ports free that the pod takes (`plugins/nodeports/node_ports.go`)? */
import { type HostPort, portsConflict } from '../host-ports';
import type { NodeInfo } from '../node-info';
import { type Plugin, resolvable } from '../plugin';
import { PodInfo } from '../pod-info';
import { oncePerShape } from '../pod-shape';

const NO_PORTS = resolvable("node(s) didn't have free ports for the requested pod ports");

export const nodePorts: Plugin = {
  name: 'NodePorts',
  events: [
    {
      resource: 'AssignedPod',
      actions: ['Delete'],
      helps: ({ hostPorts }, { before }) => {
        const freed = before ? new PodInfo(before).hostPorts : [];
        return hostPorts.some((wanted) => freed.some((port) => portsConflict(wanted, port)));
      },
    },
    { resource: 'Node', actions: ['Add'] },
  ],
  filterFor: oncePerShape(({ hostPorts }) => {
    if (hostPorts.length === 0) return undefined;
    return {
      filter: (node) => {
        for (const port of hostPorts) if (node.portTaken(port)) return NO_PORTS;
        return undefined;
      },
      explain: (node) =>
        hostPorts
          .filter((port) => node.portTaken(port))
          .map((port) => {
            const holders = holdersOf(node, port).map(({ namespace, name }) => `${namespace}/${name}`);
            return {
              text: `host port ${port.protocol}/${port.port} is taken by pod ${holders.join(', ')}`,
              values: { port: { ...port }, pods: holders },
            };
          }),
      remedies: (node) => {
        const holders = new Set(hostPorts.flatMap((port) => holdersOf(node, port)));
        const names = [...holders].map(({ namespace, name }) => `${namespace}/${name}`);
        return [{ text: `${node.name} without pod ${names.join(', ')}`, without: [...holders].map(({ uid }) => uid) }];
      },
    };
  }),
};

function holdersOf(node: NodeInfo, wanted: HostPort): PodInfo[] {
  return [...node.pods.values()].filter(({ hostPorts }) => hostPorts.some((port) => portsConflict(wanted, port)));
}
