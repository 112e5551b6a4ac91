/**
 * The audit log: one JSON line for each stage of each request that the policy names (apiserver `pkg/audit`,
 * `pkg/endpoints/filters/audit.go`, `plugin/pkg/audit/log`).
 */
import { isObject, type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import { stringifyJson } from '../../apimachinery/json-text';
import { formatMicroTime } from '../../apimachinery/time';
import { queryValues } from '../../client/query-values';
import type { ApiRequest, ApiResponse, WatchEvents } from '../../client/transport';
import type { Clock } from '../../sim/clock';
import type { Random } from '../../sim/random';
import type { UserInfo } from '../authentication';
import type { Decision } from '../authorization';
import { newUid } from '../object-life';
import type { RequestInfo } from '../request-info';
import { type AuditPolicy, LEVELS, type Level, type Noted, notedBy, type Stage } from './policy';
import type { AuditRecord } from './record';
import { sourceIPs } from './source-ips';

const LONGEST_USER_AGENT = 1024;
const TRUNCATED = '...TRUNCATED';

/** Where lines are added. */
export interface AuditLog {
  /** What it was when it was opened: whoever comes later draws other ids. */
  readonly state: string | number;
  /** Takes one line, without its end. */
  write(line: string): void;
}

export class Auditor {
  private count = 0;

  constructor(
    private readonly policy: AuditPolicy,
    private readonly log: AuditLog,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly lineOf: (event: JsonObject) => string = stringifyJson,
  ) {}

  /** A request has come. */
  begin(request: ApiRequest): AuditedRequest {
    this.count++;
    const id = request.headers?.['audit-id'] || newUid(this.random, request.path, this.count);
    const write = (event: JsonObject) => this.log.write(this.lineOf(event));
    return new AuditedRequest(request, id, this.policy, write, this.clock);
  }
}

/** One request on its way; nothing is known of it before `identify`. */
export class AuditedRequest implements AuditRecord {
  private readonly received: string;
  private noted: Noted | undefined;
  private info: RequestInfo | undefined;
  private readonly annotations = new Map<string, string>();
  private user: UserInfo | undefined;
  private impersonated: UserInfo | undefined;
  private constraint: string | undefined;
  private body: Json | undefined;

  constructor(
    private readonly request: ApiRequest,
    private readonly id: string,
    private readonly policy: AuditPolicy,
    private readonly write: (event: JsonObject) => void,
    private readonly clock: Clock,
  ) {
    this.received = formatMicroTime(clock.now());
  }

  /** It is known who asks for what, or that nobody knows who it is: now the policy tells what is noted. */
  identify(info: RequestInfo, user: UserInfo | undefined): void {
    this.info = info;
    this.user = user;
    this.noted = notedBy(this.policy, user, info);
    this.emit('RequestReceived', {});
  }

  /** @param constraint the verb that allowed it, where that was of a mode with constraints */
  impersonate(user: UserInfo, constraint: string | undefined): void {
    this.impersonated = user;
    this.constraint = constraint;
  }

  /** What the authorizers said (WithAuthorization). */
  decided({ allowed, reason = '', error }: Decision): void {
    if (!allowed && error) {
      this.annotate('authorization.k8s.io/reason', 'internal error');
      return;
    }
    this.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
    this.annotate('authorization.k8s.io/reason', reason);
  }

  annotate(key: string, value: string, level: Level = 'Metadata'): void {
    if (this.isAt(level) && !this.annotations.has(key)) this.annotations.set(key, value);
  }

  /** The body as JSON. */
  receive(body: Json | undefined): void {
    this.body = body;
  }

  /** The answer as it goes out, whose end is noted when it comes. */
  finish(response: ApiResponse): ApiResponse {
    if (!this.noted || this.noted.level === 'None') return response;
    const { events, chunks } = response;
    if (!events && !chunks) {
      this.emit('ResponseComplete', this.responseOf(response));
      return response;
    }
    const status = { responseStatus: { metadata: {}, code: response.code } };
    this.emit('ResponseStarted', status);
    const complete = () => this.emit('ResponseComplete', status);
    return {
      ...response,
      ...(events ? { events: watched(events, complete) } : {}),
      ...(chunks ? { chunks: untilEnd(chunks, complete) } : {}),
    };
  }

  private isAt(level: Level): boolean {
    return !this.noted || LEVELS.indexOf(this.noted.level) >= LEVELS.indexOf(level);
  }

  private emit(stage: Stage, more: JsonObject): void {
    const { noted, info } = this;
    if (!noted || !info || noted.level === 'None' || noted.omitStages.includes(stage)) return;
    const { headers = {} } = this.request;
    const userAgent = headers['user-agent'] ?? '';
    const complete = stage !== 'RequestReceived';
    const { responseStatus, responseObject } = more;
    const event: JsonObject = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: noted.level,
      auditID: this.id,
      stage,
      requestURI: uriOf(this.request),
      verb: info.verb,
      user: userOf(this.user),
      ...(complete && this.impersonated ? { impersonatedUser: userOf(this.impersonated) } : {}),
      ...(complete && this.constraint ? { authenticationMetadata: { impersonationConstraint: this.constraint } } : {}),
      sourceIPs: sourceIPs(this.request),
      ...(userAgent === ''
        ? {}
        : {
            userAgent:
              userAgent.length > LONGEST_USER_AGENT ? userAgent.slice(0, LONGEST_USER_AGENT) + TRUNCATED : userAgent,
          }),
      ...(info.isResourceRequest ? { objectRef: this.objectRef(info, complete) } : {}),
      ...(responseStatus === undefined ? {} : { responseStatus }),
      ...(complete && this.isAt('Request') && info.isResourceRequest && this.body !== undefined
        ? { requestObject: this.told(this.body) }
        : {}),
      ...(responseObject === undefined ? {} : { responseObject }),
      requestReceivedTimestamp: this.received,
      stageTimestamp: stage === 'RequestReceived' ? this.received : formatMicroTime(this.clock.now()),
      ...(complete && this.annotations.size > 0 ? { annotations: Object.fromEntries(this.annotations) } : {}),
    };
    this.write(event);
  }

  /** A name that the path does not say is in the body (LogRequestObject). */
  private objectRef(info: RequestInfo, complete: boolean): JsonObject {
    const { group, version, resource, subresource, namespace } = info;
    const writes = complete && (info.verb === 'create' || info.verb === 'update') && isObject(this.body);
    const metadata = writes && isObject(this.body) ? this.body['metadata'] : undefined;
    const own = isObject(metadata) ? metadata : {};
    const known: Record<string, Json | undefined> = {
      resource,
      namespace: namespace || own['namespace'],
      name: info.name || own['name'],
      uid: own['uid'],
      apiGroup: group,
      apiVersion: version,
      resourceVersion: own['resourceVersion'],
      subresource,
    };
    return Object.fromEntries(
      Object.entries(known).filter(([, value]) => value !== undefined && value !== ''),
    ) as JsonObject;
  }

  private responseOf({ code, body }: ApiResponse): JsonObject {
    const isStatus = isObject(body) && body['kind'] === 'Status' && body['apiVersion'] === 'v1';
    const told: JsonObject = isStatus ? pick(body, ['status', 'message', 'reason', 'details']) : {};
    if (this.user === undefined && code === 401) told['message'] = this.failedAuthentication();
    const status: JsonObject = { metadata: {}, ...told, code };
    const whole = this.isAt('RequestResponse') && this.info?.isResourceRequest && isObject(body);
    return { responseStatus: status, ...(whole ? { responseObject: this.told(body) } : {}) };
  }

  /** WithFailedAuthenticationAudit. */
  private failedAuthentication(): string {
    const [scheme = ''] = (this.request.headers?.['authorization'] ?? '').split(' ');
    const attempted = [
      ...(/^bearer$/i.test(scheme) ? ['bearer'] : /^basic$/i.test(scheme) ? ['basic'] : []),
      ...(this.request.origin?.certificate ? ['x509'] : []),
    ];
    return attempted.length > 0
      ? `Authentication failed, attempted: ${attempted.join(', ')}`
      : 'Authentication failed, no credentials provided';
  }

  private told(value: Json): Json {
    return this.noted?.omitManagedFields ? withoutManagedFields(value) : value;
  }
}

