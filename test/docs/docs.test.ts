/** Every page of docs/ is run: what it shows must be what the commands print. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const hasShell = spawnSync('bash', ['--version'], { stdio: 'ignore' }).error === undefined;
const play = hasShell ? test.concurrent : test.skip;
if (!hasShell) console.warn('the pages of docs/ are not run: this machine has no bash');

describe('docs', () => {
  for (const page of pages) {
    play(page, async () => {
      const said = await new Promise<string>((resolve) => {
        const child = spawn(process.execPath, [join(root, 'scripts/docs.mjs'), 'check', join(root, 'docs', page)]);
        let text = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk) => {
            text += chunk;
          });
        }
        child.on('close', () => resolve(text));
      });
      expect(said).toBe('');
    });
  }
});
