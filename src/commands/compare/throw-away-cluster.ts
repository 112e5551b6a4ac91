/** A copy of the cluster that lives as long as one comparison: commands run on it as on any other. */
import { Client } from '../../client/client';
import { loadRestMapper } from '../../client/discovery';
import type { RestMapper } from '../../client/rest-mapper';
import type { Transport } from '../../client/transport';
import { createCluster } from '../../cluster/cluster';
import type { ClusterCopy } from '../../cluster/paths';
import { useCompiledSchema } from '../../host/schema-files';
import { MemoryStore } from '../../store/memory';
import type { Invocation, Streams } from '../command';
import { type Connect, connectionTo } from '../connection';
import { KubeconfigFile, memoryStorage } from '../kubeconfig/kubeconfig-file';
import { main } from '../main';

/** What a command printed, and its exit status. */
export interface Ran {
  command: readonly string[];
  stdout: string;
  stderr: string;
  /** Both streams in the order in which they were written. */
  text: string;
  exitCode: number;
}

export class ThrowAwayCluster {
  readonly client: Client;

  private constructor(
    private readonly transport: Transport,
    private readonly invocation: Invocation,
    private readonly kubeconfig: KubeconfigFile,
  ) {
    this.client = new Client(transport);
  }

  static async of(copy: ClusterCopy, invocation: Invocation): Promise<ThrowAwayCluster> {
    await useCompiledSchema();
    const transport = await createCluster(new MemoryStore({ from: copy }));
    const storage = memoryStorage();
    const { kubeconfig } = await invocation.files();
    await storage.write(JSON.stringify(await kubeconfig.load()));
    return new ThrowAwayCluster(transport, invocation, new KubeconfigFile('kubeconfig', storage, true));
  }

  /** What its server serves now; definitions of kinds may have been made since. */
  mapper(): Promise<RestMapper> {
    return loadRestMapper(this.client);
  }

  async run(command: readonly string[]): Promise<Ran> {
    const { program, environment, cwd, flags, streams } = this.invocation;
    const ran = { stdout: '', stderr: '', text: '' };
    const captured: Streams = {
      out(text) {
        ran.stdout += text;
        ran.text += text;
      },
      err(text) {
        ran.stderr += text;
        ran.text += text;
      },
      stdin: () => streams.stdin(),
      columns: undefined,
      colour: false,
      isTerminal: false,
    };
    const everywhere = flags
      .given()
      .filter(({ name }) => FOR_EACH.has(name))
      .map(({ name, value }) => `--${name}=${value}`);
    const exitCode = await main([...command, ...everywhere], {
      program,
      environment,
      cwd,
      streams: captured,
      connect: this.connect(),
    });
    return { command, ...ran, exitCode };
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private connect(): Connect {
    // Each command closes what it opened; the cluster stays for the next.
    const kept: Transport = {
      send: (request) => this.transport.send(request),
      flush: () => this.transport.flush(),
      close: async () => {},
    };
    return {
      open: async () => connectionTo(kept),
      files: async () => ({ stateFolder: undefined, kubeconfig: this.kubeconfig }),
    };
  }
}

/** The flags of compare that mean each command. */
const FOR_EACH = new Set(['namespace', 'context', 'user', 'as', 'as-group', 'as-uid', 'as-user-extra']);
