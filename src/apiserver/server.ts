/**
 * The API server: requests as HTTP would carry them, answered from a store. One pipeline: authenticate, impersonate, authorize,
 * decode and default, admit, validate, store, respond.
 */
import type { Json } from '../apimachinery/json';
import { notFound } from '../apimachinery/status';
import { EXPLAIN_HEADER } from '../client/admission-headers';
import type { ApiRequest, ApiResponse, Transport } from '../client/transport';
import type { Clock } from '../sim/clock';
import type { Random } from '../sim/random';
import type { Store } from '../store/store';
import { AdmissionChain } from './admission/chain';
import type { AdmissionPlugin } from './admission/plugin';
import type { AdmissionSettings } from './admission/settings';
import type { AskAdmissionWebhook } from './admission/webhooks/ask';
import type { AuditedRequest, Auditor } from './audit/auditor';
import { authenticate, type LoadAuthentication, type UserInfo, unauthorized } from './authentication';
import { type Authorizer, authorize, type Decision, withSelectedName } from './authorization';
import { FLOWCONTROL_GROUP, RBAC_GROUP } from './bootstrapped-groups';
import { builtinSource, ResourceCatalog, type ResourceSource } from './catalog';
import { CustomKinds } from './custom/custom-kinds';
import { type Accepted, BUILTIN, CUSTOM, isPlain, negotiateOutput } from './encoding/negotiate';
import type { FeatureGates } from './feature-gates';
import { answerHealth } from './health';
import type { Impersonation } from './impersonation';
import { handleGet, handleList } from './list';
import { isMetricsGroup } from './metrics/metric-groups';
import { MetricKinds } from './metrics/metric-kinds';
import { answerPath } from './non-resource-paths';
import { resourceReader } from './reader';
import { NOTHING_RECEIVED, type ReceivedBody } from './received-body';
import type {
  Execute,
  LoadTokenIssuer,
  OpenContainerLog,
  ReadUsage,
  RequestContext,
  ServedRequest,
  ServerCore,
} from './request-context';
import { type RequestInfo, requestInfo } from './request-info';
import type { ServiceRanges } from './resource';
import { methodNotAllowed, notImplemented, respondError } from './responses';
import type { ServedResource } from './served-resource';
import { transformResponse } from './transform';
import { unknownPath } from './unknown-path';

export interface ApiServerOptions {
  store: Store;
  clock: Clock;
  /** Of the cluster; the server forks it for each thing that needs chance. */
  random: Random;
  /** Which kinds are served; default: all built-in ones. */
  source?: ResourceSource;
  /** In upstream's order, or which of upstream's; default: those that are on by default. */
  admission?: readonly AdmissionPlugin[] | AdmissionSettings;
  /** Who knows the credentials that requests show; default: none are known. */
  authentication?: LoadAuthentication;
  /** See ServerCore.serviceAccountTokens. */
  serviceAccountTokens?: LoadTokenIssuer;
  /** Default: everybody may do everything. */
  authorizer?: Authorizer;
  /** Features that are not as they are by default. */
  featureGates?: FeatureGates;
  /** What Services are given; default: kubeadm's ranges. */
  serviceRanges?: ServiceRanges;
  /** True once no more requests are taken from outside. */
  isClosing?(): boolean;
  /** See ServerCore.awaitDefaultAccount. */
  awaitDefaultAccount?(namespace: string): Promise<void>;
  /** See ServerCore.awaitBootstrapObjects. */
  awaitBootstrapObjects?(group: string): Promise<void>;
  /** See ServerCore.openContainerLog. */
  openContainerLog?: OpenContainerLog;
  /** See ServerCore.execute. */
  execute?: Execute;
  /** Keeps the audit log; default: there is none. */
  auditor?: Auditor;
  /** See ServerCore.askAdmissionWebhook. */
  askAdmissionWebhook?: AskAdmissionWebhook;
  /** See ServerCore.readUsage. */
  readUsage?: ReadUsage;
}

