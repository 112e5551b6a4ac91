/**
 * Plays the recorded transcripts of the real kubectl against kubetick: lines that need a shell as a user would, each command in a process
 * of its own; all others in one process for many scenarios, since to start one takes ten times as long as what it does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, 'scenarios');
const kubetick = join(__dirname, '../../bin/kubetick');
const scenarios = readdirSync(folder).sort();
/** Played as a user would from beginning to end, and through the shell. */
const [BY_PROCESSES = ''] = scenarios;
/** A process for each of two cores. */
const AT_ONCE = 2;

/** The transcripts are shell commands; a machine that lacks these programs can't play them. */
const missing = ['bash', 'awk', 'grep', 'sed', 'python3', 'diff'].filter(
  (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
);
if (missing.length > 0) console.warn(`transcripts are not played: this machine has no ${missing.join(', ')}`);

/** What is said of these scenarios. */
function check(names: readonly string[], program: string, more: NodeJS.ProcessEnv): Promise<string> {
  const env = {
    ...process.env,
    ...more,
    KUBECTL: kubetick,
    RESET: `${program} init --nodes 0 --force`,
    SETTLE: `${program} tick --settle`,
  };
  const paths = names.map((name) => join(folder, name));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(__dirname, 'transcript.mjs'), 'check', ...paths], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    child.on('close', () => resolve(said));
  });
}

if (missing.length > 0) test.skip('transcripts of the real kubectl', () => {});
else
  describe('transcripts of the real kubectl', () => {
    const said = new Map<string, Promise<string>>();
    beforeAll(() => {
      said.set(BY_PROCESSES, check([BY_PROCESSES], kubetick, {}));
      const others = scenarios.slice(1);
      for (let lane = 0; lane < AT_ONCE; lane++) {
        const names = others.filter((_, i) => i % AT_ONCE === lane);
        const all = check(names, 'kubetick', { HERE: 'true' });
        for (const name of names) said.set(name, all);
      }
    });

    test.each(scenarios)(
      '%s',
      async (scenario) => {
        const text = (await said.get(scenario)) as string;
        // Of many, each says its name first.
        const own = text.split('\n').filter((line) => scenario === BY_PROCESSES || line.startsWith(`${scenario}: `));
        const isAsRecorded = /^(?:[\w-]+: )?[1-9]\d* steps as recorded, 0 not$/.test(own[0] ?? '');
        if (!isAsRecorded) throw new Error(text);
      },
      240_000,
    );
  });
