/** Taints keep pods away that don't tolerate them (`plugins/tainttoleration/taint_toleration.go`). */
import type { Toleration } from '../../../apimachinery/toleration';
import { HARD_TAINTS, SOFT_TAINTS } from '../node-columns';
import type { NodeInfo, Taint } from '../node-info';
import type { NodeRow } from '../node-row';
import { MAX_NODE_SCORE, type Plugin, type PodScorer, type Remedy, relativeToHighest, unresolvable } from '../plugin';
import { oncePerShape } from '../pod-shape';
import { formatTaint, isTolerated, untolerated } from '../tolerations';
import { UNSCHEDULABLE_TAINT } from './node-unschedulable';

const REJECTED = unresolvable('node(s) had untolerated taint(s)');
/** Taints that tell what ails a node; what helps is that it gets well. */
const CONDITION = /^node\.kubernetes\.io\//;

const hardTaints = (taints: readonly Taint[] = []): Taint[] =>
  taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  events: [
    {
      resource: 'Node',
      actions: ['Add', 'UpdateNodeTaint'],
      helps({ pod }, { before, after }) {
        const tolerations: readonly Toleration[] = pod['spec'].tolerations ?? [];
        const barred = !before || untolerated(hardTaints(before['spec']?.taints), tolerations) !== undefined;
        return barred && !untolerated(hardTaints(after?.['spec']?.taints), tolerations);
      },
    },
    {
      resource: 'UnscheduledPod',
      actions: ['UpdatePodToleration'],
      helps: ({ uid }, { after }) => after?.metadata.uid === uid,
    },
  ],
  filterFor: oncePerShape(({ pod }) => {
    const tolerations: readonly Toleration[] = pod['spec'].tolerations ?? [];
    const barring = (taints: readonly Taint[]) => taints.filter((taint) => !isTolerated(taint, tolerations));
    return {
      filter: ({ hardTaints: taints }) =>
        taints.length > 0 && untolerated(taints, tolerations) ? REJECTED : undefined,
      onlyMarked: HARD_TAINTS,
      explain: ({ hardTaints: taints }) =>
        barring(taints).map((taint) => ({
          text: `taint ${formatTaint(taint)} is not tolerated`,
          values: { taint: { ...taint } },
        })),
      remedies: ({ name, hardTaints: taints }) => {
        const barred = barring(taints);
        const tolerable = barred.filter(({ key }) => !CONDITION.test(key));
        return tolerable.length === barred.length
          ? [{ ...tolerating(barred), instead: untainted(name, barred) }]
          : [recovered(name, barred), ...(tolerable.length > 0 ? [tolerating(barred)] : [])];
      },
    };
  }),
  scorerFor({ pod }, nodes) {
    if (!anySoft(nodes)) return NOTHING_TO_TOLERATE;
    // A toleration that names an effect other than PreferNoSchedule does not soften that one.
    const soft = ((pod['spec'].tolerations ?? []) as Toleration[]).filter(
      ({ effect }) => !effect || effect === 'PreferNoSchedule',
    );
    const score = ({ softTaints }: Pick<NodeInfo, 'softTaints'>) => {
      let count = 0;
      for (const taint of softTaints) if (!isTolerated(taint, soft)) count++;
      return count;
    };
    return {
      score,
      normalise: lessIsBetter,
    };
  },
};

function lessIsBetter(_: number, highest: number): (score: number) => number {
  return relativeToHighest(highest, true);
}

const NOTHING_TO_TOLERATE: PodScorer = { score: () => 0, same: MAX_NODE_SCORE, normalise: lessIsBetter };

function anySoft({ columns, slots, length }: NodeRow): boolean {
  if (columns.softTainted === 0) return false;
  for (let i = 0; i < length; i++) if (((columns.marks[slots[i] as number] as number) & SOFT_TAINTS) !== 0) return true;
  return false;
}

function tolerating(taints: readonly Taint[]): Remedy {
  return {
    text: `tolerate ${taints.map(formatTaint).join(', ')}`,
    pod: (pod) => {
      const added = taints.map(({ key, value, effect }) => ({
        key,
        operator: value ? 'Equal' : 'Exists',
        ...(value ? { value } : {}),
        effect,
      }));
      return { ...pod, spec: { ...pod['spec'], tolerations: [...(pod['spec'].tolerations ?? []), ...added] } };
    },
  };
}

/** Sized so that it comes after tolerating them: what is set aside for some is so for a reason. */
function untainted(name: string, taints: readonly Taint[]): Remedy {
  const gone = new Set(taints.map(formatTaint));
  return {
    text: `remove the taint${taints.length === 1 ? '' : 's'} ${[...gone].join(', ')} from ${name}`,
    size: 2,
    node: (node) => {
      const left = (node['spec'].taints as Taint[]).filter((taint) => !gone.has(formatTaint(taint)));
      return { ...node, spec: { ...node['spec'], taints: left } };
    },
  };
}

function recovered(name: string, taints: readonly Taint[]): Remedy {
  const keys = taints.map(({ key }) => key).filter((key) => CONDITION.test(key));
  const cordoned = keys.every((key) => key === UNSCHEDULABLE_TAINT.key);
  return {
    text: cordoned ? `uncordon ${name}` : `${name} without ${taints.map(formatTaint).join(', ')}`,
    node: (node) => {
      const { unschedulable, ...spec } = node['spec'];
      const left = (spec.taints as Taint[]).filter(({ key }) => !keys.includes(key));
      return { ...node, spec: { ...spec, taints: left, ...(cordoned || !unschedulable ? {} : { unschedulable }) } };
    },
  };
}
