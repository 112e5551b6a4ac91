/**
 * Resources that are questions rather than things: they are posted, answered, and not kept (kubernetes
 * `pkg/registry/authorization`, `pkg/registry/authentication`, `pkg/registry/core/componentstatus`).
 */
import type { ApiResponse } from '../client/transport';
import type { RequestContext } from './request-context';
import { notImplemented, respond } from './responses';
import type { Subject } from './reviews/access-spec';

type Handler = (context: RequestContext) => Promise<ApiResponse>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  bindings: async (context) => (await import('./subresources/binding')).handleBinding(context),
  componentstatuses: listComponents,
  'selfsubjectreviews.authentication.k8s.io': async (context) => (await import('./reviews/self')).reviewSelf(context),
  'tokenreviews.authentication.k8s.io': async (context) => (await import('./reviews/token')).reviewToken(context),
  'selfsubjectaccessreviews.authorization.k8s.io': (context) => reviewAccess(context, 'self'),
  'subjectaccessreviews.authorization.k8s.io': (context) => reviewAccess(context, 'named'),
  'localsubjectaccessreviews.authorization.k8s.io': (context) => reviewAccess(context, 'local'),
  'selfsubjectrulesreviews.authorization.k8s.io': async (context) =>
    (await import('./reviews/self')).reviewRules(context),
};

export async function handleVirtual(context: RequestContext): Promise<ApiResponse> {
  const { group, plural } = context.resource.info;
  const name = group === '' ? plural : `${plural}.${group}`;
  const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
  if (!handler) throw notImplemented(name);
  return handler(context);
}

async function reviewAccess(context: RequestContext, subject: Subject): Promise<ApiResponse> {
  const { reviewAccess: review } = await import('./reviews/access');
  return review(context, subject);
}

const COMPONENTS = ['controller-manager', 'scheduler', 'etcd-0'];

/** Deprecated since 1.19, and still asked for: what the control plane consists of is always well here. */
async function listComponents(context: RequestContext): Promise<ApiResponse> {
  const { info, resource, warnings } = context;
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
