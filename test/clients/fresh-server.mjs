// A new cluster without nodes, and a server for it: what a transcript begins with. `fresh-server.mjs FOLDER [stop]`; KUBETICK_STATE
// says where the cluster is, FOLDER keeps who serves it and the kubeconfig for it. What is to happen there happens at once.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kubetick = fileURLToPath(new URL('../../bin/kubetick', import.meta.url));
const [folder, stop] = process.argv.slice(2);
const [pidFile, outFile] = [join(folder, 'pid'), join(folder, 'out')];
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

if (existsSync(pidFile)) {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (lives(pid)) process.kill(pid, 'SIGTERM');
  while (lives(pid)) await pause();
  rmSync(pidFile);
}
if (stop !== 'stop') {
  execFileSync(process.execPath, [kubetick, 'init', '--nodes', '0', '--force']);
  const out = openSync(outFile, 'w');
  const flags = ['--port', '0', '--speed', 'max', '--tick-every', '20ms'];
  const args = [kubetick, 'serve', ...flags, '--kubeconfig-out', join(folder, 'kubeconfig')];
  const { pid } = spawn(process.execPath, args, { detached: true, stdio: ['ignore', out, out] }).on('error', () => {});
  writeFileSync(pidFile, String(pid));
  while (!readFileSync(outFile, 'utf8').includes('Ctrl-C')) {
    if (!lives(pid)) throw new Error(readFileSync(outFile, 'utf8'));
    await pause();
  }
  process.exit();
}
