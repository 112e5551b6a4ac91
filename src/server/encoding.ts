/** Bodies as bytes: JSON, in one line or pretty. */
import type { Json } from '../apimachinery/json';
import { stringifyGo, stringifyJson } from '../apimachinery/json-text';
import type { WatchEvent } from '../client/transport';

export interface Encoder {
  /** Of what `encode` gives. */
  contentType: string;
  encode(body: Json): Uint8Array;
  encodeEvent(event: WatchEvent): Uint8Array;
}

export const JSON_ENCODER: Encoder = {
  contentType: 'application/json',
  encode: (body) => Buffer.from(`${stringifyJson(body)}\n`),
  encodeEvent: (event) => recentEvents.bytes(event),
};

const PRETTY_ENCODER: Encoder = {
  contentType: 'application/json',
  encode: (body) => Buffer.from(`${stringifyGo(body, { indent: '  ', sortKeys: false })}\n`),
  encodeEvent: (event) => recentEvents.bytes(event),
};

/** Pretty where `?pretty` says so, else for programs that people read the output of (apiserver `negotiation/negotiate.go` isPrettyPrint). */
export function encoderFor(query: Readonly<Record<string, string | undefined>>, userAgent: string): Encoder {
  const asked = query['pretty'];
  const pretty = asked ? /^(1|t|true)$/i.test(asked) : /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
  return pretty ? PRETTY_ENCODER : JSON_ENCODER;
}

/**
 * The bytes of the events that were told last: when many watch the same things, each event is written as JSON once. It is known
 * by its object, which is shared and frozen.
 */
class RecentEvents {
  private readonly byObject = new Map<object, Map<string, Uint8Array>>();
  private size = 0;

  bytes({ type, object }: WatchEvent): Uint8Array {
    const key = object as object;
    const known = this.byObject.get(key);
    const found = known?.get(type);
    if (found) return found;
    const bytes = Buffer.from(`{"type":"${type}","object":${stringifyJson(object as unknown as Json)}}\n`);
    if (known) known.set(type, bytes);
    else this.byObject.set(key, new Map([[type, bytes]]));
    this.size += bytes.length;
    while (this.size > RecentEvents.LIMIT && this.byObject.size > 1) this.forgetOldest();
    return bytes;
  }

  private static readonly LIMIT = 2 * 1024 * 1024;

  private forgetOldest(): void {
    const [key, events] = this.byObject.entries().next().value as [object, Map<string, Uint8Array>];
    this.byObject.delete(key);
    for (const bytes of events.values()) this.size -= bytes.length;
  }
}

const recentEvents = new RecentEvents();
