#!/usr/bin/env node
// Runs the pages of docs/ and compares what the commands print with what the pages show. The simulation repeats itself byte for
// byte, so nothing is normalised but the name of the throw-away folder.
//
//   docs.mjs check PAGE...   says of each whether it is as it is shown; exit 1 where a page shows something else than what is printed
//   docs.mjs write PAGE...   puts what is printed into the pages
//
// In a page, a fenced block ```yaml title=web.yaml is a file of that name; in a block ```console each line that begins with
// `$ ` is typed (by bash, in one folder and one cluster for the whole page) and the lines below it are what it printed, standard
// error included, followed by `[exit N]` where the status is not 0. A line that needs no shell is run in this process.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inShell, typeHere } from './typed-line.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [mode, ...pages] = process.argv.slice(2);
if (!['check', 'write'].includes(mode) || pages.length === 0) {
  console.error('usage: docs.mjs check|write PAGE...');
  process.exit(2);
}

/** The page with every console block as the commands print it now. */
async function played(text) {
  const home = mkdtempSync(join(tmpdir(), 'kubetick-docs-'));
  const bin = join(home, '.bin');
  const work = join(home, 'work');
  mkdirSync(bin);
  mkdirSync(work);
  for (const name of ['kubetick', 'kubectl']) symlinkSync(join(root, 'bin/kubetick'), join(bin, name));
  const env = { ...process.env, HOME: home, PATH: `${bin}${delimiter}${process.env.PATH}`, NO_COLOR: '1', LC_ALL: 'C' };
  for (const name of ['KUBECONFIG', 'KUBERC', 'KUBETICK_STATE', 'COLUMNS']) delete env[name];
  try {
    let now = '';
    let end = 0;
    for (const { 0: block, 1: language, 2: info, 3: body, index } of text.matchAll(
      /^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm,
    )) {
      now += text.slice(end, index);
      end = index + block.length;
      const title = /title=(\S+)/.exec(info)?.[1];
      if (title) {
        mkdirSync(dirname(join(work, title)), { recursive: true });
        writeFileSync(join(work, title), body);
      }
      if (language !== 'console') {
        now += block;
        continue;
      }
      now += `\`\`\`console${info}\n`;
      for (const line of body.split('\n').filter((each) => each.startsWith('$ '))) {
        now += `${line}\n${await run(line.slice(2), work, env)}`;
      }
      now += '```';
    }
    return now + text.slice(end);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function run(command, cwd, env) {
  let text = '';
  const say = (more) => {
    text += more;
  };
  // A plugin is a program of its own, which writes to the streams of this one.
  const callsPlugin = existsSync(join(env.HOME, '.bin', `kubectl-${command.split(' ')[1]}`));
  const status =
    (callsPlugin ? undefined : await typeHere(command, cwd, env, say)) ??
    inShell(`{ ${command}\n} 2>&1`, '', cwd, env, say);
  const said = text.replaceAll(env.HOME, '/home/you').replace(/[ \t]+$/gm, '');
  return `${said}${said === '' || said.endsWith('\n') ? '' : '\n'}${status === 0 ? '' : `[exit ${status}]\n`}`;
}

for (const page of pages) {
  const text = readFileSync(page, 'utf8');
  const now = await played(text);
  if (mode === 'write') writeFileSync(page, now);
  else if (now !== text) {
    const shown = text.split('\n');
    const printed = now.split('\n');
    const at = printed.findIndex((line, i) => line !== shown[i]);
    console.log(`${page}: otherwise, from line ${at + 1}\n  shows:  ${shown[at]}\n  prints: ${printed[at]}`);
    process.exitCode = 1;
  } else console.log(`${page}: as it is shown`);
}
