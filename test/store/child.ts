/** Runs TypeScript in processes of its own: bundles an entry once and starts it as often as asked. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** A fresh folder, removed by `removeFolders`. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-test-'));
  folders.push(folder);
  return folder;
}
const folders: string[] = [];
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Bundles `test/store/processes/<name>.ts`; returns the script's path. */
export function bundle(name: string): string {
  const outfile = join(newFolder(), `${basename(name)}.cjs`);
  buildSync({
    entryPoints: [join(ROOT, 'test', 'store', 'processes', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['lmdb'],
    logLevel: 'silent',
  });
  return outfile;
}

export interface Child {
  process: ChildProcess;
  /** What it has written so far. */
  output(): string;
  errors(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function start(script: string, ...args: string[]): Child {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // lmdb is not bundled: it is found where the project has it.
    env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  return {
    process: child,
    output: () => output,
    errors: () => errors,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal }))),
  };
}
