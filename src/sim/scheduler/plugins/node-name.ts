/** Is it the node that the pod asks for by name (`plugins/nodename/node_name.go`)? */
import { type Plugin, unresolvable } from '../plugin';

const WRONG_NAME = unresolvable("node(s) didn't match the requested node name");

export const nodeName: Plugin = {
  name: 'NodeName',
  events: [{ resource: 'Node', actions: ['Add'] }],
  filterFor({ pod }) {
    const wanted: string | undefined = pod['spec'].nodeName;
    if (!wanted) return undefined;
    return {
      filter: (node) => (node.name === wanted ? undefined : WRONG_NAME),
      explain: (node) => [
        { text: `the pod asks for node ${wanted}, this is ${node.name}`, values: { wanted, actual: node.name } },
      ],
    };
  },
};
