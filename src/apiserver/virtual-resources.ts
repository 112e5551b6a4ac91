/**
 * Resources that are questions rather than things: they are posted, answered, and not kept (kubernetes
 * `pkg/registry/authorization`, `pkg/registry/authentication`, `pkg/registry/core/componentstatus`).
 */
import type { Json, JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { formatTime } from '../apimachinery/time';
import type { ApiResponse } from '../client/transport';
import type { UserInfo } from './authentication';
import { decodeObject } from './decode-object';
import { ensureNamespace } from './object-life';
import type { RequestContext } from './request-context';
import type { RequestInfo, Verb } from './request-info';
import { notImplemented, respond, respondObject } from './responses';
import { writeOptions } from './write-options';

type Handler = (context: RequestContext) => Promise<ApiResponse>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  bindings: async (context) => (await import('./subresources/binding')).handleBinding(context),
  componentstatuses: listComponents,
  'selfsubjectreviews.authentication.k8s.io': reviewSelf,
  'tokenreviews.authentication.k8s.io': async () => {
    throw notImplemented('tokenreviews.authentication.k8s.io');
  },
  'selfsubjectaccessreviews.authorization.k8s.io': (context) => reviewAccess(context, context.user),
  'subjectaccessreviews.authorization.k8s.io': (context) => reviewAccess(context),
  'localsubjectaccessreviews.authorization.k8s.io': (context) => reviewAccess(context),
  'selfsubjectrulesreviews.authorization.k8s.io': reviewRules,
};

export async function handleVirtual(context: RequestContext): Promise<ApiResponse> {
  const { group, plural } = context.resource.info;
  const name = group === '' ? plural : `${plural}.${group}`;
  const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  if (!handler) throw notImplemented(name);
  return handler(context);
}

async function posted(context: RequestContext): Promise<KubeObject> {
  const options = writeOptions(context, 'CreateOptions');
  const object = await decodeObject(context, context.request.body, options.fieldValidation);
  ensureNamespace(object, context.info.namespace);
  return object;
}

async function reviewSelf(context: RequestContext): Promise<ApiResponse> {
  const { core, user } = context;
  const object = await posted(context);
  object.metadata = { creationTimestamp: formatTime(core.clock.now()) };
  object['status'] = { userInfo: userInfo(user) };
  return respondObject(201, object, context.warnings);
}

function userInfo({ name, uid, groups, extra }: UserInfo): JsonObject {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups: [...groups],
    ...(extra ? { extra: extra as unknown as Json } : {}),
  };
}

interface AccessSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[];
  uid?: string;
}

/** Puts the question to the authorizer; without one everything is allowed. */
async function reviewAccess(context: RequestContext, self?: UserInfo): Promise<ApiResponse> {
  const object = await posted(context);
  const spec = (object['spec'] ?? {}) as AccessSpec;
  const user = self ?? { name: spec.user ?? '', groups: spec.groups ?? [], ...(spec.uid ? { uid: spec.uid } : {}) };
  const { resourceAttributes, nonResourceAttributes } = spec;
  const info: RequestInfo = {
    isResourceRequest: resourceAttributes !== undefined,
    verb: (resourceAttributes?.verb ?? nonResourceAttributes?.verb ?? '') as Verb,
    path: nonResourceAttributes?.path ?? '',
    query: {},
    group: resourceAttributes?.group ?? '',
    version: resourceAttributes?.version ?? '',
    resource: resourceAttributes?.resource ?? '',
    namespace: resourceAttributes?.namespace ?? '',
    name: resourceAttributes?.name ?? '',
    subresource: resourceAttributes?.subresource ?? '',
    subpath: '',
  };
  const decision = (await context.core.authorizer?.(user, info)) ?? { allowed: true };
  object['status'] = { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) };
  return respondObject(201, object, context.warnings);
}

/** Without an authorizer everybody has every right. */
async function reviewRules(context: RequestContext): Promise<ApiResponse> {
  if (context.core.authorizer) throw notImplemented('selfsubjectrulesreviews.authorization.k8s.io');
  const object = await posted(context);
  object['status'] = {
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  };
  return respondObject(201, object, context.warnings);
}

const COMPONENTS = ['controller-manager', 'scheduler', 'etcd-0'];

/** Deprecated since 1.19, and still asked for: what the control plane consists of is always well here. */
async function listComponents(context: RequestContext): Promise<ApiResponse> {
  const { info, resource, warnings } = context;
  warnings.push('v1 ComponentStatus is deprecated in v1.19+');
  const items = COMPONENTS.filter((name) => info.name === '' || name === info.name).map((name) => ({
    ...(info.name === '' ? {} : { kind: 'ComponentStatus', apiVersion: 'v1' }),
    metadata: { name, creationTimestamp: null },
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  }));
  if (info.name === '')
    return respond(
      200,
      { kind: 'ComponentStatusList', apiVersion: resource.apiVersion, metadata: {}, items },
      warnings,
    );
  const { notFound } = await import('../apimachinery/status');
  if (!items[0]) throw notFound(resource.groupResource, info.name);
  return respond(200, items[0], warnings);
}
