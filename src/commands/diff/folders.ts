/** The two folders that are compared, and the program that compares them (diff.Directory, DiffProgram). */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { toYaml } from '../../yaml/write';
import { CommandError, type Invocation } from '../command';

export class DiffFolders {
  private constructor(
    readonly live: string,
    readonly merged: string,
  ) {}

  static async make(): Promise<DiffFolders> {
    const live = mkdtempSync(join(tmpdir(), 'LIVE-'));
    return new DiffFolders(live, mkdtempSync(join(tmpdir(), 'MERGED-')));
  }

  /** An object that is not there has an empty file. */
  async write(version: 'live' | 'merged', name: string, object: KubeObject | undefined): Promise<void> {
    const text = object ? toYaml(asJson(object)) : '';
    writeFileSync(join(this[version], name), text, { mode: 0o700 });
  }

  remove(): void {
    for (const folder of [this.live, this.merged]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the program; its status is 0 or 1, anything else is an error: `failed to run "diff": exit status 2`. */
export async function compareFolders(invocation: Invocation, folders: DiffFolders): Promise<0 | 1> {
  const { environment, streams, cwd } = invocation;
  const [program, ...parameters] = (environment.KUBECTL_EXTERNAL_DIFF || 'diff -u -N').split(' ') as [
    string,
    ...string[],
  ];
  // What else stands among the parameters is left out, as upstream does.
  const safe = parameters.filter((parameter) => /^[a-zA-Z0-9\-=]+$/.test(parameter));
  const external = Boolean(environment.KUBECTL_EXTERNAL_DIFF);
  const paths = [folders.live, folders.merged];
  const args = external ? [...paths, ...safe] : [...safe, ...paths];
  const failed = (why: string) => new CommandError(`failed to run ${JSON.stringify(program)}: ${why}`);
  return new Promise((resolve, reject) => {
    // Colours and pagers are for a terminal, which has to be handed on.
    const out = streams.isTerminal ? 'inherit' : 'pipe';
    const child = spawn(program, args, { cwd, env: environment, stdio: ['inherit', out, out] });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => streams.out(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => streams.err(text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      reject(failed(missing ? `exec: ${JSON.stringify(program)}: executable file not found in $PATH` : error.message));
    });
    child.on('close', (code, signal) => {
      if (code === 0 || code === 1) resolve(code);
      else reject(failed(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  });
}
