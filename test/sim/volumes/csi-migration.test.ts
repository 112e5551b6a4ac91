/** In-tree disks as volumes of CSI drivers (csi-translation-lib): handles, names, attributes. */
import { asCSI, inlineDisk } from '../../../src/sim/controllers/persistentvolume-binder/csi-migration';

const MANAGED = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d';

test.each([
  [
    { awsElasticBlockStore: { volumeID: 'vol-1', partition: 2 } },
    'ebs.csi.aws.com',
    'vol-1',
    'ebs.csi.aws.com-vol-1',
    { partition: '2' },
  ],
  [
    { awsElasticBlockStore: { volumeID: 'aws:///vol-12' } },
    'ebs.csi.aws.com',
    'vol-12',
    'ebs.csi.aws.com-vol-12',
    { partition: '0' },
  ],
  [
    { gcePersistentDisk: { pdName: 'd' } },
    'pd.csi.storage.gke.io',
    'projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d',
    'pd.csi.storage.gke.io-d',
    { partition: '' },
  ],
  [
    { azureDisk: { diskName: 'd', diskURI: MANAGED, kind: 'Managed', cachingMode: 'None', fsType: 'ext4' } },
    'disk.csi.azure.com',
    MANAGED,
    MANAGED,
    { kind: 'Managed', cachingmode: 'None', fstype: 'ext4' },
  ],
  [
    { azureFile: { secretName: 'azure-storage-account-acc-secret', shareName: 's' } },
    'file.csi.azure.com',
    '#acc#s#data#web',
    '#acc#s#data#web',
    { sharename: 's' },
  ],
  [{ cinder: { volumeID: 'c' } }, 'cinder.csi.openstack.org', 'c', 'cinder.csi.openstack.org-c', {}],
  [
    { vsphereVolume: { volumePath: '[ds] v.vmdk' } },
    'csi.vsphere.vmware.com',
    '[ds] v.vmdk',
    'csi.vsphere.vmware.com-[ds] v.vmdk',
    {},
  ],
  [{ portworxVolume: { volumeID: 'p' } }, 'pxd.portworx.com', 'p', 'pxd.portworx.com-p', {}],
])('%j', (source, driver, volumeHandle, name, volumeAttributes) => {
  const volume = inlineDisk({ name: 'data', ...source }, 'web');
  expect(volume?.metadata).toEqual({ name });
  expect(volume?.['spec'].csi).toMatchObject({ driver, volumeHandle, volumeAttributes });
});

test.each([
  [{ awsElasticBlockStore: { volumeID: 'aws://zone/other' } }, 'Invalid format for AWS volume (aws://zone/other)'],
  [
    { azureDisk: { diskName: 'd', diskURI: 'u', kind: 'Dedicated' } },
    'kind(Dedicated) is not supported in csi migration',
  ],
])('%j is refused', (source, complaint) => {
  expect(() => inlineDisk({ name: 'data', ...source }, 'web')).toThrow(complaint);
});

test('others are not', () => {
  expect(inlineDisk({ name: 'data', emptyDir: {} }, 'web')).toBeUndefined();
  expect(inlineDisk({ name: 'data', nfs: { server: 's', path: '/' } }, 'web')).toBeUndefined();
});

test.each([
  [{}, 'projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d', []],
  [
    { 'topology.kubernetes.io/zone': 'europe-west1-b' },
    'projects/UNSPECIFIED/zones/europe-west1-b/disks/d',
    ['europe-west1-b'],
  ],
  [
    { 'topology.kubernetes.io/zone': 'europe-west1-b__europe-west1-c' },
    'projects/UNSPECIFIED/regions/europe-west1/disks/d',
    ['europe-west1-b', 'europe-west1-c'],
  ],
])('a PersistentVolume with labels %j', (labels, volumeHandle, values) => {
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'old', uid: 'u', labels },
    spec: { gcePersistentDisk: { pdName: 'd' }, accessModes: ['ReadWriteMany', 'ReadOnlyMany'] },
  };
  const { spec } = asCSI(volume);
  // Where it can be used is told by the driver's label.
  const matchExpressions = [{ key: 'topology.gke.io/zone', operator: 'In', values }];
  expect(spec).toEqual({
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    csi: { driver: 'pd.csi.storage.gke.io', volumeHandle, volumeAttributes: { partition: '' } },
    ...(values.length === 0 ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } }),
  });
  expect(asCSI(volume)).toBe(asCSI(volume));
  expect(volume.spec.gcePersistentDisk).toEqual({ pdName: 'd' });
});
