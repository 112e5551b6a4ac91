/**
 * The same command lines by the real kubectl and by kubetick: same standard output, same standard error, same exit status. The
 * lines are in commands/*.txt; where the two are to differ, known-differences.json and docs/differences-from-kubectl.md say why.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from '../../src/commands/find-command';
import { type CommandLine, commandNames, nameOfCommand, readTable } from './command-lines';
import { comparable } from './comparable';
import knownDifferences from './known-differences.json';
import notThereYet from './not-there-yet.json';
import { realClient } from './real-client';
import { openMemoryCluster, type Ran, removeFolders, runOurs, runReal } from './run-both';

/** A process at a time for each of two cores. */
const AT_ONCE = 2;

interface Difference {
  what: string;
  why: string;
  lines: string[];
}

const kubectl = realClient('kubectl');
const table = readTable();
const names = commandNames(table);
const lines = Object.values(table).flat();
const known: Difference[] = knownDifferences;
const absent = new Set<string>(notThereYet);
const isThere = (line: CommandLine) => {
  const name = nameOfCommand(line, names);
  return !name.some((_, i) => absent.has(name.slice(0, i + 1).join(' ')));
};
const differing = new Set(known.flatMap((difference) => difference.lines));

test('the table is large, says nothing twice, and differences are of lines in it', () => {
  expect(lines.length).toBeGreaterThan(500);
  const texts = lines.map(({ text }) => text);
  expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
  expect([...differing].filter((text) => !texts.includes(text))).toEqual([]);
});

test('the documentation tells of every known difference', () => {
  const page = readFileSync(join(__dirname, '../../docs/differences-from-kubectl.md'), 'utf8');
  const told = known.filter(({ what, why }) => page.includes(`\n- ${what}. ${why}\n`));
  expect(told).toEqual(known);
  const single = page.slice(page.indexOf('In single commands:')).split('\n');
  expect(single.filter((line) => line.startsWith('- ')).length).toBe(known.length);
});

test('what is said to be not there yet is not there', async () => {
  const paths = await Promise.all(
    [...absent].map(async (name) => [name, (await findCommand(name.split(' '))).path.join(' ')]),
  );
  expect(paths.filter(([name, path]) => name === path)).toEqual([]);
});

if ('path' in kubectl) {
  const { path } = kubectl;
  const answers = new Map<CommandLine, Promise<Ran>>();
  let cluster: Awaited<ReturnType<typeof openMemoryCluster>>;
  beforeAll(async () => {
    cluster = await openMemoryCluster();
    // All are queued here, in the order of the tests; each test waits for its own.
    const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
    for (const [i, line] of lines.filter(isThere).entries()) {
      const answer = (lanes[i % AT_ONCE] as Promise<unknown>).then(() => runReal(path, line));
      answers.set(line, answer);
      lanes[i % AT_ONCE] = answer.catch(() => {});
    }
  });

  afterAll(removeFolders);

  for (const [group, members] of Object.entries(table)) {
    describe(group, () => {
      for (const line of members) {
        (isThere(line) ? test : test.skip)(`kubectl ${line.text}`, async () => {
          const real = comparable(await (answers.get(line) as Promise<Ran>));
          const ours = comparable(await runOurs(line, cluster));
          expect(real.err).not.toContain('was refused');
          if (differing.has(line.text)) expect(ours).not.toEqual(real);
          else expect(ours).toEqual(real);
        });
      }
    });
  }
} else {
  test.skip(`kubetick is not compared with kubectl: ${kubectl.missing}`, () => {});
}
