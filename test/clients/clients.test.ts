/**
 * Clients of all sorts against `kubetick serve`: the real kubectl and our own play the transcripts, the real helm does what it
 * does. `npm run test:clients` plays all of them; without it, a few, which say whether anything is amiss at all.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClient } from '../differential/real-client';

const root = join(__dirname, '../..');
const kubetick = join(root, 'bin/kubetick');
const scenarios = join(root, 'test/conformance/scenarios');
const all = process.env['KUBETICK_CLIENTS'] === 'all';
const FEW: Record<string, readonly string[]> = {
  kubectl: ['02-three-way-merge', '16-namespaces-delete'],
  kubetick: ['06-patch'],
};

/** What the real kubectl prints otherwise when its server is of 1.36. */
const KNOWN: Record<string, readonly string[]> = {
  // The transcript is of a server without OpenAPI v3; with it, the head is printed before the field is looked for.
  '03-errors': ['$ kubectl explain pods.spec.nosuch'],
};

const missing = ['bash', 'awk', 'grep', 'sed', 'python3', 'diff'].filter(
  (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
);
const kubectl = realClient('kubectl');
const helm = realClient('helm');
for (const client of [kubectl, helm]) if ('missing' in client) console.warn(client.missing);
if (missing.length > 0) console.warn(`transcripts are not played: this machine has no ${missing.join(', ')}`);

const folders: { folder: string; environment: NodeJS.ProcessEnv }[] = [];
afterAll(async () => {
  for (const { folder, environment } of folders.splice(0)) {
    await output(process.execPath, [join(__dirname, 'fresh-server.mjs'), folder, 'stop'], environment);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A folder for a cluster and its server, and what leads programs there. */
function place(): { folder: string; environment: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-clients-'));
  const environment = {
    ...process.env,
    HOME: folder,
    KUBETICK_STATE: join(folder, 'state'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    RESET: `${process.execPath} ${join(__dirname, 'fresh-server.mjs')} ${folder}`,
    SETTLE: `${kubetick} tick --settle --quiet`,
  };
  folders.push({ folder, environment });
  return { folder, environment };
}

function output(program: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<string> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(program, [...args], { env, ...(cwd ? { cwd } : {}) });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        said += chunk;
      });
    child.on('close', (code) => resolve(code === 0 ? said : `${said}[exit ${code}]\n`));
  });
}

/** The steps of a transcript that print something else than was recorded, with what they print. */
async function differences(scenario: string, client: string): Promise<Record<string, string>> {
  const { environment } = place();
  const transcript = join(root, 'test/conformance/transcript.mjs');
  const env = { ...environment, KUBECTL: client };
  const said = await output(process.execPath, [transcript, 'check', join(scenarios, scenario)], env);
  if (!/^\d+ steps as recorded, \d+ not$/m.test(said)) throw new Error(said);
  const different: Record<string, string> = {};
  for (const [, step = '', got = ''] of said.matchAll(
    /^--- .*\nexpected:\n(.*)\n[\s\S]*?^got:\n([\s\S]*?)(?=^---|^\d+ steps)/gm,
  ))
    different[step] = got;
  return different;
}

function played(client: string): string[] {
  return all ? readdirSync(scenarios).sort() : [...(FEW[client] as string[])];
}

(missing.length === 0 && 'path' in kubectl ? describe : describe.skip)('the real kubectl', () => {
  test.each(played('kubectl'))(
    '%s',
    async (scenario) => {
      const known = KNOWN[scenario] ?? [];
      const different = await differences(scenario, (kubectl as { path: string }).path);
      const others = Object.fromEntries(Object.entries(different).filter(([step]) => !known.includes(step)));
      expect(others).toEqual({});
      // What is no longer otherwise is to be struck from the list.
      expect(Object.keys(different)).toEqual(known);
    },
    300_000,
  );
});

(missing.length === 0 ? describe : describe.skip)('kubetick through its own server', () => {
  test.each(played('kubetick'))(
    '%s',
    async (scenario) => {
      expect(await differences(scenario, kubetick)).toEqual({});
    },
    300_000,
  );
});

(all && 'path' in helm ? describe : describe.skip)('the real helm', () => {
  test('a chart is installed, upgraded, rolled back and removed', async () => {
    const { folder, environment } = place();
    const { path } = helm as { path: string };
    const run = (program: string, line: string) => output(program, line.split(' '), environment, folder);
    await output(process.execPath, [join(__dirname, 'fresh-server.mjs'), folder], environment);
    writeFileSync(
      join(folder, 'node.yaml'),
      'apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {capacity: {cpu: "8", memory: 16Gi, pods: "110"}, allocatable: {cpu: "8", memory: 16Gi, pods: "110"}, conditions: [{type: Ready, status: "True"}]}\n',
    );
    expect(await run(kubetick, 'create -f node.yaml')).toBe('node/n1 created\n');
    expect(await run(path, 'create chart')).toBe('Creating chart\n');
    expect(await run(path, 'install web chart --wait --timeout 60s')).toContain('STATUS: deployed');
    expect(await run(path, 'upgrade web chart --set replicaCount=2 --wait --timeout 60s')).toContain('REVISION: 2');
    expect(await run(kubetick, 'get deployment web-chart -o jsonpath={.status.readyReplicas}')).toBe('2');
    expect(await run(path, 'rollback web 1 --wait --timeout 60s')).toBe('Rollback was a success! Happy Helming!\n');
    expect(await run(kubetick, 'get deployment web-chart -o jsonpath={.spec.replicas}')).toBe('1');
    const history = JSON.parse(await run(path, 'history web -o json')) as { revision: number; status: string }[];
    expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual([
      ...['1 superseded', '2 superseded', '3 deployed'],
    ]);
    expect(await run(path, 'status web')).toContain('REVISION: 3');
    expect(await run(path, 'uninstall web --wait')).toBe('release "web" uninstalled\n');
    expect(await run(kubetick, 'get deployments,secrets -o name')).toBe('');
  }, 300_000);
});
