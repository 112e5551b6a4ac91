/** Which kinds there are: whether an owner that can't be found could exist at all. Asked of the server's discovery. */
import { parseGroupVersion } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Client } from '../../../client/client';

export interface OwnerKind {
  namespaced: boolean;
}

/**
 * The kind of an owner reference. Only asked where an owner is missing, which is seldom, and kinds come and go (custom
 * ones): so nothing is remembered.
 * @throws Error that the kind is unknown, in the words of newRESTMappingError (`garbagecollector/errors.go`).
 */
export async function resolveKind(client: Client, apiVersion: string, kind: string): Promise<OwnerKind> {
  const { group } = parseGroupVersion(apiVersion);
  const path = group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  try {
    const { resources } = await client.request<{ resources: { name: string; kind: string; namespaced: boolean }[] }>({
      method: 'GET',
      path,
    });
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (found) return { namespaced: found.namespaced };
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
  const named = `${apiVersion}/${kind}`;
  throw new Error(
    `unable to get REST mapping for ${named}.  If ${named} is an invalid resource, then you should manually remove ownerReferences that refer ${named} objects.`,
  );
}
