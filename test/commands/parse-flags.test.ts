import type { Flag } from '../../src/commands/command';
import { FlagError, HelpRequested, parseFlags, requireFlags } from '../../src/commands/parse-flags';

const declared: Flag[] = [
  { name: 'output', shorthand: 'o', type: 'string', usage: '' },
  { name: 'namespace', shorthand: 'n', type: 'string', usage: '' },
  { name: 'all-namespaces', shorthand: 'A', type: 'bool', usage: '' },
  { name: 'watch', shorthand: 'w', type: 'bool', usage: '' },
  { name: 'wait', type: 'bool', default: true, usage: '' },
  { name: 'no-headers', type: 'bool', usage: '' },
  { name: 'dry-run', type: 'string', default: 'none', noOptDefault: 'unchanged', usage: '' },
  { name: 'replicas', type: 'int', default: 1, usage: '' },
  { name: 'timeout', type: 'duration', usage: '' },
  { name: 'label-columns', shorthand: 'L', type: 'stringSlice', usage: '' },
  { name: 'from-literal', type: 'stringArray', usage: '' },
  { name: 'overrides', type: 'stringToString', usage: '' },
  { name: 'image', type: 'string', required: true, usage: '' },
  { name: 'old', type: 'bool', deprecated: 'use --new', usage: '' },
];

const parse = (line: string) => parseFlags(line === '' ? [] : line.split(' '), declared);

describe('what pflag reads', () => {
  test.each([
    ['-o yaml', 'yaml'],
    ['-oyaml', 'yaml'],
    ['-o=yaml', 'yaml'],
    ['--output yaml', 'yaml'],
    ['--output=yaml', 'yaml'],
    ['--output=', ''],
    ['--output=a=b', 'a=b'],
    ['--output -x', '-x'],
    ['--output --', '--'],
    ['-Aoyaml', 'yaml'],
    ['-Ao yaml', 'yaml'],
    ['-o a -o b', 'b'],
    ['a -o yaml b', 'yaml'],
    ['-o=', '='],
  ])('%s', (line, output) => {
    expect(parse(line).flags.string('output')).toBe(output);
  });

  test('a flag with a value of its own takes no argument', () => {
    const alone = parse('--dry-run client');
    expect(alone.flags.string('dry-run')).toBe('unchanged');
    expect(alone.args).toEqual(['client']);
    expect(parse('--dry-run=client').flags.string('dry-run')).toBe('client');
    expect(parse('').flags.string('dry-run')).toBe('none');
  });

  test('booleans', () => {
    expect(parse('-Aw').flags.bool('watch')).toBe(true);
    expect(parse('--wait=false').flags.bool('wait')).toBe(false);
    expect(parse('--wait=0').flags.bool('wait')).toBe(false);
    expect(parse('').flags.bool('wait')).toBe(true);
    expect(parse('-A=false').flags.bool('all-namespaces')).toBe(false);
    const spaced = parse('--wait false');
    expect(spaced.flags.bool('wait')).toBe(true);
    expect(spaced.args).toEqual(['false']);
  });

  test('a name that begins with no- is only a name', () => {
    expect(parse('--no-headers').flags.bool('no-headers')).toBe(true);
    expect(parse('').flags.bool('no-headers')).toBe(false);
  });

  test('lists', () => {
    expect(parse('-L a,b -L c').flags.strings('label-columns')).toEqual(['a', 'b', 'c']);
    expect(parse('-L "a,b",c').flags.strings('label-columns')).toEqual(['a,b', 'c']);
    expect(parse('--from-literal a=1,2 --from-literal=b=3').flags.strings('from-literal')).toEqual(['a=1,2', 'b=3']);
    expect(parse('--overrides a=1,b=2').flags.strings('overrides')).toEqual(['a=1', 'b=2']);
    expect(parse('').flags.strings('label-columns')).toEqual([]);
  });

  test.each([
    ['5', 5],
    ['-3', -3],
    ['0x10', 16],
    ['010', 8],
    ['1_000', 1000],
  ])('the number %s', (text, value) => {
    expect(parse(`--replicas=${text}`).flags.int('replicas')).toBe(value);
  });

  test('durations are milliseconds', () => {
    expect(parse('--timeout 1m30s').flags.duration('timeout')).toBe(90_000);
    expect(parse('').flags.duration('timeout')).toBe(0);
  });

  test('changed tells what was given from what is so by default', () => {
    const { flags } = parse('--replicas=1');
    expect(flags.changed('replicas')).toBe(true);
    expect(flags.changed('output')).toBe(false);
    expect(flags.changed('undeclared')).toBe(false);
    expect(() => flags.string('undeclared')).toThrow('flag accessed but not defined: undeclared');
  });

  test('-- ends the flags', () => {
    expect(parse('a -- -o b')).toMatchObject({ args: ['a', '-o', 'b'], argsBeforeDash: 1 });
    expect(parse('a b').argsBeforeDash).toBeUndefined();
    expect(parse('a - b').args).toEqual(['a', '-', 'b']);
  });

  test('deprecated flags say so', () => {
    expect(parse('--old').notices).toEqual(['Flag --old has been deprecated, use --new']);
  });
});

describe('what pflag refuses', () => {
  test.each([
    ['--nosuch', 'unknown flag: --nosuch'],
    ['--nosuch=1', 'unknown flag: --nosuch'],
    ['-z', "unknown shorthand flag: 'z' in -z"],
    ['-Az', "unknown shorthand flag: 'z' in -z"],
    ['-zA', "unknown shorthand flag: 'z' in -zA"],
    ['--output', 'flag needs an argument: --output'],
    ['-o', "flag needs an argument: 'o' in -o"],
    ['-Ao', "flag needs an argument: 'o' in -o"],
    ['---output', 'bad flag syntax: ---output'],
    ['--=x', 'bad flag syntax: --=x'],
    ['--replicas=x', 'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [
      '--replicas=99999999999999999999',
      'invalid argument "99999999999999999999" for "--replicas" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    ['-w=maybe', 'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
    ['--timeout=5', 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'],
    ['--timeout=abc', 'invalid argument "abc" for "--timeout" flag: time: invalid duration "abc"'],
    ['--overrides=a,b', 'invalid argument "a,b" for "--overrides" flag: a must be formatted as key=value'],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(new FlagError(message));
  });

  test('flags that must be there', () => {
    expect(() => requireFlags(parse('').flags, declared)).toThrow('required flag(s) "image" not set');
    expect(() => requireFlags(parse('--image=a').flags, declared)).not.toThrow();
  });

  test('help goes before what follows it', () => {
    expect(() => parse('--help --nosuch')).toThrow(HelpRequested);
    expect(() => parse('-h')).toThrow(HelpRequested);
    expect(() => parse('--nosuch --help')).toThrow(FlagError);
  });
});
