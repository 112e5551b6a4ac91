/**
 * Which group grows: each expander keeps the options that are best by its measure, and the next one chooses among those; what is
 * left at the end is left to chance (autoscaler `expander/factory/chain.go` and its neighbours).
 */
import { formatFixed, formatShortest } from '../../apimachinery/float-text';
import { amountsOf, type ResourceAmounts } from '../../apimachinery/pod-requests';
import type { Random } from '../random';
import type { PodInfo } from '../scheduler/pod-info';
import type { ToldScore } from './decision';
import type { Effects } from './effects';
import { gpuOf } from './gpu';
import type { NodeGroup } from './node-group';
import type { Priorities } from './priorities';
import type { Template } from './template';

export interface ExpansionOption {
  group: NodeGroup;
  nodes: number;
  pods: readonly PodInfo[];
  packing: readonly number[];
  similar: readonly NodeGroup[];
  scores: ToldScore[];
}

export interface ExpanderContext {
  templates: ReadonlyMap<string, Template>;
  /** How many nodes the cluster has. */
  nodeCount: number;
  priorities: Priorities;
  effects: Effects;
  chance: Random;
}

/** Less is better, and as good as the best stays. */
interface Judgement {
  option: ExpansionOption;
  measure: number;
  score: string;
  text: string;
}

type Expander = (options: readonly ExpansionOption[], context: ExpanderContext) => ExpansionOption[];

const EXPANDERS: Readonly<Record<string, Expander>> = {
  random: (options, context) => byChance('random', options, context),
  'most-pods': (options) => least('most-pods', options.map(byPods)),
  'least-nodes': (options) => least('least-nodes', options.filter(({ nodes }) => nodes > 0).map(byNodes)),
  'least-waste': (options, { templates }) =>
    least(
      'least-waste',
      options.map((option) => byWaste(option, templates)),
    ),
  price: (options, context) =>
    least(
      'price',
      options.map((option) => byPrice(option, context)),
    ),
  priority: byPriority,
};

/** BestOption; the scores are noted at the options. */
export function bestOption(
  names: readonly string[],
  options: readonly ExpansionOption[],
  context: ExpanderContext,
): ExpansionOption | undefined {
  let left: readonly ExpansionOption[] = options;
  for (const name of names) {
    left = EXPANDERS[name]?.(left, context) ?? left;
    if (left.length === 1) return left[0];
  }
  return byChance('chance', left, context)[0];
}

function least(expander: string, judged: readonly Judgement[]): ExpansionOption[] {
  const best = Math.min(...judged.map(({ measure }) => measure));
  const kept: ExpansionOption[] = [];
  for (const { option, measure, score, text } of judged) {
    const isBest = measure === best;
    if (isBest) kept.push(option);
    option.scores.push({ expander, score, text, kept: isBest });
  }
  return kept;
}

function byPods(option: ExpansionOption): Judgement {
  const pods = option.pods.length;
  return { option, measure: -pods, score: String(pods), text: `${pods} pods helped` };
}

function byNodes(option: ExpansionOption): Judgement {
  return { option, measure: option.nodes, score: String(option.nodes), text: `${option.nodes} nodes needed` };
}

/** The shares of cpu and memory that would be left over, added up (`expander/waste`). */
function byWaste(option: ExpansionOption, templates: ExpanderContext['templates']): Judgement {
  const capacity = capacityOf(templates.get(option.group.name));
  const asked = sumOf(option.pods);
  const cpu = capacity.milliCPU * option.nodes;
  const memory = capacity.memory * option.nodes;
  const wastedCPU = (cpu - asked.milliCPU) / cpu;
  const wastedMemory = (memory - asked.memory) / memory;
  return {
    option,
    measure: wastedCPU + wastedMemory,
    score: formatShortest(wastedCPU + wastedMemory),
    text: `of ${cpu}m CPU ${asked.milliCPU}m asked for, ${percent(wastedCPU)} wasted; of ${mebi(memory)} memory ${mebi(asked.memory)}, ${percent(wastedMemory)} wasted`,
  };
}

