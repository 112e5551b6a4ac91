/** Debian's python3-kubernetes against `kubetick serve`, where it is installed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { serveCluster } from './served';

const all = process.env['KUBETICK_CLIENTS'] === 'all';
jest.setTimeout(300_000);

/** Debian's own Python has it, whichever is first in the path. */
const python = ['/usr/bin/python3', 'python3'].find(
  (program) => spawnSync(program, ['-c', 'import kubernetes.dynamic'], { stdio: 'ignore' }).status === 0,
);
if (all && !python)
  console.warn("python3-kubernetes is not driven: no python3 here can `import kubernetes` (Debian's package)");

(all && python ? test : test.skip)('python3-kubernetes: typed and dynamic clients, watches', async () => {
  const { printed, stop } = await serveCluster();
  const said = await printed(python as string, [join(__dirname, 'python_client.py')]);
  await stop();
  expect(said.split('\n')).toEqual([
    'created settings 2026',
    'again 409 AlreadyExists',
    'missing 404 NotFound',
    "replaced {'colour': 'green'}",
    'stale 409 Conflict',
    "patched {'colour': 'green', 'size': 'small'}",
    "patched {'colour': 'green'}",
    "listed ['settings']",
    'ready 2',
    "log ''",
    'scaled 1',
    "applied ClusterIP ['python']",
    'applied 8080',
    'conflict .spec.selector',
    'watched ADDED web',
    'custom 3',
    'custom Invalid',
    'deleted 404 NotFound',
    '',
  ]);
});
