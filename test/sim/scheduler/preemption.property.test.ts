/** Preemption against trying every set of victims on every node, on 2,000 small clusters. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ClusterView } from '../../../src/sim/scheduler/cluster-view';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import { preempt } from '../../../src/sim/scheduler/preemption';
import { schedulePod } from '../../../src/sim/scheduler/schedule-pod';
import { node, pod, profileFor, viewOfCluster } from './small-cluster';

const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });

const podWords = fc.record({
  cpu: fc.integer({ min: 1, max: 3 }),
  priority: fc.constantFrom(-5, 0, 0, 10, 100),
  app: fc.constantFrom('web', 'db', 'none'),
  port: maybe(fc.constant(80), 1),
  /** It does not want an incoming pod of this app on its node. */
  shuns: maybe(fc.constant('new'), 1),
  /** Minutes past the hour. */
  started: maybe(fc.nat(5), 5),
});
interface PodWords {
  cpu: number;
  priority: number;
  app: string;
  port: number | undefined;
  shuns: string | undefined;
  started: number | undefined;
}

const nodeWords = fc.record({
  cpu: fc.integer({ min: 1, max: 5 }),
  slots: fc.integer({ min: 2, max: 5 }),
  tainted: fc.nat(5).map((one) => one === 0),
  pods: fc.array(podWords, { maxLength: 5 }),
  /** A pod that waits for room here. */
  nominated: maybe(podWords, 1),
});
type NodeWords = typeof nodeWords extends fc.Arbitrary<infer T> ? T : never;

const budgetWords = fc.record({ app: fc.constantFrom('web', 'db'), allowed: fc.integer({ min: 0, max: 2 }) });
type BudgetWords = typeof budgetWords extends fc.Arbitrary<infer T> ? T : never;

const incomingWords = fc.record({
  cpu: fc.integer({ min: 1, max: 4 }),
  priority: fc.constantFrom(0, 10, 50),
  port: maybe(fc.constant(80)),
  /** Pods of this app it does not want beside it. */
  shuns: maybe(fc.constantFrom('web', 'db')),
});
type IncomingWords = typeof incomingWords extends fc.Arbitrary<infer T> ? T : never;

const apart = (app: string) => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
    ],
  },
});

function podOf(name: string, words: Omit<PodWords, 'app' | 'started'> & Partial<PodWords>, on?: string): KubeObject {
  const { cpu, priority, app = 'new', port, shuns, started } = words;
  return pod(name, {
    ...(on ? { on } : {}),
    priority,
    labels: { app },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'i',
          resources: { requests: { cpu: String(cpu) } },
          ...(port ? { ports: [{ containerPort: port, hostPort: port }] } : {}),
        },
      ],
      ...(shuns ? { affinity: apart(shuns) } : {}),
    },
    status: started === undefined ? {} : { startTime: `2026-01-01T00:0${started}:00Z` },
  });
}

interface Placed extends PodWords {
  name: string;
}

/** Does it fit beside these, all told? */
function fits(incoming: IncomingWords, { cpu, slots, tainted }: NodeWords, there: readonly PodWords[]): boolean {
  if (tainted) return false;
  const used = there.reduce((sum, one) => sum + one.cpu, 0);
  if (used + incoming.cpu > cpu || there.length + 1 > slots) return false;
  return !there.some(
    ({ port, shuns, app }) => (port && port === incoming.port) || shuns === 'new' || app === incoming.shuns,
  );
}

/** With those that were promised room, and without. */
function fitsBoth(incoming: IncomingWords, words: NodeWords, there: readonly PodWords[]): boolean {
  const { nominated } = words;
  const promised = nominated && nominated.priority >= incoming.priority ? [{ ...nominated, app: 'new' }] : [];
  return fits(incoming, words, [...there, ...promised]) && fits(incoming, words, there);
}

const startOf = ({ started }: PodWords) => started ?? 1000;

function moreImportant(a: Placed, b: Placed): number {
  return b.priority - a.priority || startOf(a) - startOf(b) || (a.name < b.name ? -1 : 1);
}

interface Victims {
  node: string;
  names: string[];
  /** Less is better, one after the other. */
  cost: (number | string)[];
}

