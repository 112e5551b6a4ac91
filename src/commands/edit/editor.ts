/** The user's editor, opened on a temporary file (kubectl pkg/cmd/util/editor/editor.go). */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, type Invocation } from '../command';

export interface TemporaryFile {
  path: string;
  remove(): void;
}

/** A file with a name that is nobody else's, readable for its owner only. */
export function temporaryFile(program: string, extension: string, text: string): TemporaryFile {
  // A folder's name is found free and taken in one step; the file beside it takes the name over.
  const folder = mkdtempSync(join(tmpdir(), `${program}-edit-`));
  const path = folder + extension;
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } finally {
    rmdirSync(folder);
  }
  return { path, remove: () => rmSync(path, { force: true }) };
}

/** Resolves to the file's text after the editor has ended; throws when it can't be started or fails (Editor.Launch). */
export async function editFile({ environment, cwd }: Invocation, path: string): Promise<string> {
  const windows = process.platform === 'win32';
  const editor = environment.KUBE_EDITOR || environment.EDITOR || (windows ? 'notepad' : 'vi');
  const [program, ...args] = commandLine(editor, environment.SHELL, windows, path);
  // What is quoted is a matter of the shell.
  const named = needsShell(editor) ? [...shellOf(environment.SHELL, windows), editor].join(' ') : editor;
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program as string, args, {
      cwd,
      env: environment,
      stdio: 'inherit',
      windowsVerbatimArguments: windows && needsShell(editor),
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const problem = error.code === 'ENOENT' ? 'unable to launch the editor' : 'there was a problem with the editor';
      reject(new CommandError(`${problem} ${JSON.stringify(named)}`));
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new CommandError(`there was a problem with the editor ${JSON.stringify(named)}`));
    });
  });
  return readFileSync(path, 'utf8');
}

function needsShell(editor: string): boolean {
  return editor.includes(' ') && /["'\\]/.test(editor);
}

function shellOf(shell: string | undefined, windows: boolean): string[] {
  const program = shell || (windows ? 'cmd' : '/bin/bash');
  return [program, program === 'cmd' ? '/C' : '-c'];
}

function commandLine(editor: string, shell: string | undefined, windows: boolean, path: string): string[] {
  if (needsShell(editor)) return [...shellOf(shell, windows), `${editor} ${JSON.stringify(path)}`];
  return [...editor.split(' '), path];
}
