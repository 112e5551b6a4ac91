import { run, splitWords } from './harness';

describe('what names no command', () => {
  test.each([
    ['nosuchverb', 'error: unknown command "nosuchverb" for "kubectl"\n'],
    ['--nosuch', "error: unknown flag: --nosuch\nSee 'kubectl --help' for usage.\n"],
    // An unknown flag is taken to have a value, so no command is left.
    ['--nosuch version', "error: unknown flag: --nosuch\nSee 'kubectl --help' for usage.\n"],
    ['-z', "error: unknown shorthand flag: 'z' in -z\nSee 'kubectl --help' for usage.\n"],
    ['version --clien', "error: unknown flag: --clien\nSee 'kubectl version --help' for usage.\n"],
    ['version -o', "error: flag needs an argument: 'o' in -o\nSee 'kubectl version --help' for usage.\n"],
    ['versio', 'error: unknown command "versio" for "kubectl"\n\nDid you mean this?\n\tversion\n'],
    ['options --nosuch', "error: unknown flag: --nosuch\nRun 'kubectl options' without flags.\n"],
  ])('%s', async (line, err) => {
    expect(await run(line)).toEqual({ out: '', err, code: 1 });
  });

  test('it says the name that it was called by', async () => {
    expect((await run('nosuchverb', { program: 'kubetick' })).err).toBe(
      'error: unknown command "nosuchverb" for "kubetick"\n',
    );
    expect((await run('version --help', { program: 'kubetick' })).out).toContain('\n  kubetick version --client\n');
  });
});

describe('version', () => {
  test('global flags stand before or after', async () => {
    for (const line of ['version --client', '--client version', '-n a version --client -v 6']) {
      const ran = await run(line);
      expect(ran).toEqual(
        line.startsWith('--client')
          ? { out: '', err: "error: unknown flag: --client\nSee 'kubectl --help' for usage.\n", code: 1 }
          : { out: 'Client Version: v1.36.3\nKustomize Version: v5.8.1\n', err: '', code: 0 },
      );
    }
  });
});

describe('help', () => {
  test('of a command: what it does, examples, flags with defaults, usage', async () => {
    const { out, code } = await run('version --help');
    expect(code).toBe(0);
    expect(out).toContain('\n\nExamples:\n  # Both versions\n  kubectl version\n  \n');
    expect(out).toContain('\n\nOptions:\n    --client=false:\n\tIf true, shows client version only');
    expect(out).toContain(
      "\n\n    -o, --output='':\n\tOne of 'yaml' or 'json'.\n\nUsage:\n  kubectl version [flags] [options]\n\n",
    );
    expect(
      out.endsWith('Use "kubectl options" for a list of global command-line options (applies to all commands).\n'),
    ).toBe(true);
    expect((await run('help version')).out).toBe(out);
    expect((await run('version -h')).out).toBe(out);
  });

  test('of the program lists commands in groups', async () => {
    const { out, code } = await run('');
    expect(code).toBe(0);
    expect(out).toMatch(/\nOther Commands:\n(?: {2}\S+ +\S.*\n)* {2}version +Print the client and server version/);
    expect(out).not.toMatch(/^ {2}options /m);
    expect((await run('help')).out).toBe(out);
    expect((await run('--help')).out).toBe(out);
  });

  test('of what there is not', async () => {
    expect((await run('help nosuch')).err).toMatch(/^Unknown help topic \[`nosuch`\]\n/);
  });

  test('wraps on a terminal', async () => {
    const { out } = await run('options', { columns: 80 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('options lists the global flags', async () => {
    const { out } = await run('options');
    expect(out).toMatch(
      /^The following options can be passed to any command:\n\n {4}--as='':\n\tUsername to impersonate/,
    );
    expect(out).toContain('    --log-flush-frequency=5s:\n');
  });
});

test('the harness splits lines as a shell does', () => {
  expect(splitWords(`a 'b c' "d \\"e" f\\ g h='i j'`)).toEqual(['a', 'b c', 'd "e', 'f g', 'h=i j']);
});
