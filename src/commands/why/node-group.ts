/** Why a node group has as many nodes as it has. */
import type { Json } from '../../apimachinery/json';
import type { NodeGroupExplanation } from '../../sim/cluster-autoscaler/why';
import { askWhy, type WhySubject } from './why';

const subject: WhySubject = {
  async explain(invocation, { name }) {
    const path = `nodegroups.kubetick.dev/${encodeURIComponent(name)}`;
    const told = await askWhy<NodeGroupExplanation>(invocation, path);
    return {
      object: told as unknown as Json,
      async text() {
        const { nodeGroupText } = await import('./node-group-text');
        return nodeGroupText(invocation.streams, told);
      },
    };
  },
};
export default subject;
