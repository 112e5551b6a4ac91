/** Objects of other kinds that come and go with one, in the commit that writes it: the addresses of a Service. */
import { ConflictError, type Write } from '../store/store';
import { newUid } from './object-life';
import { storableValue } from './object-writes';
import type { RequestContext } from './request-context';
import type { Companion } from './resource';
import { objectKey, resourcePrefix } from './stored';

/** What has to be written for them. A new one must not be there yet: else the commit is a conflict. */
export async function companionWrites({ core }: RequestContext, companions: readonly Companion[]): Promise<Write[]> {
  const writes: Write[] = [];
  for (const { group, resource, name, object } of companions) {
    const key = objectKey(resourcePrefix(group, resource), '', name);
    if (!object) {
      if (await core.store.get(key)) writes.push({ key, value: undefined });
      continue;
    }
    const revision = await core.store.revision();
    object.metadata.uid = newUid(core.random, key, revision);
    writes.push({ key, value: storableValue(object), expect: 0 });
  }
  return writes;
}

/** Did somebody else take what one of them is about, rather than change the object itself? */
export async function isCompanionTaken({ core }: RequestContext, key: string, error: unknown): Promise<boolean> {
  return error instanceof ConflictError && !(await core.store.get(key));
}
