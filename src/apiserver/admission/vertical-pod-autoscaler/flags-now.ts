/** The flags of the vertical autoscaler, as they are in the store. */
import { FLAGS_NAME, FLAGS_NAMESPACE, readFlags, type VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { ServerCore } from '../../request-context';

export async function flagsNow(core: ServerCore): Promise<VpaFlags> {
  return readFlags(await core.reader.get('', 'configmaps', FLAGS_NAMESPACE, FLAGS_NAME)).flags;
}
