/** A PersistentVolumeClaim described (kubectl describe.go describePersistentVolumeClaim). */
import { ageSince } from '../../apimachinery/human-duration';
import type { KubeObject } from '../../apimachinery/meta';
import { accessModesText } from './access-modes';
import { writeEvents } from './events';
import { writeAnnotations, writeLabels } from './maps';
import { listText, quantityText, rfc1123, sortedBy } from './values';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

export interface ClaimRelated extends Related {
  /** The pods that use it. */
  pods: readonly KubeObject[];
}

export function describePersistentVolumeClaim(claim: Described, related: ClaimRelated): string {
  return described((writer) => {
    writeClaim(writer, claim, related.now);
    writer.write(0, 'Used By:\t');
    if (related.pods.length === 0) writer.write(0, '<none>\n');
    for (const [i, pod] of sortedBy(related.pods, ({ metadata }) => metadata.name ?? '').entries())
      writer.write(0, `${i === 0 ? '' : '\t'}${pod.metadata.name}\n`);
    const conditions: readonly Described[] = claim.status?.conditions ?? [];
    if (conditions.length > 0) {
      writer.write(0, 'Conditions:\n');
      writer.write(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n');
      writer.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n');
      for (const { type, status, lastProbeTime, lastTransitionTime, reason = '', message = '' } of conditions)
        writer.write(
          1,
          `${type} \t${status} \t${rfc1123(lastProbeTime)} \t${rfc1123(lastTransitionTime)} \t${reason} \t${message}\n`,
        );
    }
    writeEvents(writer, related);
  });
}

/** `now` is for a claim that exists; a template of one has no name, no status and no finalizers to show. */
export function writeClaim(writer: DescriptionWriter, claim: Described, now?: number): void {
  const { metadata = {}, spec = {}, status = {} } = claim;
  const exists = now !== undefined;
  if (exists) {
    writer.field(0, 'Name', metadata.name);
    writer.field(0, 'Namespace', metadata.namespace ?? '');
  }
  writer.field(0, 'StorageClass', claimClass(claim));
  if (exists) {
    const { deletionTimestamp } = metadata;
    const gone = deletionTimestamp && `Terminating (lasts ${ageSince(deletionTimestamp, now)})`;
    writer.field(0, 'Status', gone ?? status.phase ?? '');
  }
  writer.field(0, 'Volume', spec.volumeName ?? '');
  writeLabels(writer, 'Labels', metadata.labels);
  writeAnnotations(writer, 'Annotations', metadata.annotations);
  if (exists) writer.field(0, 'Finalizers', listText(metadata.finalizers));
  writer.field(0, 'Capacity', spec.volumeName ? quantityText(status.capacity?.storage) : '');
  writer.field(0, 'Access Modes', spec.volumeName ? accessModesText(status.accessModes) : '');
  if (spec.volumeMode) writer.field(0, 'VolumeMode', spec.volumeMode);
  if (spec.dataSource) {
    writer.write(0, 'DataSource:\n');
    if (typeof spec.dataSource.apiGroup === 'string') writer.field(1, 'APIGroup', spec.dataSource.apiGroup);
    writer.field(1, 'Kind', spec.dataSource.kind);
    writer.field(1, 'Name', spec.dataSource.name);
  }
}

/** The class, by the old annotation first (storageutil.GetPersistentVolumeClaimClass, GetPersistentVolumeClass). */
export function claimClass({ metadata = {}, spec = {} }: Described): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';
}
