/** PodTopologySpread and InterPodAffinity, which keep counts, against counting everything anew for every question. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ClusterView } from '../../../src/sim/scheduler/cluster-view';
import { NodeRow } from '../../../src/sim/scheduler/node-row';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import type { Profile } from '../../../src/sim/scheduler/profile';
import { Judge } from '../../../src/sim/scheduler/schedule-pod';
import { prepareScorers, scoresOf } from '../../../src/sim/scheduler/scoring';
import { node, pod, profileFor, viewOfCluster } from './small-cluster';

const KEYS = ['zone', 'rack', 'kubernetes.io/hostname'];
const APPS = ['web', 'db'];
const SPACES = ['default', 'other'];

const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });

const nodeWords = fc.record({
  zone: maybe(fc.constantFrom('a', 'b', 'c'), 5),
  rack: maybe(fc.constantFrom('1', '2'), 3),
  disk: maybe(fc.constant('ssd')),
  tainted: fc.boolean(),
});
type NodeWords = typeof nodeWords extends fc.Arbitrary<infer T> ? T : never;

/** A term of affinity, or what a constraint counts: pods with this `app`. */
const term = fc.record({
  key: fc.constantFrom(...KEYS),
  app: fc.constantFrom(...APPS),
  elsewhere: fc.boolean(),
});
type Term = typeof term extends fc.Arbitrary<infer T> ? T : never;

const podWords = fc.record({
  app: maybe(fc.constantFrom(...APPS), 5),
  version: maybe(fc.constantFrom('1', '2')),
  namespace: fc.constantFrom(...SPACES),
  on: fc.nat(4),
  terminating: fc.boolean(),
  against: maybe(term, 1),
});
type PodWords = typeof podWords extends fc.Arbitrary<infer T> ? T : never;

const constraint = fc.record({
  key: fc.constantFrom(...KEYS),
  maxSkew: fc.integer({ min: 1, max: 3 }),
  minDomains: maybe(fc.integer({ min: 1, max: 4 }), 1),
  app: maybe(fc.constantFrom(...APPS), 8),
  byVersion: fc.boolean(),
  ignoresAffinity: fc.boolean(),
  honorsTaints: fc.boolean(),
  soft: fc.boolean(),
});
type Constraint = typeof constraint extends fc.Arbitrary<infer T> ? T : never;

const incomingWords = fc.record({
  app: maybe(fc.constantFrom(...APPS), 5),
  version: maybe(fc.constantFrom('1', '2')),
  ssd: fc.boolean(),
  tolerates: fc.boolean(),
  constraints: fc.array(constraint, { minLength: 1, maxLength: 3 }),
  together: maybe(term),
  apart: maybe(term),
});
type Incoming = typeof incomingWords extends fc.Arbitrary<infer T> ? T : never;

/** What happens after the counts were made: a pod comes or goes, a node is other than it was, or gone. */
const change = fc.oneof(
  fc.record({ what: fc.constant('pod' as const), words: podWords }),
  fc.record({ what: fc.constant('gone' as const), which: fc.nat(9) }),
  fc.record({ what: fc.constant('node' as const), which: fc.nat(4), words: nodeWords }),
  fc.record({ what: fc.constant('nodeGone' as const), which: fc.nat(4) }),
);

const defined = (labels: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined)) as Record<string, string>;

const nodeOf = (i: number, { zone, rack, disk, tainted }: NodeWords) =>
  node(`n${i}`, { labels: defined({ zone, rack, disk }), taints: tainted ? ['dedicated=gpu:NoSchedule'] : [] });

const affinityTerm = ({ key, app, elsewhere }: Term) => ({
  topologyKey: key,
  labelSelector: { matchLabels: { app } },
  ...(elsewhere ? { namespaces: SPACES } : {}),
});

const podOf = (name: string, { app, version, namespace, on, terminating, against }: PodWords) =>
  pod(name, {
    namespace,
    labels: defined({ app, version }),
    on: `n${on}`,
    metadata: terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
    spec: against
      ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [affinityTerm(against)] } } }
      : {},
  });

function incomingPod({ app, version, ssd, tolerates, constraints, together, apart }: Incoming): KubeObject {
  const required = (one: Term | undefined) =>
    one ? { requiredDuringSchedulingIgnoredDuringExecution: [affinityTerm(one)] } : undefined;
  return pod('incoming', {
    labels: defined({ app, version }),
    spec: {
      ...(ssd ? { nodeSelector: { disk: 'ssd' } } : {}),
      ...(tolerates ? { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } : {}),
      affinity: { podAffinity: required(together), podAntiAffinity: required(apart) },
      topologySpreadConstraints: constraints.map((one) => ({
        topologyKey: one.key,
        maxSkew: one.maxSkew,
        whenUnsatisfiable: one.soft ? 'ScheduleAnyway' : 'DoNotSchedule',
        ...(one.minDomains && !one.soft ? { minDomains: one.minDomains } : {}),
        labelSelector: one.app ? { matchLabels: { app: one.app } } : {},
        ...(one.byVersion ? { matchLabelKeys: ['version'] } : {}),
        nodeAffinityPolicy: one.ignoresAffinity ? 'Ignore' : 'Honor',
        nodeTaintsPolicy: one.honorsTaints ? 'Honor' : 'Ignore',
      })),
    },
  });
}

