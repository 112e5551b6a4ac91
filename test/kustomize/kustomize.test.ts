/**
 * Kustomizations in testdata/, each a folder, built in this process and compared with what kubectl 1.36 made of them: the
 * output in expected.yaml, what it said in expected.stderr (in both `$DIR` stands for the folder).
 *
 * KUBETICK_REAL_KUBECTL=/path/to/kubectl records them anew from a real kubectl.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { run } from '../commands/harness';

const testdata = join(__dirname, 'testdata');
const cases = readdirSync(testdata).sort();
const kubectl = process.env['KUBETICK_REAL_KUBECTL'];

describe('kustomize', () => {
  if (kubectl) {
    test.each(cases)('%s: recorded', async (name) => {
      const folder = join(testdata, name);
      const { out, err } = await ask(kubectl, folder);
      record(join(folder, 'expected.yaml'), out);
      record(join(folder, 'expected.stderr'), steady(err, folder));
    });
  }

  test.each(cases)('%s', async (name) => {
    const folder = join(testdata, name);
    const { out, err, code } = await run(['kustomize', folder]);
    const expected = { out: read(folder, 'expected.yaml'), err: read(folder, 'expected.stderr') };
    expect({ out, err: steady(err, folder) }).toEqual(expected);
    expect(code).toBe(expected.out === '' ? 1 : 0);
  });

  test('there are as many as there should be', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40);
  });
});

/** Without what is different each time: the folder, addresses in memory, what klog puts before a line. */
function steady(text: string, folder: string): string {
  return text
    .replaceAll(folder, '$DIR')
    .replace(/&\{0x[0-9a-f]+/g, '&{0xc000000000')
    .replace(/^I\d{4} [^\]]*\] /gm, '');
}

function read(folder: string, file: string): string {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function ask(program: string, folder: string): Promise<{ out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, ['kustomize', folder]);
    return { out: stdout, err: stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { out: stdout, err: stderr };
  }
}

function record(path: string, text: string): void {
  if (text === '') rmSync(path, { force: true });
  else writeFileSync(path, text);
}
