/** A profile: which plugins take part, in what order, with what weight (kube-scheduler `framework/runtime/framework.go`). */
import type { ClusterView } from './cluster-view';
import type { ProfileConfiguration } from './configuration/configuration';
import type { DefaultPreemptionArgs, PluginArgs } from './configuration/plugin-args';
import type { Plugin } from './plugin';
import { dynamicResources } from './plugins/dynamic-resources';
import { imageLocality } from './plugins/image-locality';
import { interPodAffinity } from './plugins/inter-pod-affinity';
import { nodeAffinity } from './plugins/node-affinity';
import { nodeDeclaredFeatures } from './plugins/node-declared-features';
import { nodeName } from './plugins/node-name';
import { nodePorts } from './plugins/node-ports';
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation';
import { nodeResourcesFit } from './plugins/node-resources-fit';
import { nodeUnschedulable } from './plugins/node-unschedulable';
import { nodeVolumeLimits } from './plugins/node-volume-limits';
import { podTopologySpread } from './plugins/pod-topology-spread';
import { schedulingGates } from './plugins/scheduling-gates';
import { taintToleration } from './plugins/taint-toleration';
import { volumeBinding } from './plugins/volume-binding';
import { volumeRestrictions } from './plugins/volume-restrictions';
import { volumeZone } from './plugins/volume-zone';

export interface Profile {
  /** `default-scheduler` */
  readonly name: string;
  readonly preEnqueue: readonly Plugin[];
  /** In the order in which they are asked. */
  readonly filters: readonly Plugin[];
  readonly scorers: readonly { plugin: Plugin; weight: number }[];
  /** All that take part, for what may help the pods they rejected. */
  readonly plugins: ReadonlyMap<string, Plugin>;
  /** What is tried for a pod that fits nowhere, in order: DynamicResources, DefaultPreemption. */
  readonly postFilters: readonly string[];
  readonly preemption: DefaultPreemptionArgs;
  /** Of the nodes that fit, how many are scored; 0: the more nodes, the fewer. */
  readonly percentageOfNodesToScore: number;
}

/** What makes each plugin. Those that have nothing but a place in the order are not here: PrioritySort, DefaultBinder. */
const MAKERS: Readonly<Record<string, (view: ClusterView, args: PluginArgs) => Plugin>> = {
  SchedulingGates: () => schedulingGates,
  NodeUnschedulable: () => nodeUnschedulable,
  NodeName: () => nodeName,
  TaintToleration: () => taintToleration,
  NodeAffinity: (_, args) => nodeAffinity(args.NodeAffinity),
  NodePorts: () => nodePorts,
  NodeResourcesFit: (_, args) => nodeResourcesFit(args.NodeResourcesFit),
  VolumeRestrictions: volumeRestrictions,
  NodeVolumeLimits: nodeVolumeLimits,
  VolumeBinding: volumeBinding,
  VolumeZone: volumeZone,
  PodTopologySpread: (view, args) => podTopologySpread(view, args.PodTopologySpread),
  InterPodAffinity: (view, args) => interPodAffinity(view, args.InterPodAffinity),
  DynamicResources: dynamicResources,
  NodeResourcesBalancedAllocation: (_, args) => nodeResourcesBalancedAllocation(args.NodeResourcesBalancedAllocation),
  ImageLocality: imageLocality,
  NodeDeclaredFeatures: () => nodeDeclaredFeatures,
};

export function createProfile(configuration: ProfileConfiguration, view: ClusterView): Profile {
  const { schedulerName, points, args, percentageOfNodesToScore } = configuration;
  const plugins = new Map<string, Plugin>();
  const made = (name: string): Plugin | undefined => {
    const known = plugins.get(name);
    if (known) return known;
    const plugin = Object.hasOwn(MAKERS, name) ? MAKERS[name]?.(view, args) : undefined;
    if (plugin) plugins.set(name, plugin);
    return plugin;
  };
  const all = (names: readonly string[]) => names.map(made).filter((plugin) => plugin !== undefined);
  return {
    name: schedulerName,
    preEnqueue: all(points.preEnqueue).filter(({ preEnqueue }) => preEnqueue),
    filters: all(points.filter).filter(({ filterFor }) => filterFor),
    scorers: points.score.flatMap(({ name, weight }) => {
      const plugin = made(name);
      return plugin?.scorerFor ? [{ plugin, weight }] : [];
    }),
    plugins,
    postFilters: points.postFilter,
    preemption: args.DefaultPreemption,
    percentageOfNodesToScore,
  };
}
