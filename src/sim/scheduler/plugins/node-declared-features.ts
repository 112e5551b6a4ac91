/** Has the node's kubelet declared what the pod needs of it (`plugins/nodedeclaredfeatures/nodedeclaredfeatures.go`)? */
import { featuresToRun, undeclared } from '../../../apimachinery/declared-features';
import { type Plugin, unresolvable } from '../plugin';
import { oncePerShape } from '../pod-shape';

const NOT_DECLARED = unresolvable("node(s) didn't match Pod's required features");

export const nodeDeclaredFeatures: Plugin = {
  name: 'NodeDeclaredFeatures',
  events: [{ resource: 'Node', actions: ['Add', 'UpdateNodeDeclaredFeature'] }],
  filterFor: oncePerShape(({ pod }) => {
    const needed = featuresToRun(pod['spec']);
    if (needed.length === 0) return undefined;
    return {
      filter: ({ node }) => (undeclared(needed, node['status']).length > 0 ? NOT_DECLARED : undefined),
      explain: ({ name, node }) => {
        const missing = undeclared(needed, node['status']);
        return [
          {
            text: `${name} has not declared ${missing.join(', ')}`,
            values: { needed: [...needed], missing: [...missing] },
          },
        ];
      },
      remedies: ({ name, node }) => {
        const missing = undeclared(needed, node['status']);
        const declaredFeatures = [...(node['status']?.declaredFeatures ?? []), ...missing].sort();
        return [
          {
            text: `${name} with a kubelet that declares ${missing.join(', ')}`,
            node: (one) => ({ ...one, status: { ...one['status'], declaredFeatures } }),
          },
        ];
      },
    };
  }),
};
