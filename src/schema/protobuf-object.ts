/**
 * Whole objects in application/vnd.kubernetes.protobuf: four bytes of magic, then a `runtime.Unknown` that says which kind
 * its `raw` is a message of (apimachinery `runtime/serializer/protobuf/protobuf.go`).
 */
import { isObject, type JsonObject } from '../apimachinery/json';
import { parseGroupVersion } from '../apimachinery/meta';
import { BYTES, ProtobufError, Reader, ReverseWriter } from '../apimachinery/protobuf-wire';
import { kindSchema, schemaNamed } from './catalog';
import type { Struct } from './compiled';
import { decodeMessage } from './protobuf-decode';
import { encodeMessage, type ItemEncoder } from './protobuf-encode';
import { structOf } from './protobuf-message';

/** `k8s` and the one encoding style that there is. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00] as const;

export interface Envelope {
  /** As they stand there; clients may leave them out. */
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}

/** True for bytes that begin as such an object does. */
export function isProtobuf(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** What is in the envelope. @throws ProtobufError in the words of Serializer.Decode. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new ProtobufError('empty data');
  if (!isProtobuf(bytes))
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  if (bytes.length === MAGIC.length) throw new ProtobufError('empty body');
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() };
  const reader = new Reader(bytes, MAGIC.length);
  while (!reader.done) {
    const { number, wireType } = reader.tag('Unknown');
    if (wireType !== BYTES || number > 2) reader.skip(wireType);
    else if (number === 2) envelope.raw = reader.bytes();
    else {
      const typeMeta = reader.message();
      while (!typeMeta.done) {
        const { number: member, wireType: type } = typeMeta.tag('TypeMeta');
        if (type === BYTES && member === 1) envelope.apiVersion = typeMeta.string();
        else if (type === BYTES && member === 2) envelope.kind = typeMeta.string();
        else typeMeta.skip(type);
      }
    }
  }
  return envelope;
}

/**
 * The object in protobuf bytes, for whoever takes what comes: the server decodes by the kind that it expects.
 * @throws ProtobufError, NotMarshalableError.
 */
export function decodeProtobuf(bytes: Uint8Array): JsonObject {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  return { apiVersion, kind, ...decodeMessage(raw, structOfKind(apiVersion, kind)) };
}

/** An object as protobuf bytes. @throws NotMarshalableError for a kind without field numbers. */
export function encodeProtobuf(object: JsonObject, itemEncoder?: ItemEncoder): Uint8Array {
  const apiVersion = textOf(object, 'apiVersion');
  const kind = textOf(object, 'kind');
  const raw = encodeMessage(object, structOfKind(apiVersion, kind), itemEncoder);
  const writer = new ReverseWriter(raw.length + 256);
  writer.string(4, '');
  writer.string(3, '');
  writer.bytes(2, raw);
  const before = writer.length;
  writer.string(2, kind);
  writer.string(1, apiVersion);
  writer.message(1, before);
  writer.raw(Uint8Array.from(MAGIC));
  return writer.finish();
}

/** One event of a watch: a frame (four bytes of length, big end first) around a WatchEvent with the object's bytes in it. */
export function encodeProtobufEvent(type: string, object: Uint8Array): Uint8Array {
  const writer = new ReverseWriter(object.length + 64);
  writer.bytes(1, object);
  writer.message(2, 0);
  writer.string(1, type);
  const { length } = writer;
  writer.raw(Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff));
  return writer.finish();
}

/** The type of a kind: of its group and version, or one that all have (Status, DeleteOptions, PartialObjectMetadata). @throws NotMarshalableError. */
export function structOfKind(apiVersion: string, kind: string): Struct {
  const { group, version } = parseGroupVersion(apiVersion);
  const schema =
    group === 'meta.k8s.io'
      ? (schemaNamed(`meta/${version}.${kind}`) ?? schemaNamed(`meta/v1.${kind}`))
      : (kindSchema(group, version, kind) ?? schemaNamed(`meta/v1.${kind}`));
  return structOf(schema, `${apiVersion}, Kind=${kind}`);
}

function textOf(object: JsonObject, name: string): string {
  const value = isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'string' ? value : '';
}