/** The cluster as plain lists, asked again from the start every time. */
class Naive {
  readonly nodes = new Map<string, Record<string, string> & { tainted: string }>();
  readonly pods: { words: PodWords; uid: string }[] = [];

  setNode(i: number, { zone, rack, disk, tainted }: NodeWords): void {
    const labels = defined({ zone, rack, disk, 'kubernetes.io/hostname': `n${i}` });
    this.nodes.set(`n${i}`, { ...labels, tainted: tainted ? 'yes' : '' });
  }

  private podsIn(key: string, domain: string | undefined): PodWords[] {
    return this.pods.map(({ words }) => words).filter(({ on }) => this.nodes.get(`n${on}`)?.[key] === domain);
  }

  private matches(one: Constraint, { version: wanted }: Incoming, app?: string, version?: string): boolean {
    if (one.app && one.app !== app) return false;
    return !(one.byVersion && wanted !== undefined && wanted !== version);
  }

  /** Pods that a constraint counts on one node. */
  private countOn(name: string, one: Constraint, incoming: Incoming): number {
    // A selector that says nothing selects nothing here.
    if (!one.app && !(one.byVersion && incoming.version)) return 0;
    return this.pods.filter(
      ({ words: { on, namespace, terminating, app, version } }) =>
        `n${on}` === name && namespace === 'default' && !terminating && this.matches(one, incoming, app, version),
    ).length;
  }

  /** Domain → pods, of the nodes that count. */
  private domains(one: Constraint, keys: readonly string[], incoming: Incoming): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [name, labels] of this.nodes) {
      if (keys.some((key) => labels[key] === undefined)) continue;
      if (!one.ignoresAffinity && incoming.ssd && labels['disk'] !== 'ssd') continue;
      if (one.honorsTaints && labels.tainted && !incoming.tolerates) continue;
      const domain = labels[one.key] as string;
      counts.set(domain, (counts.get(domain) ?? 0) + this.countOn(name, one, incoming));
    }
    return counts;
  }

  spread(name: string, incoming: Incoming): string {
    const hard = incoming.constraints.filter(({ soft }) => !soft);
    const keys = hard.map(({ key }) => key);
    for (const one of hard) {
      const domain = this.nodes.get(name)?.[one.key];
      if (domain === undefined) return 'missing required label';
      const counts = this.domains(one, keys, incoming);
      const least = counts.size < (one.minDomains ?? 1) ? 0 : Math.min(...counts.values());
      const self = this.matches(one, incoming, incoming.app, incoming.version) ? 1 : 0;
      if ((counts.get(domain) ?? 0) + self - least > one.maxSkew) return 'skew';
    }
    return 'ok';
  }

  spreadScores(incoming: Incoming): Record<string, number> | undefined {
    const soft = incoming.constraints.filter((one) => one.soft);
    if (soft.length === 0) return undefined;
    const keys = soft.map(({ key }) => key);
    const names = [...this.nodes.keys()];
    const scored = names.filter((name) => keys.every((key) => this.nodes.get(name)?.[key] !== undefined));
    const raw = new Map<string, number>();
    for (const name of scored) {
      let score = 0;
      for (const one of soft) {
        const values = new Set(scored.map((other) => this.nodes.get(other)?.[one.key]));
        const host = one.key === 'kubernetes.io/hostname';
        const weight = Math.log((host ? scored.length : values.size) + 2);
        const domain = this.nodes.get(name)?.[one.key] as string;
        const count = host ? this.countOn(name, one, incoming) : (this.domains(one, keys, incoming).get(domain) ?? 0);
        score += count * weight + one.maxSkew - 1;
      }
      raw.set(name, Math.round(score));
    }
    const [least, most] = [Math.min(...raw.values()), Math.max(...raw.values())];
    return Object.fromEntries(
      names.map((name) => {
        const score = raw.get(name);
        if (score === undefined) return [name, 0];
        return [name, most === 0 ? 100 : Math.trunc((100 * (most + least - score)) / most)];
      }),
    );
  }

  affinity(name: string, { together, apart, app }: Incoming): string {
    const labels = this.nodes.get(name) ?? {};
    const fits = (one: Term, { app: there, namespace }: Pick<PodWords, 'app' | 'namespace'>, home = 'default') =>
      there === one.app && (one.elsewhere || namespace === home);
    if (together) {
      const domain = (labels as Record<string, string>)[together.key];
      const anywhere = this.pods.some(
        ({ words }) => this.nodes.get(`n${words.on}`)?.[together.key] !== undefined && fits(together, words),
      );
      const here = domain !== undefined && this.podsIn(together.key, domain).some((other) => fits(together, other));
      // The first of its kind may go anywhere.
      const first = !anywhere && fits(together, { app, namespace: 'default' });
      if (domain === undefined || !(here || first)) return 'affinity';
    }
    if (apart) {
      const domain = (labels as Record<string, string>)[apart.key];
      if (domain !== undefined && this.podsIn(apart.key, domain).some((other) => fits(apart, other))) return 'anti';
    }
    for (const { words } of this.pods) {
      const { against, on, namespace } = words;
      if (!against) continue;
      const domain = this.nodes.get(`n${on}`)?.[against.key];
      if (domain === undefined || domain !== (labels as Record<string, string>)[against.key]) continue;
      if (fits(against, { app, namespace: 'default' }, namespace)) return 'existing';
    }
    return 'ok';
  }
}

