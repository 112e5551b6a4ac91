/** Every page of docs/ is run: what it shows must be what the commands print. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const hasShell = spawnSync('bash', ['--version'], { stdio: 'ignore' }).error === undefined;
if (!hasShell) console.warn('the pages of docs/ are not run: this machine has no bash');
/** A process for each of two cores, which runs one page after the other. */
const AT_ONCE = 2;

function check(names: readonly string[]): Promise<string> {
  const paths = names.map((name) => join(root, 'docs', name));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'scripts/docs.mjs'), 'check', ...paths]);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    child.on('close', () => resolve(text));
  });
}

if (!hasShell) test.skip('docs', () => {});
else
  describe('docs', () => {
    const said = new Map<string, Promise<string>>();
    beforeAll(() => {
      for (let lane = 0; lane < AT_ONCE; lane++) {
        const names = pages.filter((_, i) => i % AT_ONCE === lane);
        const all = check(names);
        for (const name of names) said.set(name, all);
      }
    });

    test.each(pages)(
      '%s',
      async (page) => {
        const text = (await said.get(page)) as string;
        if (!text.split('\n').includes(`${join(root, 'docs', page)}: as it is shown`)) throw new Error(text);
      },
      240_000,
    );
  });
