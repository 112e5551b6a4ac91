/** Plays the recorded transcripts of the real kubectl against kubetick, each scenario as a user would: through the shell. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const scenarios = join(__dirname, 'scenarios');
const kubetick = join(__dirname, '../../bin/kubetick');

/** The transcripts are shell commands; a machine that lacks these programs can't play them. */
const missing = ['bash', 'awk', 'grep', 'sed', 'python3', 'diff'].filter(
  (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
);
const play = missing.length === 0 ? test.concurrent : test.skip;
if (missing.length > 0) console.warn(`transcripts are not played: this machine has no ${missing.join(', ')}`);

function check(scenario: string): Promise<string> {
  const env = {
    ...process.env,
    KUBECTL: kubetick,
    RESET: `${kubetick} init --nodes 0 --force`,
    SETTLE: `${kubetick} tick --settle`,
  };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(__dirname, 'transcript.mjs'), 'check', join(scenarios, scenario)], {
      env,
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('close', () => resolve(said));
  });
}

describe('transcripts of the real kubectl', () => {
  for (const scenario of readdirSync(scenarios).sort()) {
    play(
      scenario,
      async () => {
        expect(await check(scenario)).toMatch(/^\d+ steps as recorded, 0 not\n$/);
      },
      120_000,
    );
  }
});
