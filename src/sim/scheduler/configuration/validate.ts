/** What may not be in a KubeSchedulerConfiguration (kube-scheduler `apis/config/validation/validation.go`, `framework/runtime/framework.go` NewFramework). */

import { duplicate, type FieldError, invalid, required } from '../../../apimachinery/field-error';
import { deepEqual, type Json } from '../../../apimachinery/json';
import { isQualifiedName } from '../../../apimachinery/names';
import {
  API_VERSION,
  EXTENSION_POINTS,
  type ExtensionPoint,
  PLUGIN_POINTS,
  type PluginSet,
  profilesOf,
  type WrittenConfiguration,
  type WrittenProfile,
} from './configuration';
import { ConfigurationError } from './decode';
import { validateArgs } from './validate-args';

const REMOVED = ['AzureDiskLimits', 'CinderLimits', 'EBSLimits', 'GCEPDLimits'];
const MAX_NODE_SCORE = 100;
const MAX_TOTAL_SCORE = 2 ** 63;

interface Extender {
  prioritizeVerb?: string;
  weight?: number;
  bindVerb?: string;
  managedResources?: { name?: string }[];
}

/** Throws a ConfigurationError with all that is wrong. */
export function validateConfiguration(written: WrittenConfiguration): void {
  const errors = configurationErrors(written).map(({ field, body }) => `${field}: ${body}`);
  const unique = [...new Set(errors)];
  if (unique.length > 0)
    throw new ConfigurationError(unique.length === 1 ? (unique[0] as string) : `[${unique.join(', ')}]`);
  const profiles = written.profiles?.length ? written.profiles : [{}];
  for (const profile of profiles) {
    const wrong = buildError(profile);
    if (wrong) {
      const name = profile.schedulerName ?? 'default-scheduler';
      throw new ConfigurationError(`initializing profiles: creating profile for scheduler name ${name}: ${wrong}`);
    }
  }
}

/** ValidateKubeSchedulerConfiguration, of a configuration as it is with its defaults. */
function configurationErrors(written: WrittenConfiguration): FieldError[] {
  const errors: FieldError[] = [];
  const { leaderElection, parallelism } = written as {
    leaderElection?: { leaderElect?: boolean; resourceLock?: string };
    parallelism?: number;
  };
  const lock = leaderElection?.resourceLock || 'leases';
  if (leaderElection?.leaderElect !== false && lock !== 'leases')
    errors.push(invalid('leaderElection.resourceLock', lock, 'resourceLock value must be "leases"'));
  if (parallelism !== undefined && parallelism <= 0)
    errors.push(invalid('parallelism', parallelism, 'should be an integer value greater than zero'));
  const profiles = written.profiles?.length ? written.profiles : [{}];
  const seen = new Map<string, number>();
  profiles.forEach((profile, i) => {
    const path = `profiles[${i}]`;
    // Only a profile that is alone may do without a name.
    const name = profile.schedulerName ?? (profiles.length === 1 ? 'default-scheduler' : '');
    errors.push(...profileErrors(profile, name, path));
    const before = seen.get(name);
    if (before !== undefined) errors.push(duplicate(`${path}.schedulerName`, `profiles[${before}].schedulerName`));
    seen.set(name, i);
  });
  errors.push(...queueSortErrors(profiles));
  errors.push(...percentageErrors('percentageOfNodesToScore', written.percentageOfNodesToScore));
  const { podInitialBackoffSeconds: initial = 1, podMaxBackoffSeconds: max = 10 } = written;
  if (initial <= 0) errors.push(invalid('podInitialBackoffSeconds', initial, 'must be greater than 0'));
  if (max < initial)
    errors.push(invalid('podMaxBackoffSeconds', max, 'must be greater than or equal to PodInitialBackoffSeconds'));
  errors.push(...extenderErrors((written as { extenders?: Extender[] }).extenders ?? []));
  return errors;
}

function percentageErrors(path: string, percentage: number | undefined): FieldError[] {
  if (percentage === undefined || (percentage >= 0 && percentage <= 100)) return [];
  return [invalid(path, percentage, 'not in valid range [0-100]')];
}

