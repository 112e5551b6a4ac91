/**
 * `GET /kubetick/trace?source=…&destination=…[&namespace=…][&mode=…][&node=…][&protocol=…][&count=N]`: what becomes of a
 * connection, or of many. Chance is the cluster's own: asked again in the same state, the answer is the same. `PUT` the same with
 * `{hold: MILLISECONDS}` keeps the connections: nodes know of them from then on, see connections.ts.
 */
import { type Json, jsonOf } from '../apimachinery/json';
import { badRequest } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import { familyOf } from '../sim/network/addresses';
import type { Family, NodeView, Protocol } from '../sim/network/model';
import type { Network } from '../sim/network/network';
import type { NodeProxy } from '../sim/proxy/mode';
import { loadMode } from '../sim/proxy/modes';
import type { ProxyModeName, ProxySettings } from '../sim/proxy/settings';
import { isWithin, situationOf } from '../sim/proxy/situation';
import {
  type TargetQuestion,
  TraceError,
  type TraceSource,
  type TraceTarget,
  traceSource,
  traceTarget,
} from '../sim/proxy/trace/ends';
import { type Outcome, type Trace, traceConnection } from '../sim/proxy/trace/trace';
import { createRandom } from '../sim/random';
import { type NodeTables, nodeTables } from './connections';
import { resolveFor } from './dns';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';
import { nodeOf, settingsFor } from './proxy';

export interface TraceAnswer {
  mode: ProxyModeName;
  source: TraceSource;
  target: TraceTarget;
  /** The first connection. */
  trace: Trace;
  /** Where all of them ended, for a count above 1: most first. */
  spread?: Spread[];
}

export interface Spread {
  outcome: Outcome;
  address: string;
  pod: string;
  node: string;
  /** Whom it saw: the source, or what masquerading made of it. */
  sources: string[];
  count: number;
}

const MOST = 100_000;
/** Nodes remember each of these. */
const MOST_KEPT = 10_000;
const PROTOCOLS: readonly string[] = ['', 'TCP', 'UDP', 'SCTP'];

export async function answerTrace(parts: ClusterParts, request: ApiRequest): Promise<Json> {
  const { source, destination, namespace = 'default', mode, node, protocol = '', count = '1' } = request.query ?? {};
  if (!source || !destination) throw badRequest('source and destination must be given');
  if (!PROTOCOLS.includes(protocol)) throw badRequest(`protocol must be TCP, UDP or SCTP, not ${protocol}`);
  const times = Number(count);
  if (!Number.isInteger(times) || times < 1 || times > MOST) throw badRequest(`count must be from 1 to ${MOST}`);
  const hold = holdOf(request);
  if (hold !== undefined && times > MOST_KEPT)
    throw badRequest(`count must be from 1 to ${MOST_KEPT} where connections are kept`);
  const { network, revision } = await currentNetwork(parts);
  const { settings, seed } = parts.record;
  const proxy = settingsFor(settings, mode);
  const random = createRandom(seed).fork('trace', source, destination);
  try {
    const from = traceSource(network, source, namespace);
    const pod = from.pod === undefined ? undefined : network.pod(...(from.pod.split('/') as [string, string]));
    const families = new Set(from.ips.map(familyOf));
    const question = (turn: number): TargetQuestion => ({
      text: destination,
      namespace: pod?.namespace ?? namespace,
      protocol: protocol as Protocol | '',
      chance: random.fork('address', turn),
      resolve:
        pod &&
        ((name) => {
          const type = families.has('IPv4') ? 'A' : 'AAAA';
          return resolveFor(network, settings, revision, pod, name, type);
        }),
    });
    const target = traceTarget(network, from, question(0));
    const tables = await nodeTables(parts, network);
    const proxies = await proxiesFor(parts, network, proxy, familyOf(target.ip), tables);
    const entry = node === undefined ? network.nodes().find(({ ready }) => ready) : nodeOf(network, node);
    const ranges = [...settings.serviceCIDR.split(','), ...settings.clusterCIDR.split(',')];
    const isInside = (ip: string) => ranges.some((range) => isWithin(range, ip));
    const world = { network, proxy: proxies, entry, isInside, connections: tables.of };
    const chanceOf = tables.kept === 0 ? random : random.fork('kept', tables.kept);
    const traces: Trace[] = [];
    for (let turn = 0; turn < times; turn++) {
      const to = turn === 0 ? target : traceTarget(network, from, question(turn));
      const surroundings = { chance: chanceOf.fork('connection', turn), quiet: turn > 0 };
      const trace = traceConnection(world, sourceFor(from, to.ip), to, surroundings);
      const { packet, walk, outcome, node: at } = trace;
      // Without being kept it is closed at once, but those that follow find what it left.
      if (packet && walk && (outcome === 'answered' || outcome === 'sent'))
        tables.of(nodeOf(network, at)).keep(packet, walk, {
          ...{ mode: proxy.mode, client: from.pod ?? '', milliseconds: hold ?? 0 },
        });
      traces.push(trace);
    }
    if (hold !== undefined) await tables.save();
    const answer: TraceAnswer = {
      mode: proxy.mode,
      source: sourceFor(from, target.ip),
      target,
      trace: traces[0] as Trace,
    };
    if (times > 1) answer.spread = spreadOf(traces);
    return jsonOf(answer);
  } catch (error) {
    if (error instanceof TraceError) throw badRequest(error.message);
    throw error;
  }
}

/** For how many milliseconds connections are kept open; undefined where nothing is to be kept. */
function holdOf({ method, body }: ApiRequest): number | undefined {
  if (method !== 'PUT') return undefined;
  const hold = (body as { hold?: Json } | undefined)?.hold;
  if (typeof hold !== 'number' || hold < 0) throw badRequest('hold must be a number of milliseconds');
  return hold;
}

/** It speaks from its address of the family that it asks; to itself from where it asks. */
function sourceFor(source: TraceSource, target: string): TraceSource {
  if (source.kind === 'node' && (target.startsWith('127.') || target === '::1')) return { ...source, ip: target };
  const ip = source.ips.find((one) => familyOf(one) === familyOf(target)) ?? source.ip;
  return { ...source, ip };
}

/** Each is made, and synchronised, when a connection first comes to its node. */
async function proxiesFor(
  parts: ClusterParts,
  network: Network,
  settings: ProxySettings,
  family: Family,
  tables: NodeTables,
): Promise<(node: NodeView) => NodeProxy> {
  const mode = await loadMode(settings.mode);
  const running = new Map<string, NodeProxy>();
  return (node) => {
    let proxy = running.get(node.name);
    if (!proxy) {
      const situation = situationOf(node, family, settings, parts.record.settings);
      proxy = mode.start({ ...situation, lasting: tables.of(node).connections });
      proxy.sync(network.services());
      running.set(node.name, proxy);
    }
    return proxy;
  };
}

function spreadOf(traces: readonly Trace[]): Spread[] {
  const ends = new Map<string, Spread>();
  for (const { outcome, answeredBy, walk } of traces) {
    const { address = '', pod = '', node = '' } = answeredBy ?? {};
    const key = `${outcome} ${address}`;
    const end = ends.get(key) ?? { outcome, address, pod, node, sources: [], count: 0 };
    ends.set(key, end);
    end.count++;
    if (answeredBy && walk && !end.sources.includes(walk.source)) end.sources.push(walk.source);
  }
  return [...ends.values()].sort((a, b) => b.count - a.count || (a.address < b.address ? -1 : 1));
}
