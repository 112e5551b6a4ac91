/**
 * The wire format of protocol buffers (proto2) as gogo's generated code reads and writes it: a writer that fills its buffer
 * from the end, so that a length is known when it is due, and a reader with the complaints of `generated.pb.go`.
 */

/** Bytes that are no message: what Go's Unmarshal says of them (`unexpected EOF`, `proto: integer overflow`). */
export class ProtobufError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtobufError';
  }
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Writes fields last to first; what is written is the end of its buffer. */
export class ReverseWriter {
  private buffer: Uint8Array;
  /** Of the first byte that has been written. */
  private at: number;

  constructor(size = 4096) {
    this.buffer = new Uint8Array(size);
    this.at = size;
  }

  /** How much has been written. A message's length is the difference of two of these. */
  get length(): number {
    return this.buffer.length - this.at;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.buffer.slice(this.at);
  }

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  /** A whole number; a negative one takes ten bytes, as an int64 does. */
  varint(value: number | bigint): void {
    if (typeof value === 'bigint' || value < 0 || value > Number.MAX_SAFE_INTEGER) this.longVarint(BigInt(value));
    else if (value < 0x80) {
      this.reserve(1);
      this.buffer[--this.at] = value;
    } else {
      let length = 1;
      for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
      this.reserve(length);
      this.at -= length;
      let rest = value;
      for (let i = this.at; length > 1; length--, i++) {
        this.buffer[i] = (rest % 0x80) | 0x80;
        rest = Math.floor(rest / 0x80);
        if (length === 2) this.buffer[i + 1] = rest;
      }
    }
  }

  double(value: number): void {
    this.reserve(8);
    this.at -= 8;
    new DataView(this.buffer.buffer, this.buffer.byteOffset + this.at, 8).setFloat64(0, value, true);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.at -= bytes.length;
    this.buffer.set(bytes, this.at);
  }

  bytes(number: number, bytes: Uint8Array): void {
    this.raw(bytes);
    this.varint(bytes.length);
    this.tag(number, BYTES);
  }

  string(number: number, text: string): void {
    const { length } = text;
    this.reserve(length);
    const start = this.at - length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.bytes(number, encoder.encode(text));
        return;
      }
      this.buffer[start + i] = code;
    }
    this.at = start;
    this.varint(length);
    this.tag(number, BYTES);
  }

  /** Ends (that is, begins) a message of which everything after `before` bytes was written. */
  message(number: number, before: number): void {
    this.varint(this.length - before);
    this.tag(number, BYTES);
  }

  private longVarint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  private reserve(size: number): void {
    if (this.at >= size) return;
    const written = this.length;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, written + size));
    grown.set(this.buffer.subarray(this.at), grown.length - written);
    this.at = grown.length - written;
    this.buffer = grown;
  }
}

/** One field's header. */
export interface Tag {
  number: number;
  wireType: number;
}

/** Reads fields one after the other, between two offsets. */
export class Reader {
  constructor(
    private readonly buffer: Uint8Array,
    private at = 0,
    private readonly end = buffer.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The header of the next field. @param message its type, for complaints */
  tag(message: string): Tag {
    const header = this.varint();
    const wireType = Number(BigInt(header) & 7n);
    const number = typeof header === 'number' ? Math.floor(header / 8) : Number(header >> 3n);
    if (wireType === END_GROUP) throw new ProtobufError(`proto: ${message}: wiretype end group for non-group`);
    if (number <= 0 || number > 0x7fff_ffff)
      throw new ProtobufError(`proto: ${message}: illegal tag ${number | 0} (wire type ${header})`);
    return { number, wireType };
  }

  /** An unsigned number of up to 64 bits; a bigint where a double can't hold it. */
  varint(): number | bigint {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    let long = BigInt(value);
    for (let shift = 49n; shift < 64n; shift += 7n) {
      const byte = this.byte();
      long += BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      long = BigInt.asUintN(64, long);
      return long <= Number.MAX_SAFE_INTEGER ? Number(long) : long;
    }
    throw new ProtobufError('proto: integer overflow');
  }

  int64(): number | bigint {
    const value = this.varint();
    if (typeof value === 'number') return value;
    const signed = BigInt.asIntN(64, value);
    return signed >= Number.MIN_SAFE_INTEGER && signed <= Number.MAX_SAFE_INTEGER ? Number(signed) : signed;
  }

  int32(): number {
    return Number(BigInt.asIntN(32, BigInt(this.varint())));
  }

  double(): number {
    const start = this.at;
    this.skipBytes(8);
    return new DataView(this.buffer.buffer, this.buffer.byteOffset + start, 8).getFloat64(0, true);
  }

  /** A part of the buffer, not a copy. */
  bytes(): Uint8Array {
    const length = this.length();
    const start = this.at;
    this.skipBytes(length);
    return this.buffer.subarray(start, start + length);
  }

  string(): string {
    const length = this.length();
    const start = this.at;
    this.skipBytes(length);
    if (length > 64) return decoder.decode(this.buffer.subarray(start, start + length));
    let text = '';
    for (let i = start; i < start + length; i++) {
      const byte = this.buffer[i] as number;
      if (byte >= 0x80) return decoder.decode(this.buffer.subarray(start, start + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** The fields of a message within. */
  message(): Reader {
    const length = this.length();
    const start = this.at;
    this.skipBytes(length);
    return new Reader(this.buffer, start, start + length);
  }

  /** Passes over a field that nobody knows (skipGenerated). */
  skip(wireType: number): void {
    let depth = 0;
    let type = wireType;
    for (;;) {
      switch (type) {
        case VARINT:
          this.varint();
          break;
        case FIXED64:
          this.skipBytes(8);
          break;
        case BYTES:
          this.skipBytes(this.length());
          break;
        case START_GROUP:
          depth++;
          break;
        case END_GROUP:
          if (depth === 0) throw new ProtobufError('proto: unexpected end of group');
          depth--;
          break;
        case FIXED32:
          this.skipBytes(4);
          break;
        default:
          throw new ProtobufError(`proto: illegal wireType ${type}`);
      }
      if (depth === 0) return;
      type = Number(BigInt(this.varint()) & 7n);
    }
  }

  private length(): number {
    const length = this.varint();
    if (typeof length === 'bigint' || length > 0x7fff_ffff)
      throw new ProtobufError(
        BigInt.asIntN(64, BigInt(length)) < 0n ? 'proto: negative length found during unmarshaling' : 'unexpected EOF',
      );
    return length;
  }

  private skipBytes(count: number): void {
    if (count > this.end - this.at) throw new ProtobufError('unexpected EOF');
    this.at += count;
  }

  private byte(): number {
    if (this.at >= this.end) throw new ProtobufError('unexpected EOF');
    return this.buffer[this.at++] as number;
  }
}
