/**
 * Many new objects in one commit: what a component of this process has to say at once. They come out as its requests one by one
 * would have made them, but for the revision, which is one for all. Nobody outside can ask for it. Those that are of interest
 * (the simulation) hear of them as changes: they are rarely read.
 */
import type { KubeObject } from '../apimachinery/meta';
import { ApiError, alreadyExists } from '../apimachinery/status';
import { type ResourcePath, resourcePath } from '../client/client';
import { ConflictError, type Write } from '../store/store';
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
import { optionsOf } from './write-options';

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
  const refusals: ApiError[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusals.push(error);
      return undefined;
    }
  };
  const writes: Write[] = [];
  for (const { user, object } of drafts) {
    const write = await attempt(async () => {
      const context = await contexts.of(user, object.metadata.namespace ?? '');
      ensureNamespace(object, context.info.namespace);
      const { key } = await prepareCreate(context, object, options);
      const value = storableValue(object);
      await checkSize(value, resource, undefined);
      return { key, value, expect: 0, rarelyRead: true };
    });
    if (write) writes.push(write);
  }
  if (!(await isCommitted(core, writes)))
    for (const write of writes)
      await attempt(async () => {
        if (!(await isCommitted(core, [write])))
          throw alreadyExists(resource.groupResource, write.key.slice(write.key.lastIndexOf('/') + 1));
      });
  return refusals;
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
  private readonly known = new Map<UserInfo, Map<string, RequestContext>>();

  constructor(
    private readonly core: ServerCore,
    private readonly path: ResourcePath,
    private readonly resource: ServedResource,
    private readonly userAgent: string,
  ) {}

  /** @throws ApiError 403 */
  async of(user: UserInfo, namespace: string): Promise<RequestContext> {
    let ofUser = this.known.get(user);
    if (!ofUser) {
      ofUser = new Map();
      this.known.set(user, ofUser);
    }
    let context = ofUser.get(namespace);
    if (!context) {
      context = await this.make(user, namespace);
      ofUser.set(namespace, context);
    }
    return context;
  }

  private async make(user: UserInfo, namespace: string): Promise<RequestContext> {
    const { core, resource, userAgent } = this;
    const request = {
      method: 'POST',
      path: resourcePath(this.path, namespace),
      headers: { 'user-agent': userAgent },
    } as const;
    const info = requestInfo(request);
    await authorize(core.authorizer, user, info);
    const accepted = negotiateOutput(undefined, BUILTIN, false);
    return { core, request, received: NOTHING_RECEIVED, info, user, resource, accepted, warnings: [] };
  }
}
