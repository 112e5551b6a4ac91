/** `init --scheduler-config`: the scheduler that a cluster has, for good. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './harness';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubetick-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (line: string) => run(`${line} --state ${join(folder, 'state')}`, { cwd: folder, environment: {} });
const HEAD = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';

test('profiles with plugins of their own decide in every process', async () => {
  writeFileSync(
    join(folder, 'scheduler.yaml'),
    `${HEAD}profiles:
- schedulerName: default-scheduler
- schedulerName: packer
  plugins:
    score:
      disabled: [{name: "*"}]
      enabled: [{name: NodeResourcesFit, weight: 3}]
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
`,
  );
  writeFileSync(
    join(folder, 'pods.yaml'),
    ['a', 'b', 'c']
      .map(
        (name) =>
          `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {schedulerName: packer, containers: [{name: c, image: i, resources: {requests: {cpu: 500m}}}]}\n`,
      )
      .join('---\n'),
  );
  expect(await at('init --nodes 3 --scheduler-config scheduler.yaml')).toMatchObject({ code: 0, err: '' });
  expect(await at('create -f pods.yaml')).toMatchObject({ code: 0 });
  expect(await at('tick --settle -q')).toMatchObject({ code: 0 });
  const { out } = await at('get pods -o jsonpath={.items[*].spec.nodeName}');
  expect(new Set(out.split(' ')).size).toBe(1);
  // MostAllocated of 500m, 1 and 1500m in 4 CPUs, by the weight of 3.
  const { out: why } = await at('why pod/a');
  expect(why).toMatch(/NodeResourcesFit +3 +\d+ → \d+ → \d+/);
  expect(why).not.toContain('TaintToleration');
});

test.each([
  ['kind: Pod\napiVersion: v1\n', 'no kind "Pod" is registered for version "v1" in scheme "pkg/scheduler/'],
  [`${HEAD}profiles:\n- pluginz: {}\n`, 'strict decoding error: unknown field "profiles[0].pluginz"'],
  [
    `${HEAD}profiles:\n- plugins: {filter: {enabled: [{name: Mine}]}}\n`,
    'initializing profiles: creating profile for scheduler name default-scheduler: FilterPlugin "Mine" does not exist',
  ],
  [
    `${HEAD}percentageOfNodesToScore: 200\n`,
    'percentageOfNodesToScore: Invalid value: 200: not in valid range [0-100]',
  ],
])('what is wrong with a configuration is said, and no cluster is made: %j', async (text, complaint) => {
  writeFileSync(join(folder, 'scheduler.yaml'), text);
  const ran = await at('init --scheduler-config scheduler.yaml');
  expect(ran.code).toBe(1);
  expect(ran.err).toContain(complaint);
  expect(existsSync(join(folder, 'state'))).toBe(false);
});

test('no such file', async () => {
  const ran = await at('init --scheduler-config nowhere.yaml');
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.err).toContain('nowhere.yaml');
});