/** As kube-apiserver and kubeadm have them. */
const DEFAULT_SERVICE_RANGES: ServiceRanges = { cidrs: ['10.96.0.0/12'], nodePorts: [30000, 32767] };

/** Answers requests for paths that are no resources: `/kubetick/tick`. */
export type PathHandler = (
  request: ServedRequest,
  details: { info: RequestInfo; user: UserInfo; core: ServerCore },
) => Promise<ApiResponse>;

export interface ApiServer extends Transport {
  readonly core: ServerCore;
  /**
   * Sends every path that starts with `prefix` (`/metrics`) to a handler; the longest prefix counts. A handler that judges who
   * asks does so instead of the authorizer.
   */
  handle(prefix: string, handler: PathHandler, options?: { judges: boolean }): void;
}

/** An API server over a store; its Transport is the only way in. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, clock, random } = options;
  const core: ServerCore = {
    store,
    clock,
    random,
    catalog: new ResourceCatalog(options.source ?? builtinSource, [new CustomKinds(store), new MetricKinds(store)]),
    admission: new AdmissionChain(options.admission),
    authorizer: options.authorizer,
    reader: resourceReader(store),
    featureGates: options.featureGates ?? {},
    serviceRanges: options.serviceRanges ?? DEFAULT_SERVICE_RANGES,
    awaitDefaultAccount: options.awaitDefaultAccount,
    awaitBootstrapObjects: options.awaitBootstrapObjects,
    openContainerLog: options.openContainerLog,
    execute: options.execute,
    readUsage: options.readUsage,
    authentication: options.authentication ?? nobodyKnown,
    serviceAccountTokens: options.serviceAccountTokens,
    askAdmissionWebhook: options.askAdmissionWebhook,
  };
  const paths = new Map<string, PathHandler>();
  const judges = new Set<PathHandler>();

  function senderOf(request: ApiRequest, info: RequestInfo, warnings: string[], audit: AuditedRequest | undefined) {
    const known = authenticate(core.authentication, request, warnings, audit);
    if (audit && known instanceof Promise)
      known.catch(() => {
        audit.identify(info, undefined);
      });
    return known;
  }

  let impersonation: Promise<Impersonation> | undefined;
  async function impersonated(
    sender: UserInfo,
    info: RequestInfo,
    headers: Record<string, string>,
    audit: AuditedRequest | undefined,
  ): Promise<UserInfo> {
    impersonation ??= import('./impersonation').then(({ Impersonation }) => new Impersonation(core.authorizer));
    const { user, constraint } = (await (await impersonation).userOf(sender, info, headers)) ?? { user: sender };
    if (user !== sender) audit?.impersonate(user, constraint);
    return user;
  }

  // Step by step, and at once as long as nothing has to be waited for: most requests are those of this process, and each wait costs.
  function answer(request: ApiRequest, warnings: string[], audit?: AuditedRequest): Answer {
    const info = requestInfo(request);
    const known = senderOf(request, info, warnings, audit);
    const asking = { request, info, warnings, audit };
    return known instanceof Promise ? known.then((late) => answerSender(asking, late)) : answerSender(asking, known);
  }

  function answerSender(asking: Asking, sender: UserInfo): Answer {
    const { info, audit } = asking;
    const { headers } = asking.request;
    audit?.identify(info, sender);
    if (!headers || !impersonates(headers)) return answerUser(asking, sender);
    return impersonated(sender, info, headers, audit).then((user) => answerUser(asking, user));
  }

  function answerUser(asking: Asking, user: UserInfo): Answer {
    const { info, audit } = asking;
    const handler = info.isResourceRequest ? undefined : longestPrefix(paths, info.path);
    if (core.authorizer && !(handler && judges.has(handler))) {
      const hear = audit && ((decision: Decision) => audit.decided(decision));
      const judgement = authorize(core.authorizer, user, withSelectedName(info), hear);
      if (judgement) return judgement.then(() => answerAllowed(asking, user, handler));
    }
    return answerAllowed(asking, user, handler);
  }

  function answerAllowed(asking: Asking, user: UserInfo, handler: PathHandler | undefined): Answer {
    const { info } = asking;
    if (!info.isResourceRequest) return answerOther(asking, user, handler);
    const { group, version, resource } = info;
    const hasToBeMade = group === RBAC_GROUP || group === FLOWCONTROL_GROUP;
    const loaded = hasToBeMade ? undefined : core.catalog.loaded(group, version, resource);
    return loaded
      ? answerAbout(asking, user, loaded)
      : findResource(info).then((found) => answerAbout(asking, user, found));
  }

  async function answerOther(
    { request, info }: Asking,
    user: UserInfo,
    handler: PathHandler | undefined,
  ): Promise<ApiResponse> {
    if (handler) return handler(await withPlainBody(request), { info, user, core });
    const health = answerHealth(info, store, options.isClosing);
    if (health) return health;
    await core.catalog.refresh();
    return answerPath(info.path, { ...request, query: info.query }, core);
  }

  async function findResource({ group, version, resource, path }: RequestInfo): Promise<ServedResource> {
    if (group === RBAC_GROUP || group === FLOWCONTROL_GROUP) await core.awaitBootstrapObjects?.(group);
    const found = await core.catalog.find(group, version, resource);
    if (!found) throw unknownPath(path);
    return found;
  }

  function answerAbout(asking: Asking, user: UserInfo, resource: ServedResource): Answer {
    const { request, info, warnings } = asking;
    if (info.namespace !== '' && !resource.info.namespaced && info.resource !== 'namespaces')
      throw unknownPath(info.path);
    if (resource.notice) warnings.push(resource.notice);
    const accept = request.headers?.['accept'];
    const accepted = negotiateOutput(accept, resource.custom ? CUSTOM : BUILTIN, info.verb === 'watch');
    if (isText(request.body))
      return receive(request, info, resource).then((received) =>
        answerReceived(asking, user, resource, accepted, { ...request, body: received.value as Json }, received),
      );
    return answerReceived(asking, user, resource, accepted, request as ServedRequest, receivedAsItIs(request.body));
  }

  function answerReceived(
    { info, warnings, audit }: Asking,
    user: UserInfo,
    resource: ServedResource,
    accepted: Accepted,
    request: ServedRequest,
    received: ReceivedBody,
  ): Answer {
    audit?.receive(request.body);
    const context: RequestContext = { core, request, received, info, user, resource, accepted, warnings, audit };
    if (request.headers?.[EXPLAIN_HEADER] === 'admission') return explained(context);
    const response = dispatch(context);
    if (isPlain(accepted)) return response;
    return response instanceof Promise
      ? response.then((late) => transformResponse(context, late))
      : transformResponse(context, response);
  }

  /** A failure is an answer too. */
  function send(request: ApiRequest): Answer {
    const warnings: string[] = [];
    const audit = options.auditor?.begin(request);
    let response: Answer;
    try {
      response = answer(request, warnings, audit);
    } catch (error) {
      response = respondError(error, warnings);
    }
    return response instanceof Promise
      ? awaitAnswer(request, response, warnings, audit)
      : finished(request, response, audit);
  }

  async function awaitAnswer(
    request: ApiRequest,
    answer: Promise<ApiResponse>,
    warnings: string[],
    audit: AuditedRequest | undefined,
  ): Promise<ApiResponse> {
    let response: ApiResponse;
    try {
      response = await answer;
    } catch (error) {
      response = respondError(error, warnings);
    }
    return finished(request, response, audit);
  }

  return {
    core,
    handle(prefix, handler, options) {
      paths.set(prefix, handler);
      if (options?.judges) judges.add(handler);
    },
    send,
    flush: () => store.flush(),
    close: () => store.close(),
  };
}

