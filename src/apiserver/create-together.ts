/**
 * Many new objects in one commit: what a component of this process has to say at once. They come out as its requests one by one
 * would have made them, but for the revision, which is one for all. Nobody outside can ask for it. Those that are of interest
 * (the simulation) hear of them as changes: they are rarely read.
 */
import type { KubeObject } from '../apimachinery/meta';
import { ApiError, alreadyExists } from '../apimachinery/status';
import { type ResourcePath, resourcePath } from '../client/client';
import { ConflictError, type Write } from '../store/store';
import { AlikeEvents, formOf } from './alike-events';
import type { UserInfo } from './authentication';
import { authorize } from './authorization';
import { prepareCreate } from './create';
import { BUILTIN, negotiateOutput } from './encoding/negotiate';
import { ensureNamespace } from './object-life';
import { checkSize } from './object-size';
import { storableValue } from './object-writes';
import { NOTHING_RECEIVED } from './received-body';
import type { RequestContext, ServerCore } from './request-context';
import { requestInfo } from './request-info';
import type { ServedResource } from './served-resource';
import { unknownPath } from './unknown-path';
import { optionsOf, type WriteOptions } from './write-options';

/** One of them, and who asks for it. The object is decoded and defaulted, and used up. */
export interface Draft {
  user: UserInfo;
  object: KubeObject;
}

/**
 * Creates what can be created.
 * @param userAgent of the component: it makes the field manager's name
 * @returns of those that were refused, why
 */
export async function createTogether(
  core: ServerCore,
  path: ResourcePath,
  drafts: readonly Draft[],
  userAgent: string,
): Promise<ApiError[]> {
  const resource = await core.catalog.find(path.group, path.version, path.resource);
  if (!resource) throw unknownPath(resourcePath(path, ''));
  if (!core.admission.ready) await core.admission.load();
  if (resource.loadRules) await resource.loadRules();
  const contexts = new Contexts(core, path, resource, userAgent);
  const options = optionsOf(userAgent);
  const alike = new AlikeEvents(core, resource, options, await core.store.revision());
  const refusals: ApiError[] = [];
  const writes: Write[] = [];
  for (let i = 0; i < drafts.length; i++) {
    const { user, object } = drafts[i] as Draft;
    const { namespace = '' } = object.metadata;
    try {
      const context = contexts.known(user, namespace) ?? (await contexts.ask(user, namespace));
      const form = formOf(object);
      const write = form === undefined ? undefined : alike.writeOf(form, object);
      if (write) {
        writes.push(write);
        continue;
      }
      const before = { ...object };
      writes.push(await wholeWriteOf(context, object, options));
      if (form !== undefined) await alike.learn(form, context, before, object);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusals.push(error);
    }
  }
  if (!(await isCommitted(core, writes)))
    for (const write of writes)
      if (!(await isCommitted(core, [write])))
        refusals.push(alreadyExists(resource.groupResource, write.key.slice(write.key.lastIndexOf('/') + 1)));
  return refusals;
}

async function wholeWriteOf(context: RequestContext, object: KubeObject, options: WriteOptions): Promise<Write> {
  ensureNamespace(object, context.info.namespace);
  const { key } = await prepareCreate(context, object, options);
  const value = storableValue(object);
  await checkSize(value, context.resource, undefined);
  return { key, value, expect: 0, rarelyRead: true };
}

/** False where one of them is there already, or twice among them. */
async function isCommitted({ store }: ServerCore, writes: Write[]): Promise<boolean> {
  try {
    await store.commit(writes);
    return true;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof RangeError) return false;
    throw error;
  }
}

/** The request that each would have been; one for all of one user in one namespace, who is asked once whether he may. */
class Contexts {
  private readonly asked = new Map<UserInfo, Map<string, RequestContext>>();
  private readonly requests = new Map<string, Pick<RequestContext, 'request' | 'info'>>();
  private readonly accepted = negotiateOutput(undefined, BUILTIN, false);

  constructor(
    private readonly core: ServerCore,
    private readonly path: ResourcePath,
    private readonly resource: ServedResource,
    private readonly userAgent: string,
  ) {}

  known(user: UserInfo, namespace: string): RequestContext | undefined {
    return this.asked.get(user)?.get(namespace);
  }

  /** @throws ApiError 403 */
  async ask(user: UserInfo, namespace: string): Promise<RequestContext> {
    const { accepted, asked, core, resource } = this;
    const { request, info } = this.requestIn(namespace);
    await authorize(core.authorizer, user, info);
    const context = { core, request, received: NOTHING_RECEIVED, info, user, resource, accepted, warnings: [] };
    const ofUser = asked.get(user);
    if (ofUser) ofUser.set(namespace, context);
    else asked.set(user, new Map([[namespace, context]]));
    return context;
  }

  private requestIn(namespace: string): Pick<RequestContext, 'request' | 'info'> {
    let known = this.requests.get(namespace);
    if (!known) {
      const path = resourcePath(this.path, namespace);
      const request = { method: 'POST', path, headers: { 'user-agent': this.userAgent } } as const;
      known = { request, info: requestInfo(request) };
      this.requests.set(namespace, known);
    }
    return known;
  }
}
