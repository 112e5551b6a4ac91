/** A completion only looks: where there is no cluster yet, what it sees is a cluster as it would be made, and none is made. */
import type { Surroundings } from '../invocation';

export function gently(surroundings: Surroundings): Surroundings {
  const { connect, streams } = surroundings;
  return {
    ...surroundings,
    // What goes wrong is of no interest to who typed half a line.
    streams: { ...silent, stdin: () => streams.stdin() },
    connect: {
      files: (where) => connect.files(where),
      open: async (where) => {
        const { stateFolder, kubeconfig } = await connect.files(where);
        if (stateFolder === undefined || !kubeconfig.own || (await hasCluster(stateFolder))) return connect.open(where);
        const { mayLeadElsewhere } = await import('../connection');
        return mayLeadElsewhere(where, kubeconfig) ? connect.open(where) : clusterOfTheMoment();
      },
    },
  };
}

const silent = { out: () => {}, err: () => {}, columns: undefined, colour: false, isTerminal: false };

async function hasCluster(stateFolder: string): Promise<boolean> {
  const { hasStore } = await import('../../store/find-state-folder');
  return hasStore(stateFolder);
}

async function clusterOfTheMoment() {
  const { useCompiledSchema } = await import('../../host/schema-files');
  const { MemoryStore } = await import('../../store/memory');
  const { initialiseCluster } = await import('../../cluster/bootstrap');
  const { createCluster } = await import('../../cluster/cluster');
  const { connectionTo } = await import('../connection');
  await useCompiledSchema();
  const store = new MemoryStore();
  await initialiseCluster(store);
  return connectionTo(await createCluster(store));
}