const nobodyKnown: LoadAuthentication = () => {
  throw unauthorized();
};

/** The answer, with what admission plugins have changed. */
async function explained(context: RequestContext): Promise<ApiResponse> {
  const { AdmissionSteps } = await import('./admission/explained-changes');
  const steps = new AdmissionSteps();
  const response = await dispatch({ ...context, steps });
  return transformResponse(context, steps.tell(response, context.resource.schema));
}

function finished(request: ApiRequest, response: ApiResponse, audit: AuditedRequest | undefined): Answer {
  const audited = audit ? audit.finish(response) : response;
  return request.asBytes ? withBytes(request, audited) : audited;
}

async function withBytes(request: ApiRequest, response: ApiResponse): Promise<ApiResponse> {
  const { responseEncoder } = await import('./encoding/response-encoder');
  const encoder = await responseEncoder(request, response);
  return { ...response, bytes: encoder.encode(response.body) };
}

function isText(body: ApiRequest['body']): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

async function receive(request: ApiRequest, info: RequestInfo, resource: ServedResource): Promise<ReceivedBody> {
  return (await import('./request-body')).receiveBody(request, info, resource);
}

function receivedAsItIs(value: Json | undefined): ReceivedBody {
  return value === undefined
    ? NOTHING_RECEIVED
    : { value, strictErrors: NOTHING_RECEIVED.strictErrors, summary: undefined };
}

