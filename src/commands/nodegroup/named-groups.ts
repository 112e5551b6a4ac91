/** The groups that are named, or all of them. */
import type { KubeObject } from '../../apimachinery/meta';
import { NODE_GROUPS } from '../../apimachinery/node-groups';
import { isReason } from '../../apimachinery/status';
import type { Client } from '../../client/client';

/** None where the kind is not even defined. */
export async function allGroups(client: Client): Promise<KubeObject[]> {
  try {
    return (await client.list(NODE_GROUPS)).items;
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    return [];
  }
}

/** `nodegroup/pool` and `ng/pool` are `pool`. */
export function groupName(argument: string): string {
  return argument.replace(/^(nodegroups?(\.kubetick\.dev)?|ng)\//, '');
}
