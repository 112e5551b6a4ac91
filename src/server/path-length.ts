/** How many others may stand between a certificate of an authority and what it leads to (RFC 5280 BasicConstraints, which node:crypto does not tell). */

/** A value of DER: its tag, and what is in it. */
interface Value {
  tag: number;
  content: Uint8Array;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Of a TBSCertificate: `extensions [3]`. */
const EXTENSIONS = 0xa3;
/** id-ce-basicConstraints, 2.5.29.19. */
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

/** Undefined where it says nothing of that. @param der a certificate that node:crypto has read */
export function pathLengthOf(der: Uint8Array): number | undefined {
  const toBeSigned = inside(inside(valuesIn(der)[0])[0]);
  const extensions = inside(inside(toBeSigned.find(({ tag }) => tag === EXTENSIONS))[0]);
  for (const extension of extensions) {
    const parts = inside(extension);
    const named = parts[0]?.content ?? new Uint8Array();
    if (named.length !== BASIC_CONSTRAINTS.length || !BASIC_CONSTRAINTS.every((byte, i) => named[i] === byte)) continue;
    const constraints = inside(valuesIn(parts.at(-1)?.content ?? new Uint8Array())[0]);
    const length = constraints.find(({ tag }) => tag === INTEGER);
    return length?.content.reduce((sum, byte) => sum * 256 + byte, 0);
  }
  return undefined;
}

function inside(value: Value | undefined): Value[] {
  return value && (value.tag === SEQUENCE || value.tag === EXTENSIONS) ? valuesIn(value.content) : [];
}

function valuesIn(der: Uint8Array): Value[] {
  const values: Value[] = [];
  for (let at = 0; at + 2 <= der.length; ) {
    const [tag = 0, first = 0] = der.subarray(at, at + 2);
    at += 2;
    let length = first;
    if (first > 0x80) {
      length = der.subarray(at, at + first - 0x80).reduce((sum, byte) => sum * 256 + byte, 0);
      at += first - 0x80;
    }
    values.push({ tag, content: der.subarray(at, at + length) });
    at += length;
  }
  return values;
}