function profileErrors(profile: WrittenProfile, name: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${path}.schedulerName`));
  errors.push(...percentageErrors(`${path}.percentageOfNodesToScore`, profile.percentageOfNodesToScore));
  for (const point of EXTENSION_POINTS)
    profile.plugins?.[point]?.enabled?.forEach((plugin, i) => {
      if (REMOVED.includes(plugin.name)) errors.push(removed(`${path}.plugins.${point}.enabled[${i}]`, plugin.name));
    });
  const seen = new Set<string>();
  profile.pluginConfig?.forEach((one, i) => {
    const at = `${path}.pluginConfig[${i}]`;
    if (seen.has(one.name)) errors.push(duplicate(at, one.name));
    seen.add(one.name);
    if (REMOVED.includes(one.name)) errors.push(removed(at, one.name));
    else errors.push(...validateArgs(one.name, (one.args ?? {}) as Record<string, Json>, `${at}.args`));
  });
  return errors;
}

function removed(path: string, name: string): FieldError {
  return invalid(
    path,
    name,
    `was invalid in version "${API_VERSION}" (KubeSchedulerConfiguration is version "${API_VERSION}")`,
  );
}

/** validateCommonQueueSort. */
function queueSortErrors(profiles: readonly WrittenProfile[]): FieldError[] {
  const errors: FieldError[] = [];
  const sortOf = (profile: WrittenProfile | undefined): PluginSet => profile?.plugins?.queueSort ?? {};
  const first = sortOf(profiles[0]);
  const count = first.enabled?.length ?? 0;
  if (count > 1)
    errors.push(invalid('profiles[0].plugins.queueSort.Enabled', count, 'only one queue sort plugin can be enabled'));
  profiles.slice(1).forEach((profile, i) => {
    const own = sortOf(profile);
    if (!deepEqual(own as Json, first as Json)) {
      const shown = { Enabled: own.enabled ?? null, Disabled: own.disabled ?? null };
      errors.push(invalid(`profiles[${i + 1}].plugins.queueSort`, shown as Json, 'must be the same for all profiles'));
    }
  });
  return errors;
}

function extenderErrors(extenders: readonly Extender[]): FieldError[] {
  const errors: FieldError[] = [];
  const resources = new Set<string>();
  extenders.forEach(({ prioritizeVerb = '', weight = 0, managedResources = [] }, i) => {
    if (prioritizeVerb && weight <= 0)
      errors.push(invalid(`extenders[${i}].weight`, weight, 'must have a positive weight applied to it'));
    managedResources.forEach(({ name = '' }, j) => {
      const path = `extenders[${i}].managedResources[${j}].name`;
      const complaints = isQualifiedName(name);
      errors.push(...complaints.map((complaint) => invalid(path, name, complaint)));
      if (complaints.length === 0 && !isExtended(name))
        errors.push(invalid(path, name, 'is an invalid extended resource name'));
      if (resources.has(name)) errors.push(invalid(path, name, 'duplicate extender managed resource name'));
      resources.add(name);
    });
  });
  const binders = extenders.filter(({ bindVerb }) => bindVerb).length;
  if (binders > 1)
    errors.push(
      invalid('extenders', `found ${binders} extenders implementing bind`, 'only one extender can implement bind'),
    );
  return errors;
}

function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

/** What keeps a framework from being made of a profile: unknown plugins, plugins out of place (NewFramework). */
function buildError(profile: WrittenProfile): string | undefined {
  const { plugins = {}, schedulerName = 'default-scheduler' } = profile;
  for (const point of EXTENSION_POINTS) {
    const type = typeOf(point);
    const seen = new Set<string>();
    for (const { name } of plugins[point]?.enabled ?? []) {
      const known = Object.hasOwn(PLUGIN_POINTS, name) ? PLUGIN_POINTS[name] : undefined;
      if (!known) return `${type} ${JSON.stringify(name)} does not exist`;
      if (!known.includes(point)) return `plugin ${JSON.stringify(name)} does not extend ${type} plugin`;
      if (seen.has(name)) return `plugin ${JSON.stringify(name)} already registered as ${JSON.stringify(type)}`;
      seen.add(name);
    }
  }
  const everywhere = plugins.multiPoint?.enabled ?? [];
  for (const { name } of everywhere)
    if (!Object.hasOwn(PLUGIN_POINTS, name)) return `${typeOf('preEnqueue')} ${JSON.stringify(name)} does not exist`;
  const twice = everywhere.find(({ name }, i) => everywhere.findIndex((other) => other.name === name) !== i);
  if (twice) {
    const [point] = PLUGIN_POINTS[twice.name] as [ExtensionPoint];
    return `plugin ${JSON.stringify(twice.name)} already registered as ${JSON.stringify(typeOf(point))}`;
  }
  const [complete] = profilesOf({ profiles: [profile] });
  const { queueSort, bind, score } = (complete as NonNullable<typeof complete>).points;
  if (queueSort.length !== 1)
    return `only one queue sort plugin required for profile with scheduler name ${JSON.stringify(schedulerName)}, but got ${queueSort.length}`;
  if (bind.length === 0)
    return `at least one bind plugin is needed for profile with scheduler name ${JSON.stringify(schedulerName)}`;
  const total = score.reduce((sum, { weight }) => sum + weight * MAX_NODE_SCORE, 0);
  return total > MAX_TOTAL_SCORE ? 'total score of Score plugins could overflow' : undefined;
}

/** `preFilter` → `PreFilterPlugin`. */
function typeOf(point: ExtensionPoint): string {
  return `${point[0]?.toUpperCase()}${point.slice(1)}Plugin`;
}