async function withPlainBody(request: ApiRequest): Promise<ServedRequest> {
  if (!(request.body instanceof Uint8Array)) return request as ServedRequest;
  const { plainBody } = await import('./request-body');
  const { body, ...rest } = request;
  const value = plainBody(body);
  return value === undefined ? rest : { ...rest, body: value };
}

/** At once, where nothing had to be waited for. */
type Answer = ApiResponse | Promise<ApiResponse>;

/** A request, as it is asked. */
interface Asking {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly warnings: string[];
  readonly audit: AuditedRequest | undefined;
}

type Handler = (context: RequestContext) => Answer;

/** Who only reads needs little of the server; the rest is loaded with the first request that asks for it. */
const LATE_HANDLERS: Readonly<Record<string, () => Promise<Handler>>> = {
  watch: async () => (await import('./watch')).handleWatch,
  create: async () => (await import('./create')).handleCreate,
  update: async () => (await import('./update')).handleUpdate,
  patch: async () => (await import('./patch')).handlePatch,
  delete: async () => (await import('./delete')).handleDelete,
  deletecollection: async () => (await import('./delete-collection')).handleDeleteCollection,
};

const handlers = new Map<string, Handler>([
  ['get', handleGet],
  ['list', handleList],
]);

/** @throws ApiError at once, where nothing has to be waited for to see that it can't be done. */
function dispatch(context: RequestContext): Answer {
  const { core, info, resource } = context;
  const { verb } = info;
  if (isMetricsGroup(resource.info.group)) return serveMetrics(context);
  if (info.subresource === '') {
    if (verb === 'create' && info.name !== '') throw methodNotAllowed();
    // There is no such route; custom kinds have no routes.
    if ((verb === 'update' || verb === 'patch') && info.name === '' && !resource.custom) throw methodNotAllowed();
    if (!resource.info.verbs.includes(verb)) throw methodNotAllowed();
    // What lies in a namespace is read and written in one; across all of them there are lists.
    if (resource.info.namespaced && info.namespace === '' && verb !== 'list' && verb !== 'watch')
      throw info.name === '' ? methodNotAllowed() : unknownPath(info.path);
  }
  const isReady = READS.has(verb) || (core.admission.ready && !resource.loadRules);
  return isReady ? serve(context) : loadAndServe(context);
}

async function serveMetrics(context: RequestContext): Promise<ApiResponse> {
  return (await import('./metrics/answer')).answerMetrics(context);
}

