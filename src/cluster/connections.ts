/**
 * What the nodes of a cluster remember of connections, kept in its store, `/kubetick/proxy/connections/NODE`. Nothing happens there when
 * time passes: how old what is remembered has become is worked out when somebody asks.
 */
import { type Json, jsonOf } from '../apimachinery/json';
import { familyOf } from '../sim/network/addresses';
import type { NodeView } from '../sim/network/model';
import type { Network } from '../sim/network/network';
import {
  type Connection,
  type ConntrackState,
  conntrackLines,
  conntrackState,
} from '../sim/proxy/connections/connection';
import { staleConnections } from '../sim/proxy/connections/stale';
import { ConnectionTable, type TableRecord } from '../sim/proxy/connections/table';
import { loadMode } from '../sim/proxy/modes';
import { familiesOf, situationOf } from '../sim/proxy/situation';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';
import { nodeOf, settingsFor } from './proxy';

/** What `proxy connections` shows. */
export interface ProxyConnections {
  nodes: {
    node: string;
    connections: (Connection & ConntrackState & { lines: readonly string[] })[];
    /** Which client was sent where, and for how many seconds it has not been since. */
    affinity: { key: string; client: string; seconds: number }[];
    /** Of IPVS, if they were asked for. */
    virtualServers?: {
      id: string;
      scheduler: string;
      servers: { id: string; weight: number; active: number; inactive: number }[];
    }[];
  }[];
}

type VirtualServers = NonNullable<ProxyConnections['nodes'][number]['virtualServers']>;

const PREFIX = '/kubetick/proxy/connections/';

/** The tables of all nodes, without what is no more; `save` keeps those that were asked for. */
export interface NodeTables {
  /** Differs after each connection that was kept, so that chance does not say the same again. */
  readonly kept: number;
  of(node: NodeView): ConnectionTable;
  save(): Promise<void>;
}

export async function nodeTables(parts: ClusterParts, network: Network): Promise<NodeTables> {
  const now = parts.clock.now();
  const { entries } = await parts.store.range(PREFIX);
  const records = new Map(entries.map(({ key, value }) => [key.slice(PREFIX.length), value as unknown as TableRecord]));
  const tables = new Map<string, ConnectionTable>();
  let isStale: ReturnType<typeof staleConnections> | undefined;
  const kept = [...records.values()].reduce((sum, { opened }) => sum + opened, 0);
  return {
    kept,
    of({ name }) {
      let table = tables.get(name);
      if (!table) {
        table = new ConnectionTable(records.get(name), now);
        if (table.list().length > 0) {
          isStale ??= staleConnections(network);
          table.forget(isStale);
        }
        tables.set(name, table);
      }
      return table;
    },
    async save() {
      const writes = [...tables].map(([name, table]) => ({
        key: `${PREFIX}${name}`,
        value: jsonOf(table.record()) as Json,
      }));
      if (writes.length > 0) await parts.store.commit(writes);
    },
  };
}

/** @param ipvs whether virtual servers are wanted, which takes a whole sync for each node */
export async function listConnections(
  parts: ClusterParts,
  nodeName: string | undefined,
  ipvs: boolean,
): Promise<ProxyConnections> {
  const { network } = await currentNetwork(parts);
  const nodes = nodeName === undefined ? network.nodes() : [nodeOf(network, nodeName)];
  const tables = await nodeTables(parts, network);
  const now = parts.clock.now();
  const answer: ProxyConnections = { nodes: [] };
  for (const node of nodes) {
    const table = tables.of(node);
    const connections = table.list().flatMap((one) => {
      const state = conntrackState(one, now);
      return state ? [{ ...one, ...state, lines: conntrackLines(one, now, nodeIPFor(node, one)) }] : [];
    });
    const affinity = [...table.affinities()].map(({ key, client, age }) => ({
      key,
      client,
      seconds: Math.floor(age / 1000),
    }));
    answer.nodes.push({
      ...{ node: node.name, connections, affinity },
      ...(ipvs ? { virtualServers: await virtualServers(parts, network, node, table) } : {}),
    });
  }
  return answer;
}

/** The node's address of the connection's family. */
function nodeIPFor({ internalIPs }: NodeView, { destination }: Connection): string {
  return internalIPs.find((ip) => familyOf(ip) === familyOf(destination)) ?? '';
}

async function virtualServers(
  parts: ClusterParts,
  network: Network,
  node: NodeView,
  table: ConnectionTable,
): Promise<VirtualServers> {
  const { settings } = parts.record;
  const proxy = settingsFor(settings, 'ipvs');
  const mode = await loadMode('ipvs');
  const all: VirtualServers = [];
  for (const family of familiesOf(node)) {
    const situation = { ...situationOf(node, family, proxy, settings), lasting: table.connections };
    const running = mode.start(situation);
    running.sync(network.services());
    for (const { id, scheduler, servers } of running.virtualServers?.() ?? []) {
      const counts = table.connections(id);
      all.push({
        ...{ id, scheduler },
        servers: servers.map(({ id: server, weight }) => {
          const { active = 0, inactive = 0 } = counts.get(server) ?? {};
          return { id: server, weight, active, inactive };
        }),
      });
    }
  }
  return all;
}
