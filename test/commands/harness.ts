/** Runs command lines through main() in this process, as a user would type them, and gives back what they printed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '../../src/client/client';
import type { Transport } from '../../src/client/transport';
import { type ClusterOptions, initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { type Connect, connectionTo } from '../../src/commands/connection';
import { KubeconfigFile, memoryStorage } from '../../src/commands/kubeconfig/kubeconfig-file';
import { main } from '../../src/commands/main';
import { MemoryStore } from '../../src/store/memory';

export interface Ran {
  out: string;
  err: string;
  code: number;
}

export interface RunOptions {
  /** `kubectl` unless told. */
  program?: string;
  stdin?: string;
  cwd?: string;
  environment?: Record<string, string>;
  /** Columns of a terminal that standard output is; none: it is a pipe. */
  columns?: number;
  connect?: Connect;
}

/** Runs `kubectl <line>`; the line is split as a shell would, with quotes, or given as a list. */
export async function run(line: string | readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran: Ran = { out: '', err: '', code: 0 };
  ran.code = await main(typeof line === 'string' ? splitWords(line) : [...line], {
    program: options.program ?? 'kubectl',
    cwd: options.cwd ?? process.cwd(),
    environment: options.environment ?? {},
    streams: {
      out: (text) => {
        ran.out += text;
      },
      err: (text) => {
        ran.err += text;
      },
      stdin: async () => options.stdin ?? '',
      columns: options.columns,
      colour: false,
      isTerminal: options.columns !== undefined,
    },
    ...(options.connect ? { connect: options.connect } : {}),
  });
  return ran;
}

/** Words of a command line: blanks part them, '…' and "…" hold them together, \ takes the next letter as it is. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const pattern = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/g;
  for (const [word] of line.matchAll(pattern)) {
    words.push(
      word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, (_, single, double, escaped) =>
        single !== undefined ? single : double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : escaped,
      ),
    );
  }
  return words;
}

export interface TestCluster {
  /** Runs a command line against this cluster. */
  run(line: string | readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same, and fails the test unless it succeeds; gives standard output. */
  ok(line: string | readonly string[], options?: RunOptions): Promise<string>;
  /** A folder for manifests; commands run in it. */
  folder: string;
  /** Writes a file there. */
  write(name: string, text: string): void;
  client: Client;
}

/**
 * A cluster in memory, with a folder of its own for manifests. Made by one test file, thrown away with it.
 * `forgets`: nothing but the store lasts from one command to the next, as with a cluster in a folder.
 */
export async function memoryCluster(
  options: ClusterOptions = {},
  { forgets = false }: { forgets?: boolean } = {},
): Promise<TestCluster> {
  const store = new MemoryStore();
  await initialiseCluster(store, { nodes: 0, ...options });
  let transport = await createCluster(store);
  // Commands close what they opened; this one stays.
  const kept: Transport = {
    send: (request) => transport.send(request),
    flush: () => transport.flush(),
    close: async () => {},
  };
  const kubeconfig = new KubeconfigFile('/memory/kubeconfig', memoryStorage(), true);
  const connect: Connect = {
    // Every command line is a process of its own, which asks anew which kinds there are.
    async open() {
      if (forgets) transport = await createCluster(store);
      return connectionTo(kept);
    },
    files: async () => ({ stateFolder: undefined, kubeconfig }),
  };
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-test-'));
  folders.push(folder);
  const cluster: TestCluster = {
    folder,
    client: new Client(transport),
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    run: (line, more = {}) => run(line, { cwd: folder, connect, ...more }),
    async ok(line, more) {
      const ran = await cluster.run(line, more);
      expect({ line, err: ran.err, code: ran.code }).toEqual({ line, err: '', code: 0 });
      return ran.out;
    },
  };
  return cluster;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
