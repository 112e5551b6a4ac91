import { invalid, invalidObject, required } from '../../src/apimachinery/field-error';
import { alreadyExists, apiError, badRequest, notFound } from '../../src/apimachinery/status';
import { CommandError, ExitSilently, UsageError } from '../../src/commands/command';
import { addSource, ErrorList, endingOf, NoResourceMatchError, throwCollected } from '../../src/commands/errors';
import { OutputBuffer } from '../../src/commands/output-buffer';

const PODS = { group: '', resource: 'pods' };
const bad = (...errors: Parameters<typeof invalidObject>[2][number][]) =>
  invalidObject({ group: 'apps', kind: 'Deployment' }, 'web', errors);

describe('how errors end a command', () => {
  test.each<[string, unknown, string, number]>([
    ['a plain error', new Error('it broke'), 'error: it broke\n', 1],
    ['one that says so itself', new Error('error: it broke'), 'error: it broke\n', 1],
    ['a status of its own', new CommandError('no', 3), 'error: no\n', 3],
    ['bad usage', new UsageError('too many'), "error: too many\nSee 'kubectl get -h' for help and examples\n", 1],
    ['in silence', new ExitSilently(1), '', 1],
    ['not found', notFound(PODS, 'a'), 'Error from server (NotFound): pods "a" not found\n', 1],
    ['no reason given', apiError(500, '', 'odd'), 'Error from server: odd\n', 1],
    [
      'not logged in',
      apiError(401, 'Unauthorized', 'Unauthorized'),
      'error: You must be logged in to the server (Unauthorized)\n',
      1,
    ],
    ['invalid in one way', bad(required('spec.a')), 'The Deployment "web" is invalid: spec.a: Required value\n', 1],
    [
      'invalid in several',
      bad(required('spec.a'), invalid('spec.b', -1, 'must be positive'), required('spec.a')),
      'The Deployment "web" is invalid: \n* spec.a: Required value\n* spec.b: Invalid value: -1: must be positive\n',
      1,
    ],
    ['invalid without details', apiError(422, 'Invalid', 'no'), 'The request is invalid: no\n', 1],
    ['invalid with empty details', apiError(422, 'Invalid', 'no', {}), 'The request is invalid: no\n', 1],
    [
      'several',
      new ErrorList([notFound(PODS, 'a'), new CommandError('plain')]),
      'Error from server (NotFound): pods "a" not found\nplain\n',
      1,
    ],
    [
      'lists in lists',
      new ErrorList([new ErrorList([new Error('a'), new Error('b')]), new Error('c')]),
      'a\nb\nc\n',
      1,
    ],
    ['a list of one', new ErrorList([new Error('alone')]), 'error: alone\n', 1],
    [
      'no such type',
      new NoResourceMatchError({ resource: 'x', group: 'g', version: 'v' }),
      'the server doesn\'t have a resource type "x" in group "g" and version "v"\n',
      1,
    ],
  ])('%s', (_, error, text, exitCode) => {
    expect(endingOf(error, 'kubectl get')).toEqual({ text, exitCode });
  });

  test('where it comes from', () => {
    const told = (error: unknown) => endingOf(addSource('creating', 'web.yaml', error), 'kubectl').text;
    expect(told(alreadyExists(PODS, 'a'))).toBe(
      'Error from server (AlreadyExists): error when creating "web.yaml": pods "a" already exists\n',
    );
    expect(told(new Error('odd'))).toBe('error: error when creating "web.yaml": odd\n');
    expect(told(bad(required('spec.a')))).toBe('The Deployment "web" is invalid: spec.a: Required value\n');
    expect(addSource('creating', '', badRequest('x'))).toEqual(badRequest('x'));
  });

  test('collected errors', () => {
    expect(() => throwCollected([])).not.toThrow();
    const one = new Error('one');
    expect(() => throwCollected([one])).toThrow(one);
    expect(() => throwCollected([one, new Error('two')])).toThrow(new ErrorList([one, new Error('two')]));
  });
});

describe('what is held back until it is durable', () => {
  const setUp = (settle: () => Promise<void> = async () => {}) => {
    const written: string[] = [];
    const target = {
      out: (text: string) => void written.push(`out:${text}`),
      err: (text: string) => void written.push(`err:${text}`),
      stdin: async () => '',
      columns: undefined,
      colour: false,
      isTerminal: false,
    };
    return { written, buffer: new OutputBuffer(target, settle) };
  };

  test('nothing comes out before, and then all in its order', async () => {
    let durable = false;
    const { written, buffer } = setUp(async () => {
      expect(written).toEqual([]);
      durable = true;
    });
    buffer.streams.out('a\n');
    buffer.streams.out('b\n');
    buffer.streams.err('c\n');
    buffer.streams.out('d\n');
    expect(written).toEqual([]);
    await buffer.release();
    expect(durable).toBe(true);
    expect(written).toEqual(['out:a\nb\n', 'err:c\n', 'out:d\n']);
  });

  test('what is not durable is never told', async () => {
    const { written, buffer } = setUp(async () => {
      throw new Error('disk full');
    });
    buffer.streams.out('created\n');
    await expect(buffer.release()).rejects.toThrow('disk full');
    expect(written).toEqual([]);
  });

  test('a checkpoint soon after the last one holds on', async () => {
    const { written, buffer } = setUp();
    buffer.streams.out('a\n');
    await buffer.checkpoint();
    expect(written).toEqual([]);
  });
});
