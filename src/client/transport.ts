/** The one seam: how a request reaches an API server, in this process or over HTTP(S). */
import type { Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';

/** What a listener knows of where a request comes from. A request without it comes from this process. */
export interface RequestOrigin {
  address: string;
  /** The certificate that the client showed. */
  certificate?: {
    commonName: string;
    organizations: readonly string[];
    uid?: string;
    fingerprint: string;
    /** Decimal. */
    serialNumber: string;
    /** Why it is not good: the cluster's authority does not stand behind it, or the machine's clock is past its end. */
    refused?: string;
    /** In milliseconds, of one that is good by the cluster's clock. */
    validity?: { from: number; to: number };
    /** What another authority has to say of it (PEM): 'good', or why it is not. */
    judgedBy?(authority: string): string;
  };
}

/** What a path addresses: an object of a resource or one of its subresources, or all objects of it. */
export interface RequestTarget {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for all namespaces and for what has none. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/v1/namespaces/default/pods/web`: percent-encoded where HTTP would be. */
  path: string;
  /** The same as `path` says, which has no escapes then: whoever has made it of this spares others in this process reading it. */
  target?: RequestTarget | undefined;
  /** `{ labelSelector: 'a=b', watch: 'true' }` */
  query?: Record<string, string | undefined>;
  /** Names in lower case: `content-type`, `accept`, `user-agent`, `impersonate-user`. What comes more than once: see header-values.ts. */
  headers?: Record<string, string>;
  /**
   * A JSON value; the receiver does not change it. A string stands for raw text (YAML bodies of server-side apply), bytes for a
   * body as it came over the wire, which its `content-type` says how to read.
   */
  body?: Json | Uint8Array;
  signal?: AbortSignal;
  /** Set by listeners, and by nobody else. */
  origin?: RequestOrigin;
  /** The answer is wanted as bytes too, as they go over the wire (`get --raw`). */
  asBytes?: true;
}

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  | { type: 'ERROR'; object: Json };

/** A piece of what a container says to who is connected to it; the last one says how it ended. */
export interface SessionPart {
  channel: 'output' | 'outcome';
  text: string;
  /** So many simulated milliseconds after the connection was made; at once where absent. */
  after?: number;
}

/**
 * A failure is an answer too: its body is a Status. `body` is shared with the server and frozen; copy before changing.
 * `warnings` are the texts of Warning headers (299).
 */
export interface ApiResponse {
  code: number;
  headers: Record<string, string>;
  body: Json;
  warnings: string[];
  /** The body as it goes over the wire: where it is no JSON value, where it is large (an OpenAPI document), and for who asks. */
  bytes?: Uint8Array;
  /** Set for a watch that was accepted, and for requests that answer bit by bit (a long tick). */
  events?: WatchEvents;
  /** Set where a connection to a container was asked for: what is said on it. */
  session?: AsyncIterable<SessionPart>;
  /** Set where the body is a text that goes on (a log that is followed): its parts, as they come. */
  chunks?: AsyncIterable<string>;
}

export interface WatchEvents extends AsyncIterable<WatchEvent> {
  /**
   * Of a watch in process that was asked for bookmarks: one that says how far it has come, or undefined while something is
   * still to be told. When they are sent is for whoever sends them to say.
   */
  bookmark?(): Promise<WatchEvent | undefined>;
}

export interface Transport {
  /** At once, where nothing has to be waited for. */
  send(request: ApiRequest): ApiResponse | Promise<ApiResponse>;
  /** Lets go of what it holds: files, locks, sockets. Everything acknowledged is durable when it resolves. */
  close(): Promise<void>;
  /** Resolves when everything acknowledged so far is durable. Commands call it before they print what they did. */
  flush(): Promise<void>;
  /** Where the server is another program: lets requests and answers pass as they are, whatever is in them. */
  wire?: Wire;
}

export interface Wire {
  /** The path of the server's address; '' for none. */
  serverPath: string;
  exchange(request: WireRequest): Promise<WireResponse>;
}

export interface WireRequest {
  method: string;
  /** Path and query, as they were. `serverPath` goes before it only if it is part of it. */
  target: string;
  headers: Record<string, string | string[]>;
  body: Uint8Array;
  signal: AbortSignal;
}

export interface WireResponse {
  code: number;
  headers: Record<string, string | string[]>;
  body: AsyncIterable<Uint8Array>;
}
