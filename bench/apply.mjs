// How long one `apply -f` of a folder of 1,000 ConfigMaps takes, on a new cluster and again when nothing has changed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { folder, kubetick, manifestsOfConfigMaps } from './clusters.mjs';
import { medians } from './measure.mjs';

export function apply(rounds) {
  const manifests = manifestsOfConfigMaps(1_000);
  const state = join(folder, 'apply');
  const again = () => kubetick(state, 'apply', '-f', manifests);
  const anew = () => {
    rmSync(state, { recursive: true, force: true });
    kubetick(state, 'init');
  };
  const [first, second] = medians([{ before: anew, run: again }, { run: again }], { rounds, warmUp: 1 });
  return [
    { name: 'apply -f of 1,000 new ConfigMaps', limit: 3_000, measured: first, unit: 'ms' },
    { name: 'the same again, unchanged', limit: 3_000, measured: second, unit: 'ms' },
  ];
}