async function loadAndServe(context: RequestContext): Promise<ApiResponse> {
  const { core, resource } = context;
  if (!core.admission.ready) await core.admission.load();
  if (resource.loadRules) await resource.loadRules();
  return serve(context);
}

function serve(context: RequestContext): Answer {
  if (context.info.subresource !== '') return handleSubresource(context);
  if (isVirtual(context.resource)) return serveVirtual(context);
  return handle(context);
}

function handle(context: RequestContext): Answer {
  const handler = handlers.get(context.info.verb);
  return handler ? handler(context) : loadAndHandle(context);
}

async function loadAndHandle(context: RequestContext): Promise<ApiResponse> {
  return (await loadHandler(context.info.verb))(context);
}

async function serveVirtual(context: RequestContext): Promise<ApiResponse> {
  return (await import('./virtual-resources')).handleVirtual(context);
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

async function loadHandler(verb: string): Promise<Handler> {
  const handler = await LATE_HANDLERS[verb]?.();
  if (!handler) throw methodNotAllowed();
  handlers.set(verb, handler);
  return handler;
}

/** Subresources that are written many at a time are handled by what is loaded already. */
let bindingHandler: Handler | undefined;

function handleSubresource(context: RequestContext): Answer {
  const { info, resource } = context;
  const { subresource, verb } = info;
  const served = resource.subresource(subresource);
  if (!served && resource.custom && info.name !== '') throw notFound(resource.groupResource, info.name);
  if (!served || info.name === '') throw unknownPath(info.path);
  if (!served.verbs.includes(verb)) throw methodNotAllowed();
  if (resource.info.namespaced && info.namespace === '') throw unknownPath(info.path);
  if (subresource === 'status' && !resource.loadRules) return handle(context);
  if (subresource === 'binding' && bindingHandler) return bindingHandler(context);
  return loadSubresource(context);
}

async function loadSubresource(context: RequestContext): Promise<ApiResponse> {
  const { info, resource } = context;
  const { subresource } = info;
  switch (subresource) {
    case 'scale':
      // Where a custom kind keeps its replicas is among its rules.
      if (resource.loadRules) await resource.loadRules();
      return (await import('./subresources/scale')).handleScale(context);
    case 'binding':
      bindingHandler = (await import('./subresources/binding')).handleBinding;
      return bindingHandler(context);
    case 'token':
      if (resource.info.plural === 'serviceaccounts' && resource.info.group === '')
        return (await import('./subresources/token')).handleToken(context);
      break;
    case 'eviction':
      return (await import('./subresources/eviction')).handleEviction(context);
    case 'log':
      return (await import('./subresources/pod-log')).handleLog(context);
    case 'exec':
    case 'attach':
    case 'portforward':
      return (await import('./subresources/pod-streams')).handlePodStream(context);
  }
  // The strategies of subresources are among the rules.
  if (resource.loadRules) await resource.loadRules();
  if (subresource === 'status' || subresource === 'finalize' || hasStrategy(resource, subresource))
    return handle(context);
  throw notImplemented(`${resource.info.plural}/${subresource}`);
}

function hasStrategy({ definition }: ServedResource, subresource: string): boolean {
  return definition.subresources !== undefined && Object.hasOwn(definition.subresources, subresource);
}

/** Resources that are questions rather than things are answered and not kept. */
function isVirtual({ info }: ServedResource): boolean {
  if (info.group === '') return info.plural === 'bindings' || info.plural === 'componentstatuses';
  return info.group === 'authentication.k8s.io' || info.group === 'authorization.k8s.io';
}

function impersonates(headers: Record<string, string>): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
}

function longestPrefix(paths: ReadonlyMap<string, PathHandler>, path: string): PathHandler | undefined {
  let best: PathHandler | undefined;
  let length = -1;
  for (const [prefix, handler] of paths)
    if (prefix.length > length && path.startsWith(prefix)) {
      best = handler;
      length = prefix.length;
    }
  return best;
}
