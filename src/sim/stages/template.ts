/** The Go templates of Stages, with the functions that kwok gives them (kwok `pkg/utils/gotpl`, pod_controller.go, node_controller.go). */

import { isObject, type Json } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { remembered } from '../../apimachinery/remembered';
import { formatTime } from '../../apimachinery/time';
import { goString } from '../../printers/go-format';
import type { GoValue } from '../../printers/go-values';
import { executeTemplate } from '../../printers/template/execute';
import { hasFunction, isTrue, type TemplateFunction } from '../../printers/template/functions';
import { parseTemplate } from '../../printers/template/parse';
import { parseYaml } from '../../yaml/read';
import { toYaml } from '../../yaml/write';
import type { Instant } from '../clock';
import { podAddressesOf } from '../kubelet/addresses';
import { hostIPs } from '../kubelet/node-state';
import { healthyConditions, KUBELET_VERSION } from '../kubelet/registration';

/** What a template may ask of the cluster. */
export interface TemplateWorld {
  now: Instant;
  startTime: Instant;
  node(name: string): KubeObject | undefined;
  podIP(): string | undefined;
}

/** What the template makes of the object, read as YAML. @throws Error */
export function renderTemplate(text: string, object: KubeObject, world: TemplateWorld): Json {
  const functions = functionsFor(object, world);
  const template = parsed(text);
  return parseYaml(executeTemplate(template, asJson(object), 'default', functions)) ?? {};
}

const parsed = remembered(500, (text) => parseTemplate(text, (name) => hasFunction(name) || NAMES.has(name)));

const NO_ARGUMENTS: Pick<TemplateFunction, 'parameters'> = { parameters: [] };
const ANY: Pick<TemplateFunction, 'parameters' | 'rest'> = { parameters: [], rest: 'any' };

function functionsFor(object: KubeObject, world: TemplateWorld): Record<string, TemplateFunction> {
  const now = () => formatTime(world.now);
  const nodeIPs = (name: GoValue) => {
    const node = object.kind === 'Node' ? object : world.node(String(name ?? ''));
    return node ? hostIPs(node) : [];
  };
  const podIPs = (): Json => {
    const { hostNetwork, nodeName } = object['spec'] ?? {};
    if (hostNetwork) return nodeIPs(nodeName);
    const ip = world.podIP();
    const node = world.node(String(nodeName ?? ''));
    return ip === undefined ? [] : node ? podAddressesOf(ip, node) : [ip];
  };
  const first = (list: Json): Json => (Array.isArray(list) ? (list[0] ?? '') : '');
  return {
    ...PLAIN,
    Now: { ...NO_ARGUMENTS, call: now },
    StartTime: { ...NO_ARGUMENTS, call: () => formatTime(world.startTime) },
    NodeConditions: { ...NO_ARGUMENTS, call: () => nodeConditions(world.now) },
    NodeIP: { ...NO_ARGUMENTS, call: () => first(nodeIPs(object['spec']?.nodeName)) },
    NodeName: { ...NO_ARGUMENTS, call: () => object.metadata.name ?? '' },
    NodePort: { ...NO_ARGUMENTS, call: () => 10250 },
    NodeIPWith: { ...ANY, call: ([name]) => first(nodeIPs(name)) },
    NodeIPsWith: { ...ANY, call: ([name]) => nodeIPs(name) },
    PodIP: { ...NO_ARGUMENTS, call: () => first(podIPs()) },
    PodIPWith: { ...ANY, call: () => first(podIPs()) },
    PodIPsWith: { ...ANY, call: () => podIPs() },
  };
}

/** Those that hang on nothing but their arguments; the lower-case ones are of sprig. */
const PLAIN: Readonly<Record<string, TemplateFunction>> = {
  Quote: { parameters: ['any'], call: ([value]) => quote(value) },
  YAML: { parameters: ['any'], rest: 'any', call: ([value, indent]) => yaml(value, Number(goString(indent ?? 0))) },
  Version: { ...NO_ARGUMENTS, call: () => KUBELET_VERSION },
  dict: { ...ANY, call: (args) => dict(args) },
  list: { ...ANY, call: (args) => [...args] as Json[] },
  default: { parameters: ['any', 'any'], call: ([fallback, value]) => (isTrue(value) ? value : fallback) },
  quote: { parameters: ['any'], call: ([value]) => JSON.stringify(goString(value)) },
  lower: { parameters: ['string'], call: ([text]) => String(text).toLowerCase() },
  upper: { parameters: ['string'], call: ([text]) => String(text).toUpperCase() },
  trim: { parameters: ['string'], call: ([text]) => String(text).trim() },
  add: { ...ANY, call: (args) => args.reduce<number>((sum, one) => sum + Number(goString(one)), 0) },
  sub: { parameters: ['any', 'any'], call: ([a, b]) => Number(goString(a)) - Number(goString(b)) },
};

const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(PLAIN),
  'Now',
  'StartTime',
  'NodeConditions',
  'NodeIP',
  'NodeName',
  'NodePort',
  'NodeIPWith',
  'NodeIPsWith',
  'PodIP',
  'PodIPWith',
  'PodIPsWith',
]);

/** Of a node without complaints, in kwok's order. */
function nodeConditions(now: Instant): Json {
  const conditions = healthyConditions(now).map(({ type, status, reason, message }) => ({
    type,
    status,
    reason: reason ?? '',
    message: message ?? '',
  }));
  const [ready] = conditions.splice(-1) as [(typeof conditions)[number]];
  const route = { type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated' };
  return [ready, ...conditions, { ...route, message: 'RouteController created a route' }];
}

/** As JSON where that is a string; else its JSON in quotes. */
function quote(value: GoValue): string {
  const json = stringifyGo((value ?? null) as Json);
  return json.startsWith('"') ? json : JSON.stringify(json);
}

function yaml(value: GoValue, indent: number): string {
  const text = toYaml((value ?? null) as Json);
  return indent > 0 ? `\n${text}`.replaceAll('\n', `\n${' '.repeat(indent * 2)}`) : text;
}

function dict(args: readonly GoValue[]): Json {
  const result: Record<string, Json> = {};
  for (let i = 0; i < args.length; i += 2) result[goString(args[i])] = (args[i + 1] ?? '') as Json;
  return isObject(result) ? result : {};
}