/** Every way to keep some of the less important pods; the best keeps the first it can, in the order in which they are spared. */
function bestOn(
  name: string,
  words: NodeWords,
  placed: readonly Placed[],
  incoming: IncomingWords,
  budgets: readonly BudgetWords[],
): Victims | undefined {
  const staying = placed.filter(({ priority }) => priority >= incoming.priority);
  const evictable = placed.filter(({ priority }) => priority < incoming.priority).sort(moreImportant);
  const left = budgets.map(({ allowed }) => allowed);
  const isProtected = new Map<string, boolean>();
  for (const one of evictable) {
    let harmed = false;
    budgets.forEach(({ app }, i) => {
      if (app !== one.app) return;
      left[i] = (left[i] as number) - 1;
      if ((left[i] as number) < 0) harmed = true;
    });
    isProtected.set(one.name, harmed);
  }
  const inOrder = [
    ...evictable.filter((one) => isProtected.get(one.name)),
    ...evictable.filter((one) => !isProtected.get(one.name)),
  ];
  // As binary numbers, the first being the highest digit, sets that keep the earlier pods come first.
  for (let kept = 2 ** inOrder.length - 2; kept >= 0; kept--) {
    const keeps = inOrder.filter((_, i) => (kept >> (inOrder.length - 1 - i)) & 1);
    if (!fitsBoth(incoming, words, [...staying, ...keeps])) continue;
    const victims = inOrder.filter((one) => !keeps.includes(one)).sort(moreImportant);
    const [first] = victims as [Placed];
    const top = victims.filter(({ priority }) => priority === first.priority);
    const cost = [
      victims.filter((one) => isProtected.get(one.name)).length,
      first.priority,
      victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
      victims.length,
      -Math.min(...top.map(startOf)),
      name,
    ];
    return { node: name, names: victims.map((one) => one.name), cost };
  }
  return undefined;
}

function cheaper(a: Victims, b: Victims): number {
  for (let i = 0; i < a.cost.length; i++) {
    const [x, y] = [a.cost[i] as number, b.cost[i] as number];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** What is on the nodes, and what it takes of them. */
function taken({ ordered }: ClusterView): string {
  return JSON.stringify(ordered.map(({ pods, requested }) => [[...pods.keys()].sort(), requested]));
}

test('victims and their node are those that trying everything finds', () => {
  const seen = { fits: 0, preempts: 0, helpless: 0, protected: 0 };
  fc.assert(
    fc.property(
      fc.array(nodeWords, { minLength: 1, maxLength: 4 }),
      incomingWords,
      fc.array(budgetWords, { maxLength: 2 }),
      (nodes, incoming, budgets) => {
        const placed = nodes.map(({ pods }, i) => pods.map((one, j): Placed => ({ ...one, name: `p${i}-${j}` })));
        const view = viewOfCluster({
          nodes: nodes.map(({ cpu, slots, tainted }, i) =>
            node(`n${i}`, { cpu: String(cpu), pods: String(slots), taints: tainted ? ['a=b:NoSchedule'] : [] }),
          ),
          pods: placed.flatMap((pods, i) => pods.map((one) => podOf(one.name, one, `n${i}`))),
          objects: {
            'poddisruptionbudgets.policy': budgets.map(({ app, allowed }, i) => ({
              apiVersion: 'policy/v1',
              kind: 'PodDisruptionBudget',
              metadata: { name: `budget-${i}`, namespace: 'default' },
              spec: { selector: { matchLabels: { app } } },
              status: { disruptionsAllowed: allowed },
            })),
          },
        });
        nodes.forEach(({ nominated }, i) => {
          if (nominated) view.nominate(new PodInfo(podOf(`promised-${i}`, { ...nominated, app: 'new' })), `n${i}`);
        });
        const profile = profileFor(view);
        const info = new PodInfo(podOf('incoming', incoming));
        const before = taken(view);

        const result = schedulePod(info, profile, view);
        const free = nodes.flatMap((words, i) => (fitsBoth(incoming, words, placed[i] as Placed[]) ? [`n${i}`] : []));
        if ('node' in result) {
          seen.fits++;
          expect(free).toContain(result.node.name);
          return;
        }
        expect(free).toEqual([]);

        const { chosen, candidates, message } = preempt(info, result, view, profile.preemption);
        const possible = nodes
          .map((words, i) => bestOn(`n${i}`, words, placed[i] as Placed[], incoming, budgets))
          .filter((one) => one !== undefined)
          .sort(cheaper);
        const found = candidates.map((one) => ({
          node: one.node.name,
          names: one.victims.map(({ name }) => name),
          violations: one.violations,
        }));
        const expected = possible.map(({ node: name, names, cost: [violations] }) => ({
          node: name,
          names,
          violations,
        }));
        const byNode = (a: { node: string }, b: { node: string }) => (a.node < b.node ? -1 : 1);
        if (!isDeepStrictEqual(found.sort(byNode), [...expected].sort(byNode)))
          expect(found.sort(byNode)).toEqual([...expected].sort(byNode));
        expect(chosen?.node.name).toBe(expected[0]?.node);
        expect(message === '').toBe(expected.length > 0);
        // Trying leaves everything as it was.
        expect(taken(view)).toBe(before);
        if (expected.length === 0) seen.helpless++;
        else seen.preempts++;
        if (expected[0]?.violations) seen.protected++;
      },
    ),
    { numRuns: 2000, seed: 36 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});
