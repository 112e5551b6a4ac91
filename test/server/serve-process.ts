/** `kubetick serve` as a process of its own, on a folder that is thrown away. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const KUBETICK = join(__dirname, '../../bin/kubetick');

export interface Printed {
  out: string;
  err: string;
  code: number;
}

export interface ServeProcess {
  endpoint: string;
  kubeconfig: string;
  /** What it said so far. */
  said(): string;
  /** Resolves with its exit status, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  child: ChildProcess;
}

export interface StateFolder {
  home: string;
  stateFolder: string;
  /** Starts `kubetick serve --port 0 …` and waits until it serves; rejects with what it said when it does not. */
  serve(...flags: string[]): Promise<ServeProcess>;
  /** Runs a program to its end, `kubetick` unless told. */
  run(args: readonly string[], options?: { program?: string; environment?: Record<string, string> }): Promise<Printed>;
}

const running = new Set<ChildProcess>();
const homes: string[] = [];
afterAll(async () => {
  for (const child of running) {
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

export function stateFolder(): StateFolder {
  const home = mkdtempSync(join(tmpdir(), 'kubetick-serve-'));
  homes.push(home);
  const stateFolder = join(home, 'state');
  const env = { ...process.env, HOME: home, KUBETICK_STATE: stateFolder, NO_COLOR: '1', LC_ALL: 'C' };
  return {
    home,
    stateFolder,
    serve(...flags) {
      const child = spawn(process.execPath, [KUBETICK, 'serve', '--port', '0', ...flags], { env, cwd: home });
      running.add(child);
      let said = '';
      const ended = new Promise<number | NodeJS.Signals>((resolve) =>
        child.on('close', (code, signal) => {
          running.delete(child);
          resolve(code ?? (signal as NodeJS.Signals));
        }),
      );
      return new Promise((resolve, reject) => {
        const hear = (chunk: Buffer) => {
          said += chunk;
          const endpoint = /Serving .* at (https:\S+)/.exec(said)?.[1];
          const kubeconfig = /KUBECONFIG=(\S+)/.exec(said)?.[1];
          if (endpoint && kubeconfig)
            resolve({ endpoint, kubeconfig, said: () => said, ended, kill: (signal) => child.kill(signal), child });
        };
        child.stdout.on('data', hear);
        child.stderr.on('data', hear);
        ended.then((code) => reject(new Error(`serve ended with ${code}: ${said}`)));
      });
    },
    run(args, { program, environment } = {}) {
      const [file, all] = program ? [program, args] : [process.execPath, [KUBETICK, ...args]];
      return new Promise((resolve) =>
        execFile(file, [...all], { env: { ...env, ...environment }, cwd: home, timeout: 60_000 }, (error, out, err) =>
          resolve({ out, err, code: error ? Number(error.code ?? 1) : 0 }),
        ),
      );
    },
  };
}
