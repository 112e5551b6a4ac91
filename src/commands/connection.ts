/** How a command reaches its cluster: the one in a folder, opened in this process when it is first needed. */
import type { RestMapper } from '../client/rest-mapper';
import type { Transport } from '../client/transport';
import type { Store } from '../store/store';
import { type ClusterFiles, CommandError, type Flags } from './command';
import { fileStorage, KubeconfigFile } from './kubeconfig/kubeconfig-file';

export interface Connection {
  transport: Transport;
  /** What the server serves; asked for when it is first needed. */
  mapper(): Promise<RestMapper>;
}

/** What of an invocation decides where its cluster is. */
export interface Whereabouts {
  flags: Flags;
  environment: Record<string, string | undefined>;
  cwd: string;
}

export interface Connect {
  open(where: Whereabouts): Promise<Connection>;
  files(where: Whereabouts): Promise<ClusterFiles>;
}

/** The cluster of the state folder; it is made, with three nodes, when there is none. */
export const connectToFolder: Connect = {
  async open(where) {
    const { kubeconfig, stateFolder } = await this.files(where);
    await refuseOtherServers(where, kubeconfig);
    const { driverOf, openOrCreateStore } = await import('../store/state-folder');
    const { useCompiledSchema } = await import('../host/schema-files');
    await useCompiledSchema();
    const { store, created } = await openOrCreateStore(stateFolder as string);
    if (created) {
      const { initialiseCluster } = await import('../cluster/bootstrap');
      await initialiseCluster(store);
      await store.flush();
    }
    return connectionTo(await openCluster(store, driverOf(stateFolder as string)));
  },
  async files(where) {
    const { flags, cwd } = where;
    const folder = await stateFolderOf(where);
    const { join, resolve } = await import('node:path');
    const named = flags.string('kubeconfig');
    const path = named ? resolve(cwd, named) : join(folder, 'kubeconfig');
    return { stateFolder: folder, kubeconfig: new KubeconfigFile(path, fileStorage(path), !named) };
  },
};

/** A connection to an opened cluster, or any other Transport. */
export function connectionTo(transport: Transport): Connection {
  let mapper: Promise<RestMapper> | undefined;
  return {
    transport,
    mapper() {
      mapper ??= loadMapper(transport);
      return mapper;
    },
  };
}

/** The state folder that --state, KUBETICK_STATE and where we are lead to. */
export async function stateFolderOf({ flags, environment, cwd }: Whereabouts): Promise<string> {
  const { findStateFolder } = await import('../store/state-folder');
  const home = environment.HOME || environment.USERPROFILE || (await import('node:os')).homedir();
  return findStateFolder({ flag: flags.string('state'), environment, cwd, home });
}

/** A store without a cluster is what is left of an init that was killed: the cluster is made now. */
async function openCluster(store: Store, driver: string): Promise<Transport> {
  const { createCluster, NoClusterError } = await import('../cluster/cluster');
  try {
    return await createCluster(store, { driver });
  } catch (error) {
    if (!(error instanceof NoClusterError)) throw error;
    const { initialiseCluster } = await import('../cluster/bootstrap');
    await initialiseCluster(store);
    return createCluster(store, { driver });
  }
}

async function loadMapper(transport: Transport): Promise<RestMapper> {
  const { loadRestMapper } = await import('../client/discovery');
  const { Client } = await import('../client/client');
  return loadRestMapper(new Client(transport));
}

/**
 * Requests go to the cluster in the folder and nowhere else: who names another server must not have its work done here
 * instead. Names of contexts, clusters and users are checked as kubectl checks them.
 */
async function refuseOtherServers({ flags }: Whereabouts, kubeconfig: KubeconfigFile): Promise<void> {
  const checked = ['context', 'cluster', 'user', 'server', 'kubeconfig'].some((name) => flags.string(name) !== '');
  if (!checked && kubeconfig.own) {
    // Nothing named: the state's own kubeconfig leads here.
    return;
  }
  const config = await kubeconfig.load();
  const context = (await kubeconfig.context(flags))?.context;
  const clusterName = flags.string('cluster') || context?.cluster || '';
  const cluster = config.clusters.find((each) => each.name === clusterName)?.cluster;
  if (flags.string('cluster') && !cluster)
    throw new CommandError(`cluster ${JSON.stringify(clusterName)} does not exist`);
  const userName = flags.string('user');
  if (userName && !config.users.some((each) => each.name === userName)) {
    throw new CommandError(`auth info ${JSON.stringify(userName)} does not exist`);
  }
  const { OWN_SERVER } = await import('./kubeconfig/kubeconfig');
  const server = flags.string('server') || cluster?.server || '';
  if (server !== '' && server !== OWN_SERVER) {
    throw new CommandError(
      `requests to other servers are not made yet: ${server} is not the cluster in the folder (${OWN_SERVER})`,
    );
  }
}
