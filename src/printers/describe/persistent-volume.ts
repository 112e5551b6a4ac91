/** A PersistentVolume described (kubectl describe.go describePersistentVolume). */
import { ageSince } from '../../apimachinery/human-duration';
import { accessModesText } from './access-modes';
import { writeEvents } from './events';
import { writeAnnotations, writeLabels } from './maps';
import { claimClass } from './persistent-volume-claim';
import { listText, quantityText } from './values';
import { type Shown, SOURCES, writeSource } from './volumes';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

export function describePersistentVolume(volume: Described, related: Related): string {
  const { metadata, spec = {}, status = {} } = volume;
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writeLabels(writer, 'Labels', metadata.labels);
    writeAnnotations(writer, 'Annotations', metadata.annotations);
    writer.field(0, 'Finalizers', listText(metadata.finalizers));
    writer.field(0, 'StorageClass', claimClass(volume));
    const { deletionTimestamp } = metadata;
    const gone = deletionTimestamp && `Terminating (lasts ${ageSince(deletionTimestamp, related.now)})`;
    writer.field(0, 'Status', gone ?? status.phase ?? '');
    const { claimRef } = spec;
    writer.field(0, 'Claim', claimRef ? `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` : '');
    writer.field(0, 'Reclaim Policy', spec.persistentVolumeReclaimPolicy ?? '');
    writer.field(0, 'Access Modes', accessModesText(spec.accessModes));
    if (spec.volumeMode) writer.field(0, 'VolumeMode', spec.volumeMode);
    writer.field(0, 'Capacity', quantityText(spec.capacity?.storage));
    writeNodeAffinity(writer, spec.nodeAffinity);
    writer.field(0, 'Message', status.message ?? '');
    writer.write(0, 'Source:\n');
    writeSource(writer, spec, sourcesOfVolumes());
    writeEvents(writer, related);
  });
}

function writeNodeAffinity(writer: DescriptionWriter, affinity: Described): void {
  writer.write(0, 'Node Affinity:\t');
  if (!affinity?.required) {
    writer.write(0, '<none>\n');
    return;
  }
  const terms: readonly Described[] = affinity.required.nodeSelectorTerms ?? [];
  writer.write(0, '\n');
  writer.write(1, 'Required Terms:\t');
  writer.write(0, terms.length === 0 ? '<none>\n' : '\n');
  for (const [i, { matchExpressions = [] }] of terms.entries()) {
    const requirements = matchExpressions.map(({ key, operator, values = [] }: Described) =>
      values.length > 0
        ? `${key} ${operator.toLowerCase()} [${values.join(', ')}]`
        : `${key} ${operator.toLowerCase()}`,
    );
    writeTerm(writer, 2, `Term ${i}`, requirements);
  }
}

/** A title, and what belongs to it in lines beside it. */
export function writeTerm(
  writer: DescriptionWriter,
  level: number,
  title: string,
  requirements: readonly string[],
): void {
  writer.write(level, `${title}:\t`);
  if (requirements.length === 0) writer.write(0, '<none>\n');
  for (const [i, requirement] of requirements.entries()) {
    if (i > 0) writer.write(level, '\t');
    writer.write(0, `${requirement}\n`);
  }
}

/** Those of pods, where a PersistentVolume has them; some have fields more. */
function sourcesOfVolumes(): Record<string, Shown> {
  const secretReference = ({ secretRef }: Described) =>
    secretRef ? `&SecretReference{Name:${secretRef.name ?? ''},Namespace:${secretRef.namespace ?? ''},}` : 'nil';
  const of = (name: string, more: Shown['fields'] = {}): Shown => {
    const { type, fields } = SOURCES[name] as Shown;
    const kept = 'SecretRef' in fields ? { ...fields, SecretRef: secretReference } : fields;
    return { type, fields: { ...kept, ...more } };
  };
  /** A field after another one. */
  const after = (name: string, before: string, more: Shown['fields']): Shown => {
    const { type, fields } = of(name);
    const entries = Object.entries(fields).flatMap((entry) =>
      entry[0] === before ? [entry, ...Object.entries(more)] : [entry],
    );
    return { type, fields: Object.fromEntries(entries) };
  };
  return {
    hostPath: of('hostPath'),
    gcePersistentDisk: of('gcePersistentDisk'),
    awsElasticBlockStore: of('awsElasticBlockStore'),
    nfs: of('nfs'),
    iscsi: of('iscsi'),
    glusterfs: after('glusterfs', 'EndpointsName', {
      EndpointsNamespace: ({ endpointsNamespace }) => endpointsNamespace ?? '<unset>',
    }),
    rbd: of('rbd'),
    quobyte: of('quobyte'),
    vsphereVolume: of('vsphereVolume'),
    cinder: of('cinder'),
    azureDisk: of('azureDisk'),
    photonPersistentDisk: of('photonPersistentDisk'),
    portworxVolume: of('portworxVolume'),
    scaleIO: after('scaleIO', 'VolumeName', {
      SecretName: ({ secretRef }) => secretRef?.name,
      SecretNamespace: ({ secretRef }) => secretRef?.namespace,
    }),
    local: {
      type: 'LocalVolume (a persistent volume backed by local storage on a node)',
      fields: { Path: ({ path }) => path },
    },
    cephfs: of('cephfs'),
    storageos: of('storageos'),
    fc: of('fc'),
    azureFile: after('azureFile', 'SecretName', { SecretNamespace: ({ secretNamespace }) => secretNamespace }),
    flexVolume: of('flexVolume'),
    flocker: of('flocker'),
    csi: after('csi', 'FSType', { VolumeHandle: ({ volumeHandle }) => volumeHandle }),
  };
}
