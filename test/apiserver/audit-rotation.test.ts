/** Audit logs that grow: what is set aside under which name, what is kept, and what is asked for by flags. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DEFAULT_ROTATION } from '../../src/apiserver/audit/rotation';
import { RotatingFile } from '../../src/host/rotating-file';
import { run } from '../commands/harness';

const DAY = 86_400_000;
const NEW_YEAR = Date.parse('2026-01-01T00:00:00Z');
const LARGE = 700_000;
const UNLIMITED = { maxSize: 0, maxAge: 0, maxBackups: 0, compress: false };

let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubetick-rotation-'));
  now = NEW_YEAR;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (settings: Partial<typeof DEFAULT_ROTATION>, name = 'audit.log', background = false) =>
  new RotatingFile(join(folder, name), { ...UNLIMITED, ...settings }, () => now, background);
const files = () => readdirSync(folder).sort();
const line = (letter: string) => `${letter.repeat(LARGE)}\n`;
const beginning = (name: string) => readFileSync(join(folder, name), 'utf8')[0];

test('what would be too large is set aside, with the time in its name', () => {
  const file = open({ maxSize: 1 });
  file.append(line('a'));
  now += 90_061_001;
  file.append(line('b'));
  // Time stands still: nothing is written over.
  file.append(line('c'));
  file.append(line('d'));
  expect(files()).toEqual([
    'audit-2026-01-02T01-01-01.001.log',
    'audit-2026-01-02T01-01-01.002.log',
    'audit-2026-01-02T01-01-01.003.log',
    'audit.log',
  ]);
  expect(files().map(beginning)).toEqual(['a', 'b', 'c', 'd']);
  expect(statSync(join(folder, 'audit.log')).mode & 0o777).toBe(0o600);
  expect(() => file.append('x'.repeat(1024 * 1024 + 1))).toThrow(
    'write length 1048577 exceeds maximum file size 1048576',
  );
});

test('another process goes on where one ended, and knows that something happened', () => {
  const first = open({ maxSize: 1 });
  expect(first.state).toBe(0);
  first.append(line('a'));
  const second = open({ maxSize: 1 });
  expect(second.state).toBe(LARGE + 1);
  second.append(line('b'));
  second.append(line('c'));
  const states = [open({}).state];
  second.append(line('d'));
  states.push(open({}).state);
  expect(new Set(states).size).toBe(2);
  expect(files()).toHaveLength(4);
});

test('without an end to it, it grows; a name may have no extension', () => {
  const file = open({}, 'audit');
  for (const letter of 'abc') file.append(line(letter));
  expect(files()).toEqual(['audit']);
  open({ maxSize: 1 }, 'audit').append(line('d'));
  expect(files()).toEqual(['audit', 'audit-2026-01-01T00-00-00.000']);
});

test('so many are kept, for so long; what else lies there is nobody’s business', () => {
  for (const name of ['audit-notes.log', 'audit-2020-13-01T00-00-00.000.log', 'other-2020-01-01T00-00-00.000.log'])
    writeFileSync(join(folder, name), '');
  const others = files();
  const file = open({ maxSize: 1, maxBackups: 2 });
  for (const letter of 'abcd') {
    file.append(line(letter));
    now += DAY;
  }
  const kept = () => files().filter((name) => !others.includes(name));
  expect(kept()).toEqual(['audit-2026-01-03T00-00-00.000.log', 'audit-2026-01-04T00-00-00.000.log', 'audit.log']);
  now += 3 * DAY;
  // Looked at when it is first written to, too.
  open({ maxSize: 100, maxAge: 4 }).append('e\n');
  expect(kept()).toEqual(['audit-2026-01-04T00-00-00.000.log', 'audit.log']);
  expect(files()).toEqual(expect.arrayContaining(others));
});

test.each([false, true])('packed, beside other work: %s', async (background) => {
  const file = open({ maxSize: 1, compress: true, maxBackups: 1 }, 'audit.log', background);
  file.append(line('a'));
  now += DAY;
  file.append(line('b'));
  const name = 'audit-2026-01-02T00-00-00.000.log.gz';
  while (files().includes(name.slice(0, -3))) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(files()).toEqual([name, 'audit.log']);
  expect(gunzipSync(readFileSync(join(folder, name))).toString()).toBe(line('a'));
  // Of what is being packed there are two, which count as one.
  writeFileSync(join(folder, name.slice(0, -3)), line('a'));
  open({ maxSize: 1, maxBackups: 1 }).append('c\n');
  expect(files()).toEqual([name.slice(0, -3), name, 'audit.log']);
});

describe('flags', () => {
  const POLICY =
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata, verbs: [create]}]\n';
  const kubetick = (line: string) =>
    run(line, { cwd: folder, environment: { HOME: folder, KUBETICK_STATE: join(folder, 'state') } });
  const init = (flags: string) => {
    writeFileSync(join(folder, 'policy.yaml'), POLICY);
    return kubetick(`init --nodes 0 --audit-policy-file policy.yaml --audit-log-path logs/audit.log ${flags}`);
  };

  test.each([
    ['--audit-log-maxage=-1', "error: --audit-log-maxage -1 can't be a negative number\n"],
    ['--audit-log-maxbackup=-1', "error: --audit-log-maxbackup -1 can't be a negative number\n"],
    ['--audit-log-maxsize=-1', "error: --audit-log-maxsize -1 can't be a negative number\n"],
    ['--audit-log-format=xml', 'error: invalid audit log format xml, allowed formats are "legacy,json"\n'],
  ])('%s is refused', async (flag, err) => {
    expect(await init(flag)).toMatchObject({ code: 1, err });
  });

  test('the file of a cluster is set aside; what comes then has ids of its own', async () => {
    expect(await init('--audit-log-maxsize=1 --audit-log-maxbackup=1')).toMatchObject({ code: 0, err: '' });
    const log = join(folder, 'logs', 'audit.log');
    mkdirSync(join(folder, 'logs'));
    writeFileSync(log, `${'x'.repeat(1024 * 1024 - 10)}\n`);
    for (const name of ['a', 'b'])
      expect(await kubetick(`create configmap ${name}`)).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(join(folder, 'logs'))).toEqual(['audit-2026-01-01T00-00-00.000.log', 'audit.log']);
    const ids = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).auditID);
    expect(new Set(ids).size).toBe(2);
  });

  test('a line of text', async () => {
    expect(await init('--audit-log-format=legacy')).toMatchObject({ code: 0, err: '' });
    await kubetick('create configmap a');
    await kubetick('create configmap b --as ann --as-group ops');
    const lines = readFileSync(join(folder, 'logs', 'audit.log'), 'utf8').replace(/id="[0-9a-f-]{36}"/g, 'id=""');
    expect(lines.replace(/user-agent="[^"]*"/g, 'user-agent=""')).toBe(
      `2026-01-01T00:00:00Z AUDIT: id="" stage="ResponseComplete" ip="127.0.0.1" method="create" user="kubernetes-admin" groups="\\"system:masters\\",\\"system:authenticated\\"" as="<self>" asgroups="<lookup>" user-agent="" namespace="default" uri="/api/v1/namespaces/default/configmaps?fieldManager=kubectl-create&fieldValidation=Strict" response="201"
2026-01-01T00:00:00Z AUDIT: id="" stage="ResponseComplete" ip="127.0.0.1" method="create" user="kubernetes-admin" groups="\\"system:masters\\",\\"system:authenticated\\"" as="ann" asgroups="\\"ops\\",\\"system:authenticated\\"" user-agent="" namespace="default" uri="/api/v1/namespaces/default/configmaps?fieldManager=kubectl-create&fieldValidation=Strict" response="403"
`,
    );
  });
});