function pick(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (object[name] === undefined ? [] : [[name, object[name]]])));
}

function withoutManagedFields(value: Json): Json {
  if (!isObject(value)) return value;
  const { metadata, items } = value;
  const bare: JsonObject = { ...value };
  if (isObject(metadata)) {
    const { managedFields: _, ...rest } = metadata;
    bare['metadata'] = rest;
  }
  if (Array.isArray(items)) bare['items'] = items.map(withoutManagedFields);
  return bare;
}

function userOf(user: UserInfo | undefined): JsonObject {
  if (!user) return {};
  const { name, uid, groups, extra } = user;
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra: jsonOf(extra) } : {}),
  };
}

function uriOf({ path, query = {} }: ApiRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : name === 'command' ? queryValues(value).map((one) => [name, one]) : [[name, value]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

async function* untilEnd<T>(items: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    end();
  }
}

/** Ends when whoever reads it stops, too. */
function watched(events: WatchEvents, end: () => void): WatchEvents {
  return {
    [Symbol.asyncIterator]() {
      const iterator = events[Symbol.asyncIterator]();
      let ended = false;
      const once = () => {
        if (!ended) end();
        ended = true;
      };
      return {
        async next() {
          const result = await iterator.next();
          if (result.done) once();
          return result;
        },
        async return(value?: unknown) {
          once();
          return (await iterator.return?.(value)) ?? { done: true, value: undefined };
        },
      };
    },
    ...(events.bookmark ? { bookmark: () => (events.bookmark as NonNullable<WatchEvents['bookmark']>)() } : {}),
  };
}
