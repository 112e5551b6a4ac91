#!/usr/bin/env node
// Plays scenarios of kubectl commands and compares what they print with recorded transcripts.
//
//   transcript.mjs play   SCENARIO...            print each scenario's normalised transcript
//   transcript.mjs check  SCENARIO...            compare with SCENARIO/expected; exit 1 on any difference
//   transcript.mjs record SCENARIO...            write SCENARIO/expected
//
// A scenario is a folder with a file `steps` and the manifests that it uses. In `steps`:
//   # comment        is skipped
//   $ command        is run by bash in a throw-away copy of the folder
//   @settle          runs SETTLE (the simulated cluster: advance until nothing changes)
//   @settle 10m      the same, with that much (simulated) time passing; only for scenarios played on a simulated clock
// Environment:
//   KUBECTL   the command that `kubectl` stands for, with its whole path (a shim is put first on PATH)
//   SETTLE    what @settle runs; its argument, if any, is appended. Default: nothing
//   RESET     what runs before each scenario, to hand it an empty cluster. Default: nothing
//   HERE      if set, lines are run in this process as far as that can be, RESET and SETTLE too, which then begin with `kubetick`
// In a transcript, standard output is indented by two spaces, standard error by `  ! `, and an exit
// status other than 0 follows as `  [N]`.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const [mode, ...scenarios] = process.argv.slice(2);
if (!['play', 'check', 'record'].includes(mode) || scenarios.length === 0) {
  console.error('usage: transcript.mjs play|check|record SCENARIO...');
  process.exit(2);
}
if (!process.env.KUBECTL) {
  console.error('transcript.mjs: set KUBECTL to the command that `kubectl` stands for, with its whole path');
  process.exit(2);
}

/** Replaces what differs from run to run: times, ages, uids, revisions, hashes, random suffixes, addresses. */
export function normalise(text) {
  return text
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<TIME>')
    .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<TIME>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<UID>')
    .replace(/(resourceVersion"?: *)"?\d+"?/g, '$1<RV>')
    .replace(/(pod-template-hash"?[:=] *)"?[0-9a-z]+"?/g, '$1<HASH>')
    .replace(/(controller-revision-hash"?[:=] *)"?[0-9a-z-]+"?/g, '$1<HASH>')
    .replace(/\b([a-z0-9.-]*?[a-z0-9])-[bcdf0-9]{7,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1-<HASH>-<RAND>')
    .replace(/\b([a-z][a-z0-9.-]*?)-(?=[bcdf0-9]*\d)(?=[bcdf0-9]*[bcdf])[bcdf0-9]{8,10}\b/g, '$1-<HASH>')
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, '<IP>')
    .replace(/<invalid>/g, '<AGE>')
    .replace(/(?<=^|\s|\()(?!\d{3,}m(?=\s|$|\)))(\d+(\.\d+)?(us|ms|s|m|h|d|y))+(?=\s|$|\))/gm, '<AGE>')
    .replace(/[ \t]+$/gm, '')
    .replace(/(\S)[ \t]{2,}(?=\S)/g, '$1  ');
}

/** A folder with one entry, `kubectl`: a link where KUBECTL is a path alone, so that it is called by that name; else a script. */
function shimFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'transcript-bin-'));
  const shim = join(dir, 'kubectl');
  if (existsSync(process.env.KUBECTL)) symlinkSync(resolve(process.env.KUBECTL), shim);
  else {
    writeFileSync(shim, `#!/bin/sh\nexec ${process.env.KUBECTL} "$@"\n`);
    chmodSync(shim, 0o755);
  }
  return dir;
}

const here = process.env.HERE ? await import('../../scripts/typed-line.mjs') : undefined;

async function run(command, cwd, env) {
  const said = { out: '', err: '' };
  const code = await here?.typeHere(command, cwd, env, (text, stream) => {
    said[stream] += text;
  });
  if (code !== undefined) return { ...said, code };
  const r = spawnSync('bash', ['-c', command], { cwd, env, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 });
  return { out: r.stdout ?? '', err: r.stderr ?? '', code: r.status ?? `signal ${r.signal}` };
}

function indent(text, mark) {
  return text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((l) => (mark + l).trimEnd());
}

async function play(scenario, bin) {
  const work = join(mkdtempSync(join(tmpdir(), 'transcript-')), basename(scenario));
  cpSync(scenario, work, { recursive: true });
  rmSync(join(work, 'expected'), { force: true });
  const home = join(work, '.home');
  mkdirSync(home);
  const env = {
    ...process.env,
    HOME: home,
    PATH: `${bin}:${process.env.PATH}`,
    NO_COLOR: '1',
    EDITOR: 'true',
    LC_ALL: 'C',
  };
  if (process.env.RESET) await run(process.env.RESET, work, env);
  const lines = [];
  for (const line of readFileSync(join(scenario, 'steps'), 'utf8').split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue;
    if (line.startsWith('@settle')) {
      const span = line.slice('@settle'.length).trim();
      if (process.env.SETTLE) {
        const r = await run(`${process.env.SETTLE} ${span}`.trim(), work, env);
        if (r.code !== 0) console.error(`${scenario}: SETTLE failed: ${r.err || r.out}`);
      }
      lines.push(line);
      continue;
    }
    if (!line.startsWith('$ ')) throw new Error(`${scenario}/steps: not a step: ${line}`);
    const r = await run(line.slice(2), work, env);
    lines.push(line, ...indent(normalise(r.out), '  '), ...indent(normalise(r.err), '  ! '));
    if (r.code !== 0) lines.push(`  [${r.code}]`);
  }
  rmSync(work, { recursive: true, force: true });
  return lines.join('\n') + '\n';
}

/** The steps of a transcript: each command with what it printed. */
function steps(transcript) {
  const found = [];
  for (const line of transcript.split('\n')) {
    if (line.startsWith('$ ') || line.startsWith('@')) found.push([line]);
    else if (line !== '' && found.length) found.at(-1).push(line);
  }
  return found.map((s) => s.join('\n'));
}

const bin = shimFolder();
for (const given of scenarios) {
  let held = 0;
  let failed = 0;
  const scenario = resolve(given);
  const got = await play(scenario, bin);
  const file = join(scenario, 'expected');
  if (mode === 'play') process.stdout.write(got);
  else if (mode === 'record') writeFileSync(file, got);
  else {
    const want = steps(existsSync(file) ? readFileSync(file, 'utf8') : '');
    const have = steps(got);
    for (let i = 0; i < Math.max(want.length, have.length); i++) {
      if (want[i] === have[i]) {
        if (want[i].startsWith('$')) held++;
        continue;
      }
      failed++;
      console.log(
        `--- ${basename(scenario)}, step ${i + 1}\nexpected:\n${want[i] ?? '(no step)'}\ngot:\n${have[i] ?? '(no step)'}`,
      );
    }
  }
  if (mode !== 'check') continue;
  console.log(`${scenarios.length > 1 ? `${basename(scenario)}: ` : ''}${held} steps as recorded, ${failed} not`);
  if (failed) process.exitCode = 1;
}
rmSync(bin, { recursive: true, force: true });
