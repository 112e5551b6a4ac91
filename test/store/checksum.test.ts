import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { checksum } from '../../src/store/checksum';

test.each([
  ['', '00000000'],
  ['123456789', 'cbf43926'],
  ['a', 'e8b7be43'],
])('the known checksum of %p', (text, sum) => {
  expect(checksum(Buffer.from(text))).toBe(sum);
});

test('small and large are counted alike', () => {
  if (typeof crc32 !== 'function') return; // an early Node 20
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 100), (bytes, times) => {
      const all = Buffer.concat(Array<Uint8Array>(times).fill(bytes));
      expect(checksum(all)).toBe(crc32(all).toString(16).padStart(8, '0'));
    }),
    { numRuns: 200 },
  );
});
