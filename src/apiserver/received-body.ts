/** A request's body as it was received. */
import type { Json } from '../apimachinery/json';

export interface ReceivedBody {
  value: Json | undefined;
  /** Keys that stand twice: what Strict refuses and Warn tells. */
  strictErrors: readonly string[];
  /** The beginning of the bytes, as messages quote it. */
  summary: string | undefined;
}

/** Of a request without a body. */
export const NOTHING_RECEIVED: ReceivedBody = Object.freeze({
  value: undefined,
  strictErrors: Object.freeze([]) as readonly string[],
  summary: undefined,
});
