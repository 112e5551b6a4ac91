/** What the columns of volumes and of claims share (pkg/apis/core/helper). */

/** Named the class of a volume or a claim before the spec could. */
export const STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class';

const SHORT: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

/** `RWO,ROX`, always in this order (GetAccessModesAsString). */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return SHORT.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}
