/**
 * Looks after nodes: gives up those of which nothing is heard, marks their pods, and turns what is said of nodes into taints
 * (kubernetes `pkg/controller/nodelifecycle`). That their pods then have to go is taint-eviction's.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Context, Controller, Result } from '../../controller';
import { nodeCondition } from '../../kubelet/node-state';
import { givenUpAt, giveUp, markPodsNotReady, sayNotReady } from './health';
import { isOwnNoExecute, isOwnNoSchedule, noExecuteTaint, noScheduleTaints, swapTaints, taintsOf } from './taints';
import { evictionTurn } from './zones';

/** The key of the one question that concerns all nodes: whose pods have to go next? No node has this name; it comes after all that have one. */
const EVICTIONS = '~';

const controller: Controller = {
  name: 'node-lifecycle-controller',
  user: 'system:serviceaccount:kube-system:node-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'node-controller' },
  watches: [{ resource: 'nodes', keys: keysOf }],
  reconcile(key, context) {
    if (key === EVICTIONS) return evictions(context);
    const node = context.cache.get('nodes', '', key);
    return node && !node.metadata.deletionTimestamp ? look(node, context) : undefined;
  },
};
export default controller;

function keysOf(node: KubeObject): readonly string[] {
  const name = node.metadata.name as string;
  const concerns = noExecuteTaint(node) !== undefined || taintsOf(node).some(isOwnNoExecute);
  return concerns ? [name, EVICTIONS] : [name];
}

async function look(node: KubeObject, context: Context): Promise<Result | undefined> {
  const now = context.clock.now();
  const due = givenUpAt(node, context);
  if (due !== undefined && due <= now) {
    await giveUp(node, context);
    return undefined;
  }
  const ready = nodeCondition(node, 'Ready');
  if (ready && ready.status !== 'True') {
    sayNotReady(node, context);
    await markPodsNotReady(node, context);
  }
  const wanted = [...noScheduleTaints(node), ...swappedNoExecute(node)];
  await swapTaints(node, wanted, (taint) => isOwnNoSchedule(taint) || isOwnNoExecute(taint), context);
  return due === undefined ? undefined : { requeueAfter: due - now };
}

/** One that has a NoExecute taint gets the right one at once, and loses it at once when it is ready. */
function swappedNoExecute(node: KubeObject) {
  const wanted = noExecuteTaint(node);
  return wanted && taintsOf(node).some(isOwnNoExecute) ? [wanted] : [];
}

async function evictions(context: Context): Promise<Result | undefined> {
  const now = context.clock.now();
  const { now: due, spare, next } = evictionTurn(context.cache.list('nodes'), now);
  for (const node of due) {
    const taint = noExecuteTaint(node);
    if (taint) await swapTaints(node, [taint], isOwnNoExecute, context);
  }
  for (const node of spare) await swapTaints(node, [], isOwnNoExecute, context);
  return next === undefined ? undefined : { requeueAfter: next - now };
}
