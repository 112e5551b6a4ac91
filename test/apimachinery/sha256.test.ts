import { createHash } from 'node:crypto';
import { sha256 } from '../../src/apimachinery/sha256';

test.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000, 5000])('as the one of node, for %i letters', (length) => {
  for (const letter of ['a', 'ü', '漢']) {
    const text = letter.repeat(length);
    expect(Buffer.from(sha256(text)).toString('hex')).toBe(createHash('sha256').update(text).digest('hex'));
  }
});
