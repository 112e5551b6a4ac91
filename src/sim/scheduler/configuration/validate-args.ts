/** What may not be in the arguments of plugins (kube-scheduler `apis/config/validation/validation_pluginargs.go`). */

import { parseDuration } from '../../../apimachinery/duration';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error';
import type { Json } from '../../../apimachinery/json';
import { isQualifiedName } from '../../../apimachinery/names';
import type { NodeAffinitySpec, NodeSelectorTerm } from '../node-selector';
import type { ResourceSpec, ScoringStrategy, TopologySpreadConstraint, UtilizationShapePoint } from './plugin-args';

type Args = Record<string, Json>;

const STRATEGIES = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];
const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

/** What is wrong with a plugin's arguments, at this path. */
export function validateArgs(plugin: string, args: Args, path: string): FieldError[] {
  const check = Object.hasOwn(CHECKS, plugin) ? CHECKS[plugin] : undefined;
  return check ? check(args, path) : [];
}

const CHECKS: Readonly<Record<string, (args: Args, path: string) => FieldError[]>> = {
  DefaultPreemption(args, path) {
    const percentage = number(args['minCandidateNodesPercentage'], 10);
    const absolute = number(args['minCandidateNodesAbsolute'], 100);
    const errors: FieldError[] = [];
    const [ofPercentage, ofAbsolute] = [`${path}.minCandidateNodesPercentage`, `${path}.minCandidateNodesAbsolute`];
    if (percentage < 0 || percentage > 100)
      errors.push(invalid(ofPercentage, percentage, 'not in valid range [0, 100]'));
    if (absolute < 0) errors.push(invalid(ofAbsolute, absolute, 'not in valid range [0, inf)'));
    if (percentage === 0 && absolute === 0)
      errors.push(
        invalid(ofPercentage, percentage, 'cannot be zero at the same time as minCandidateNodesAbsolute'),
        invalid(ofAbsolute, absolute, 'cannot be zero at the same time as minCandidateNodesPercentage'),
      );
    return errors;
  },
  InterPodAffinity(args, path) {
    const weight = number(args['hardPodAffinityWeight'], 1);
    if (weight >= 0 && weight <= 100) return [];
    return [invalid(`${path}.hardPodAffinityWeight`, weight, 'not in valid range [0, 100]')];
  },
  NodeAffinity(args, path) {
    const { addedAffinity } = args as { addedAffinity?: NodeAffinitySpec };
    const at = `${path}.addedAffinity`;
    const terms = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    const preferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return [
      ...terms.flatMap((term, i) =>
        termErrors(term, `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`),
      ),
      ...preferred.flatMap(({ preference }, i) =>
        termErrors(preference, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`),
      ),
    ];
  },
  NodeResourcesBalancedAllocation(args, path) {
    const { resources = [] } = args as unknown as { resources?: readonly ResourceSpec[] };
    const errors: FieldError[] = [];
    const seen = new Set<string>();
    resources.forEach(({ name, weight: given }, i) => {
      const weight = given || 1;
      if (seen.has(name)) errors.push(duplicate(`${path}.resources[${i}].name`, name));
      seen.add(name);
      if (weight !== 1) errors.push(invalid(`${path}.resources[${i}].weight`, weight, 'must be 1'));
    });
    return errors;
  },
  NodeResourcesFit(args, path) {
    const {
      ignoredResources = [],
      ignoredResourceGroups = [],
      scoringStrategy,
    } = args as unknown as {
      ignoredResources?: string[];
      ignoredResourceGroups?: string[];
      scoringStrategy?: Partial<ScoringStrategy>;
    };
    const errors: FieldError[] = [];
    ignoredResources.forEach((name, i) => {
      errors.push(...labelNameErrors(name, `${path}.ignoredResources[${i}]`));
    });
    ignoredResourceGroups.forEach((group, i) => {
      const at = `${path}.ignoredResourceGroups[${i}]`;
      if (group.includes('/')) errors.push(invalid(at, group, "resource group name can't contain '/'"));
      errors.push(...labelNameErrors(group, at));
    });
    if (!scoringStrategy) return errors;
    const at = `${path}.scoringStrategy`;
    const { type = '', resources = [], requestedToCapacityRatio } = scoringStrategy;
    if (!STRATEGIES.includes(type)) errors.push(notSupported(`${at}.type`, type, STRATEGIES));
    resources.forEach(({ name, weight: given }, i) => {
      const weight = given || 1;
      if (weight <= 0 || weight > 100)
        errors.push(
          invalid(`${at}.resources[${i}].weight`, weight, `resource weight of ${name} not in valid range (0, 100]`),
        );
    });
    if (requestedToCapacityRatio) errors.push(...shapeErrors(requestedToCapacityRatio.shape ?? [], `${at}.shape`));
    return errors;
  },
  PodTopologySpread(args, path) {
    const { defaultConstraints = [], defaultingType } = args as unknown as {
      defaultConstraints?: readonly TopologySpreadConstraint[];
      defaultingType?: string;
    };
    const type = defaultingType || 'System';
    const errors: FieldError[] = [];
    if (type !== 'System' && type !== 'List')
      errors.push(notSupported(`${path}.defaultingType`, type, ['System', 'List']));
    else if (type === 'System' && defaultConstraints.length > 0)
      errors.push(invalid(`${path}.defaultingType`, type, 'when .defaultConstraints are not empty'));
    defaultConstraints.forEach((_, i) => {
      errors.push(...constraintErrors(defaultConstraints, i, `${path}.defaultConstraints`));
    });
    return errors;
  },
  VolumeBinding(args, path) {
    const seconds = number(args['bindTimeoutSeconds'], 600);
    const errors: FieldError[] = [];
    if (seconds < 0)
      errors.push(
        invalid(`${path}.bindTimeoutSeconds`, seconds, 'invalid BindTimeoutSeconds, should not be a negative value'),
      );
    if (args['shape'] != null)
      errors.push(
        invalid(
          `${path}.shape`,
          args['shape'],
          'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring',
        ),
      );
    return errors;
  },
  DynamicResources(args, path) {
    const errors: FieldError[] = [];
    const { filterTimeout, bindingTimeout } = args as { filterTimeout?: string; bindingTimeout?: string };
    if (filterTimeout !== undefined && (milliseconds(filterTimeout) ?? 0) < 0)
      errors.push(invalid(`${path}.filterTimeout`, filterTimeout, 'must be zero or positive'));
    if (bindingTimeout !== undefined && (milliseconds(bindingTimeout) ?? 0) < 1000)
      errors.push(invalid(`${path}.bindingTimeout`, bindingTimeout, 'must be at least 1 second'));
    return errors;
  },
};

function number(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function milliseconds(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

function labelNameErrors(name: string, path: string): FieldError[] {
  return isQualifiedName(name).map((complaint) => invalid(path, name, complaint));
}

function constraintErrors(constraints: readonly TopologySpreadConstraint[], i: number, path: string): FieldError[] {
  const constraint = constraints[i] as TopologySpreadConstraint;
  const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector } = constraint;
  const at = `${path}[${i}]`;
  const errors: FieldError[] = [];
  if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'not in valid range (0, inf)'));
  if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
  else errors.push(...labelNameErrors(topologyKey, `${at}.topologyKey`));
  if (whenUnsatisfiable === '') errors.push(required(`${at}.whenUnsatisfiable`, 'can not be empty'));
  else if (!ACTIONS.includes(whenUnsatisfiable))
    errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ACTIONS));
  if (labelSelector)
    errors.push(
      forbiddenField(`${at}.labelSelector`, 'constraint must not define a selector, as they deduced for each pod'),
    );
  const twin = constraints
    .slice(0, i)
    .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
  if (twin) errors.push(duplicate(at, `{${topologyKey}, ${whenUnsatisfiable}}`));
  return errors;
}

/** validateFunctionShape. */
function shapeErrors(shape: readonly UtilizationShapePoint[], path: string): FieldError[] {
  if (shape.length === 0) return [required(path, 'at least one point must be specified')];
  const errors: FieldError[] = [];
  for (let i = 1; i < shape.length; i++) {
    const { utilization } = shape[i] as UtilizationShapePoint;
    if ((shape[i - 1] as UtilizationShapePoint).utilization < utilization) continue;
    errors.push(invalid(`${path}[${i}].utilization`, utilization, 'values must be sorted in increasing order'));
    break;
  }
  shape.forEach(({ utilization = 0, score = 0 }, i) => {
    if (utilization < 0 || utilization > 100)
      errors.push(invalid(`${path}[${i}].utilization`, utilization, 'not in valid range [0, 100]'));
    if (score < 0 || score > 10) errors.push(invalid(`${path}[${i}].score`, score, 'not in valid range [0, 10]'));
  });
  return errors;
}

/** component-helpers `nodeaffinity` newNodeSelectorTerm. */
function termErrors({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, path: string): FieldError[] {
  return [
    ...matchExpressions.flatMap(({ operator }, i) =>
      OPERATORS.includes(operator)
        ? []
        : [notSupported(`${path}.matchExpressions[${i}].operator`, operator, OPERATORS)],
    ),
    ...matchFields.flatMap(({ operator, values = [] }, i) => {
      if (operator !== 'In' && operator !== 'NotIn')
        return [notSupported(`${path}.matchFields[${i}].operator`, operator, ['In', 'NotIn'])];
      return values.length === 1 ? [] : [required(`${path}.matchFields[${i}].values`, 'must have one element')];
    }),
  ];
}