const WORDS: Record<string, string> = {
  "node(s) didn't match pod topology spread constraints": 'skew',
  "node(s) didn't match pod topology spread constraints (missing required label)": 'missing required label',
  "node(s) didn't match pod affinity rules": 'affinity',
  "node(s) didn't match pod anti-affinity rules": 'anti',
  "node(s) didn't satisfy existing pods anti-affinity rules": 'existing',
};

function askKept(view: ClusterView, profile: Profile, incoming: PodInfo) {
  const verdicts = (plugin: string) => {
    const filter = profile.plugins.get(plugin)?.filterFor?.(incoming);
    const filters = filter ? [{ plugin: { name: plugin }, filter }] : [];
    const judge = new Judge(incoming, { filters, narrowedBy: [] }, view);
    return Object.fromEntries(
      view.ordered.map((one) => [one.name, WORDS[judge.verdict(one)?.reasons[0] ?? ''] ?? 'ok']),
    );
  };
  const row = NodeRow.of(view.ordered, view.columns);
  const spread = prepareScorers(incoming, profile, row).find(({ plugin }) => plugin === 'PodTopologySpread');
  const scores = spread && scoresOf(spread, row).scores;
  return {
    spread: verdicts('PodTopologySpread'),
    affinity: verdicts('InterPodAffinity'),
    scores: scores && Object.fromEntries(view.ordered.map(({ name }, i) => [name, scores[i]])),
  };
}

function askNaive(naive: Naive, incoming: Incoming) {
  const names = [...naive.nodes.keys()];
  return {
    spread: Object.fromEntries(names.map((name) => [name, naive.spread(name, incoming)])),
    affinity: Object.fromEntries(names.map((name) => [name, naive.affinity(name, incoming)])),
    scores: naive.spreadScores(incoming),
  };
}

test('counts that are kept say what counting anew says, on 2,000 small clusters that change', () => {
  let verdicts = 0;
  fc.assert(
    fc.property(
      fc.array(nodeWords, { minLength: 1, maxLength: 5 }),
      fc.array(podWords, { maxLength: 9 }),
      incomingWords,
      fc.array(change, { maxLength: 3 }),
      (nodes, pods, words, changes) => {
        const naive = new Naive();
        const incoming = new PodInfo(incomingPod(words));
        const view = viewOfCluster({ nodes: nodes.map((one, i) => nodeOf(i, one)) });
        const profile = profileFor(view);
        nodes.forEach((one, i) => {
          naive.setNode(i, one);
        });
        let next = 0;
        const place = (one: PodWords) => {
          const placed = new PodInfo(podOf(`p${next++}`, one));
          view.place(placed, `n${one.on}`);
          naive.pods.push({ words: one, uid: placed.uid });
        };
        pods.forEach(place);
        const agree = () => {
          const expected = askNaive(naive, words);
          const kept = askKept(view, profile, incoming);
          if (!isDeepStrictEqual(kept, expected)) expect(kept).toEqual(expected);
          verdicts += Object.values(expected.spread).filter((one) => one !== 'ok').length;
        };
        agree();
        for (const one of changes) {
          if (one.what === 'pod') place(one.words);
          else if (one.what === 'gone') {
            const [gone] = naive.pods.splice(one.which % (naive.pods.length || 1), 1);
            if (gone) view.displace(gone.uid);
          } else if (one.what === 'node') {
            view.setNode(nodeOf(one.which, one.words));
            naive.setNode(one.which, one.words);
          } else {
            view.removeNode(`n${one.which}`);
            naive.nodes.delete(`n${one.which}`);
          }
          agree();
        }
      },
    ),
    { numRuns: 2000, seed: 36 },
  );
  expect(verdicts).toBeGreaterThan(1000);
});