function percent(share: number): string {
  return `${formatFixed(share * 100, 1)}%`;
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / MIB)}Mi`;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** What a core, and a gibibyte of memory, cost an hour where a group names no price, and what pods are worth (cloudprovider/gce's). */
const CORE_PRICE = 0.033174;
const GIB_PRICE = 0.004446;
/** gpuUnfitnessOverride */
const GPU_UNFITNESS = 1000;
/** priceStabilizationPod */
const STABILISER = priceOf({ milliCPU: 500, memory: 500 * MIB });

function priceOf({ milliCPU, memory }: Pick<ResourceAmounts, 'milliCPU' | 'memory'>): number {
  return (milliCPU / 1000) * CORE_PRICE + (memory / GIB) * GIB_PRICE;
}

/** How well money is spent, and how well the size of a node suits the cluster (`expander/price/price.go`). */
function byPrice(option: ExpansionOption, { templates, nodeCount }: ExpanderContext): Judgement {
  const capacity = capacityOf(templates.get(option.group.name));
  const nodesPrice = (option.group.spec.price ?? priceOf(capacity)) * option.nodes;
  const podsPrice = option.pods.reduce((sum, { requests }) => sum + priceOf(requests), 0);
  const ratio = (nodesPrice + STABILISER) / (podsPrice + STABILISER);
  const preferred = preferredMilliCPU(nodeCount);
  const unfitness = Math.max(preferred / capacity.milliCPU, capacity.milliCPU / preferred);
  // Nodes with GPUs are not for those who need none.
  const template = templates.get(option.group.name);
  const hasGpu = template && gpuOf(template.node) !== undefined;
  const suppressed = hasGpu ? GPU_UNFITNESS : (unfitness - 1) * (1 - Math.tanh((option.nodes - 1) / 15)) + 1;
  const score = suppressed * ratio;
  const six = (value: number) => formatFixed(value, 6);
  return {
    option,
    measure: score,
    score: six(score),
    text: `all_nodes_price=${six(nodesPrice)} pods_price=${six(podsPrice)} stabilized_ratio=${six(ratio)} unfitness=${six(unfitness)} suppressed=${six(suppressed)} final_score=${six(score)}`,
  };
}

/** The larger the cluster, the larger its nodes should be (SimplePreferredNodeProvider). */
function preferredMilliCPU(nodes: number): number {
  const steps = [2, 6, 20, 60, 200];
  const step = steps.findIndex((most) => nodes <= most);
  return 1000 * 2 ** (step < 0 ? steps.length : step);
}

/** `expander/priority`: names match expressions, each with a priority; who matches none is out, unless nobody does. */
function byPriority(options: readonly ExpansionOption[], { priorities, effects }: ExpanderContext): ExpansionOption[] {
  const { configMap, problem, rules } = priorities;
  if (problem !== undefined) {
    if (configMap) effects.sayOf(configMap, 'Warning', 'PriorityConfigMapInvalid', problem);
    for (const option of options) note(option, '-', problem, true);
    return [...options];
  }
  const found = options.map((option) => {
    const matching = rules.filter((rule) => rule.matches(option.group.name));
    return {
      option,
      priority: matching.length > 0 ? Math.max(...matching.map(({ priority }) => priority)) : undefined,
    };
  });
  const highest = Math.max(-1, ...found.map(({ priority = -1 }) => priority));
  const isBest = (priority: number | undefined) => priority !== undefined && priority === highest;
  const nobody = !found.some(({ priority }) => isBest(priority));
  for (const { option, priority } of found) {
    if (priority === undefined && configMap)
      effects.sayOf(
        configMap,
        'Warning',
        'PriorityConfigMapNotMatchedGroup',
        `Priority expander: node group ${option.group.name} not found in priority expander configuration. The group won't be used.`,
      );
    const text = priority === undefined ? 'no expression matches its name' : 'the highest that matches its name';
    note(option, priority === undefined ? '-' : String(priority), text, nobody || isBest(priority));
  }
  if (!nobody) return found.filter(({ priority }) => isBest(priority)).map(({ option }) => option);
  if (configMap)
    effects.sayOf(
      configMap,
      'Warning',
      'PriorityConfigMapNoGroupMatched',
      'Priority expander: no priorities info found for any of the expansion options. No options filtered.',
    );
  return [...options];
}

function note(option: ExpansionOption, score: string, text: string, kept: boolean): void {
  option.scores.push({ expander: 'priority', score, text, kept });
}

function byChance(
  expander: string,
  options: readonly ExpansionOption[],
  { chance }: ExpanderContext,
): ExpansionOption[] {
  if (options.length === 0) return [];
  const chosen = options[chance.below(options.length)] as ExpansionOption;
  for (const option of options)
    option.scores.push({ expander, score: '-', text: `one of ${options.length}`, kept: option === chosen });
  return [chosen];
}

function capacityOf(template: Template | undefined): ResourceAmounts {
  return amountsOf(template?.node['status']?.capacity ?? {});
}

function sumOf(pods: readonly PodInfo[]): { milliCPU: number; memory: number } {
  const sum = { milliCPU: 0, memory: 0 };
  for (const { requests } of pods) {
    sum.milliCPU += requests.milliCPU;
    sum.memory += requests.memory;
  }
  return sum;
}
