import { remembered } from '../../src/apimachinery/remembered';

test('each answer is made once, until there are too many', () => {
  const made: string[] = [];
  const upper = remembered(2, (text) => {
    made.push(text);
    return text.toUpperCase();
  });
  expect(['a', 'b', 'a', 'b'].map(upper)).toEqual(['A', 'B', 'A', 'B']);
  expect(made).toEqual(['a', 'b']);
  expect(['c', 'c', 'a'].map(upper)).toEqual(['C', 'C', 'A']);
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});

test('that there is no answer is remembered too, but no error', () => {
  let asked = 0;
  const fickle = remembered(10, (text): string | undefined => {
    asked++;
    if (text === 'bad' && asked === 1) throw new Error('not now');
    return undefined;
  });
  expect(() => fickle('bad')).toThrow('not now');
  expect(fickle('bad')).toBeUndefined();
  expect(fickle('bad')).toBeUndefined();
  expect(asked).toBe(2);
});
