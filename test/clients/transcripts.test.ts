/**
 * The real kubectl and our own play the transcripts against `kubetick serve`. `npm run test:clients` plays all of them; without it,
 * a few, which say whether anything is amiss at all.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClient } from '../differential/real-client';

const root = join(__dirname, '../..');
const kubetick = join(root, 'bin/kubetick');
const scenarios = join(root, 'test/conformance/scenarios');
const all = process.env['KUBETICK_CLIENTS'] === 'all';
const FEW: Record<string, readonly string[]> = {
  kubectl: ['02-three-way-merge', '16-namespaces-delete'],
  kubetick: ['02-three-way-merge'],
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
if ('missing' in kubectl) console.warn(kubectl.missing);
if (missing.length > 0) console.warn(`transcripts are not played: this machine has no ${missing.join(', ')}`);

const folders = new Map<string, NodeJS.ProcessEnv>();
afterEach(async () => {
  for (const [folder, environment] of folders) {
    await output(process.execPath, [join(__dirname, 'fresh-server.mjs'), folder, 'stop'], environment);
    rmSync(folder, { recursive: true, force: true });
  }
  folders.clear();
});

/** A folder for a cluster and its server, and what leads programs there. */
function place(): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-clients-'));
  const environment = {
    ...process.env,
    HOME: folder,
    KUBETICK_STATE: join(folder, 'state'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    RESET: `${process.execPath} ${join(__dirname, 'fresh-server.mjs')} ${folder}`,
    SETTLE: `${kubetick} tick --settle --quiet`,
  };
  folders.set(folder, environment);
  return environment;
}

function output(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(program, [...args], { env });
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
  const transcript = join(root, 'test/conformance/transcript.mjs');
  const env = { ...place(), KUBECTL: client };
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
