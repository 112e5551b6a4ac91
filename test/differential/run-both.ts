/** One command line, run by the real kubectl and by kubetick: each in a folder of its own with the same files in it. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { type Connect, connectionTo, connectToFolder } from '../../src/commands/connection';
import { MemoryStore } from '../../src/store/memory';
import { type Ran, run } from '../commands/harness';
import type { CommandLine } from './command-lines';

/** The last step's exit status; what all steps printed. */
export type { Ran };

/** Runs it by the real kubectl, in an environment that holds nothing of the user's. */
export function runReal(kubectl: string, line: CommandLine): Promise<Ran> {
  return inFolder('kubectl', line, (folder) =>
    eachStep(line, ({ args, stdin, kubeconfigs }) => {
      const environment = { HOME: folder, PATH: join(folder, 'bin'), KUBECONFIG: kubeconfigs, ...BRIEF };
      return spawnAndWait(kubectl, args, folder, environment, stdin);
    }),
  );
}

/** It does not live long enough for its garbage to be worth collecting. */
const BRIEF = { GOGC: 'off' };

/** Runs it by main(), in this process. A cluster is there for those that ask for one, but the real kubectl had none. */
export function runOurs(line: CommandLine, open: Connect['open']): Promise<Ran> {
  return inFolder('kubetick', line, (folder) =>
    eachStep(line, ({ args, stdin, kubeconfigs }) => {
      const environment = {
        HOME: folder,
        PATH: join(folder, 'bin'),
        KUBETICK_STATE: join(folder, '.kubetick'),
        KUBETICK_KUBECONFIG: kubeconfigs,
      };
      const connect: Connect = { open, files: (where) => connectToFolder.files(where) };
      const text = stdin === undefined ? '' : readFileSync(join(folder, stdin), 'utf8');
      return run(args, { cwd: folder, environment, connect, stdin: text });
    }),
  );
}

/** A cluster in memory that commands may open again and again. */
export async function openMemoryCluster(): Promise<Connect['open']> {
  const store = new MemoryStore();
  await initialiseCluster(store, { nodes: 0 });
  const transport = await createCluster(store);
  const connection = connectionTo({
    send: (request) => transport.send(request),
    flush: () => transport.flush(),
    close: async () => {},
  });
  return async () => connection;
}

/** Lines that write files get a folder of their own; the others share one. */
async function inFolder(who: string, line: CommandLine, work: (folder: string) => Promise<Ran>): Promise<Ran> {
  const writes = line.steps.some(({ args }) => args[0] === 'config' || args[0] === 'kuberc');
  const folder = (writes ? undefined : shared.get(who)) ?? newFolder();
  if (!writes) shared.set(who, folder);
  try {
    return withoutFolder(await work(folder), folder);
  } finally {
    if (writes) rmSync(folder, { recursive: true, force: true });
  }
}

const shared = new Map<string, string>();

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-differential-'));
  cpSync(join(__dirname, 'testdata'), folder, { recursive: true });
  return folder;
}

export function removeFolders(): void {
  for (const folder of shared.values()) rmSync(folder, { recursive: true, force: true });
  shared.clear();
}

/** Messages that name the folder are to name the same one. */
function withoutFolder(ran: Ran, folder: string): Ran {
  return { ...ran, out: ran.out.replaceAll(folder, '<folder>'), err: ran.err.replaceAll(folder, '<folder>') };
}

async function eachStep(line: CommandLine, step: (step: CommandLine['steps'][number]) => Promise<Ran>): Promise<Ran> {
  const all: Ran = { out: '', err: '', code: 0 };
  for (const each of line.steps) {
    const ran = await step(each);
    all.out += ran.out;
    all.err += ran.err;
    all.code = ran.code;
  }
  return all;
}

function spawnAndWait(
  program: string,
  args: string[],
  cwd: string,
  environment: Record<string, string>,
  stdin: string | undefined,
): Promise<Ran> {
  return new Promise((done, fail) => {
    // Its name is the first word of argv: messages begin with it.
    const child = spawn(program, args, { cwd, env: environment, argv0: 'kubectl', timeout: 20_000 });
    const ran: Ran = { out: '', err: '', code: 0 };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      ran.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      ran.err += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(stdin === undefined ? '' : readFileSync(join(cwd, stdin)));
    child.on('error', fail);
    child.on('close', (code) => done({ ...ran, code: code ?? -1 }));
  });
}
