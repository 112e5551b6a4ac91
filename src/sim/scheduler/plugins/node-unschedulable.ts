/** A cordoned node takes only pods that tolerate its being unschedulable (`plugins/nodeunschedulable/node_unschedulable.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { UNSCHEDULABLE as CORDONED } from '../node-columns';
import { type Plugin, unresolvable } from '../plugin';
import { oncePerShape } from '../pod-shape';
import { isTolerated } from '../tolerations';

const UNSCHEDULABLE = unresolvable('node(s) were unschedulable');
export const UNSCHEDULABLE_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function isCordoned(node: KubeObject | undefined): boolean {
  return node?.['spec']?.unschedulable === true;
}

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  events: [
    {
      resource: 'Node',
      actions: ['Add', 'UpdateNodeTaint'],
      helps: (_, { before, after }) => !isCordoned(after) && (!before || isCordoned(before)),
    },
    {
      resource: 'UnscheduledPod',
      actions: ['UpdatePodToleration'],
      helps: ({ uid }, { after }) =>
        after?.metadata.uid === uid && isTolerated(UNSCHEDULABLE_TAINT, after['spec'].tolerations ?? []),
    },
  ],
  filterFor: oncePerShape(({ pod }) => {
    if (isTolerated(UNSCHEDULABLE_TAINT, pod['spec'].tolerations ?? [])) return undefined;
    return {
      filter: (node) => (node.unschedulable ? UNSCHEDULABLE : undefined),
      onlyMarked: CORDONED,
      filterAt: (slot, { marks }) => (((marks[slot] as number) & CORDONED) === 0 ? undefined : UNSCHEDULABLE),
      explain: (node) => [{ text: `${node.name} is cordoned`, values: { unschedulable: true } }],
      remedies: ({ name }) => [
        {
          text: `uncordon ${name}`,
          node: (node) => {
            const { unschedulable: _, taints = [], ...spec } = node['spec'];
            const left = taints.filter(({ key }: { key: string }) => key !== UNSCHEDULABLE_TAINT.key);
            return { ...node, spec: { ...spec, taints: left } };
          },
        },
      ],
    };
  }),
};
