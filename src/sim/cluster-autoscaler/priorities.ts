/** The ConfigMap of the expander priority (autoscaler `expander/priority/priority.go`). */
import { isObject, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import type { Options } from './options';

export const PRIORITIES_NAMESPACE = 'kube-system';
export const PRIORITIES_NAME = 'cluster-autoscaler-priority-expander';
const KEY = 'priorities';

export interface Priorities {
  configMap?: KubeObject;
  /** What is wrong with it. */
  problem?: string;
  rules: readonly { priority: number; matches(group: string): boolean }[];
}

/** Where the expander asks for them. */
export async function prioritiesFor(options: Options, cache: IndexedCache): Promise<Priorities> {
  if (!options.list('expander').includes('priority')) return { rules: [] };
  return readPriorities(cache.get('configmaps', PRIORITIES_NAMESPACE, PRIORITIES_NAME));
}

/** Reads it; only then what reads YAML and expressions is loaded. */
async function readPriorities(stored: KubeObject | undefined): Promise<Priorities> {
  const configMap: KubeObject | undefined = stored && { ...stored, apiVersion: 'v1', kind: 'ConfigMap' };
  if (!configMap)
    return {
      rules: [],
      problem: `Priority expander config map ${PRIORITIES_NAME} not found: configmap "${PRIORITIES_NAME}" not found`,
    };
  const text: string | undefined = configMap['data']?.[KEY];
  if (text === undefined)
    return {
      configMap,
      rules: [],
      problem: `Wrong configmap for priority expander, doesn't contain ${KEY} key. Ignoring update.`,
    };
  const wrong = (problem: string): Priorities => ({
    configMap,
    rules: [],
    problem: `Wrong configuration for priority expander: ${problem}. Ignoring update.`,
  });
  if (text === '')
    return wrong(`priority configuration in ${PRIORITIES_NAME} configmap is empty; please provide valid configuration`);
  const [{ parseYaml }, { matchesRegexp, regexpComplaint }] = await Promise.all([
    import('../../yaml/read'),
    import('../../apimachinery/regexp'),
  ]);
  let value: Json;
  try {
    value = parseYaml(text);
  } catch (error) {
    return wrong(`Can't parse YAML with priorities in the configmap: ${(error as Error).message}`);
  }
  const entries = isObject(value) ? Object.entries(value) : undefined;
  if (!entries?.every(([key, list]) => /^-?\d+$/.test(key) && Array.isArray(list)))
    return wrong("Can't parse YAML with priorities in the configmap: yaml: unmarshal errors");
  const rules: { priority: number; matches(group: string): boolean }[] = [];
  for (const [key, list] of entries)
    for (const expression of (list as Json[]).map(String)) {
      const complaint = regexpComplaint(expression);
      if (complaint) return wrong(`Can't compile regexp rule for priority ${key} and rule ${expression}: ${complaint}`);
      rules.push({ priority: Number(key), matches: (group) => matchesRegexp(expression, group) });
    }
  return { configMap, rules };
}
