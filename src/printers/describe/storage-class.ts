/** StorageClass, VolumeAttributesClass and CSINode described (kubectl describe.go describeStorageClass and its neighbours). */
import { formatLabels } from '../table';
import { writeEvents } from './events';
import { writeTerm } from './persistent-volume';
import { listText, optionalBoolText, rfc1123 } from './values';
import { writeLabelsAndAnnotations } from './workload';
import { type Described, described, type Related } from './writer';

export function describeStorageClass(storageClass: Described, related: Related): string {
  const { metadata, mountOptions = [], allowedTopologies } = storageClass;
  const annotations = metadata.annotations ?? {};
  const isDefault = ['storageclass.kubernetes.io', 'storageclass.beta.kubernetes.io'].some(
    (prefix) => annotations[`${prefix}/is-default-class`] === 'true',
  );
  return described((writer) => {
    writer.field(0, 'Name', metadata.name);
    writer.field(0, 'IsDefaultClass', isDefault ? 'Yes' : 'No');
    writer.field(0, 'Annotations', formatLabels(annotations));
    writer.field(0, 'Provisioner', storageClass.provisioner);
    writer.field(0, 'Parameters', formatLabels(storageClass.parameters));
    writer.field(0, 'AllowVolumeExpansion', optionalBoolText(storageClass.allowVolumeExpansion));
    writer.write(0, mountOptions.length === 0 ? 'MountOptions:\t<none>\n' : 'MountOptions:\n');
    for (const option of mountOptions) writer.write(1, `${option}\n`);
    if (storageClass.reclaimPolicy) writer.field(0, 'ReclaimPolicy', storageClass.reclaimPolicy);
    if (storageClass.volumeBindingMode) writer.field(0, 'VolumeBindingMode', storageClass.volumeBindingMode);
    if (allowedTopologies) {
      writer.field(0, 'AllowedTopologies', allowedTopologies.length === 0 ? '<none>' : '');
      for (const [i, { matchLabelExpressions = [] }] of allowedTopologies.entries()) {
        const requirements = matchLabelExpressions.map(({ key, values }: Described) =>
          values?.length > 0 ? `${key} in [${values.join(', ')}]` : `${key} in`,
        );
        writeTerm(writer, 1, `Term ${i}`, requirements);
      }
    }
    writeEvents(writer, related);
  });
}

export function describeVolumeAttributesClass(attributes: Described, related: Related): string {
  return described((writer) => {
    writer.field(0, 'Name', attributes.metadata.name);
    writer.field(0, 'Annotations', formatLabels(attributes.metadata.annotations));
    writer.field(0, 'DriverName', attributes.driverName ?? '');
    writer.field(0, 'Parameters', formatLabels(attributes.parameters));
    writeEvents(writer, related);
  });
}

export function describeCSINode(node: Described, related: Related): string {
  const drivers: readonly Described[] | null | undefined = node.spec?.drivers;
  return described((writer) => {
    writer.field(0, 'Name', node.metadata.name);
    writeLabelsAndAnnotations(writer, node);
    writer.field(0, 'CreationTimestamp', rfc1123(node.metadata.creationTimestamp));
    writer.write(0, 'Spec:\n');
    if (drivers) writer.write(1, 'Drivers:\n');
    for (const { name, nodeID, allocatable, topologyKeys } of drivers ?? []) {
      writer.write(2, `${name}:\n`);
      writer.field(3, 'Node ID', nodeID);
      if (allocatable?.count !== undefined) {
        writer.write(3, 'Allocatables:\n');
        writer.field(4, 'Count', allocatable.count);
      }
      if (topologyKeys) writer.field(3, 'Topology Keys', listText(topologyKeys));
    }
    writeEvents(writer, related);
  });
}
