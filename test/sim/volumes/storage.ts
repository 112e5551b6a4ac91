/** Volumes, claims and classes for tests, and a cluster with what looks after them. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { ResourcePath } from '../../../src/client/client';
import binder from '../../../src/sim/controllers/persistentvolume-binder/controller';
import pvProtection from '../../../src/sim/controllers/pv-protection/controller';
import pvcProtection from '../../../src/sim/controllers/pvc-protection/controller';
import provisioner from '../../../src/sim/controllers/volume-provisioner/controller';
import { type ClusterUnderTest, clusterWith, core } from '../cluster-under-test';

export const CLAIMS = core('persistentvolumeclaims');
export const VOLUMES = core('persistentvolumes');
export const EVENTS = core('events');
export const CLASSES: ResourcePath = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };

export interface Storage extends ClusterUnderTest {
  make(...objects: KubeObject[]): Promise<void>;
  settle(): Promise<void>;
  claim(name: string): Promise<KubeObject>;
  volume(name: string): Promise<KubeObject>;
  /** `Reason: message` of the events about an object of this name, in order. */
  told(name: string): Promise<string[]>;
}

const PATHS: Readonly<Record<string, ResourcePath>> = {
  PersistentVolume: VOLUMES,
  PersistentVolumeClaim: CLAIMS,
  StorageClass: CLASSES,
  Pod: core('pods'),
  Node: core('nodes'),
  CSIDriver: { group: 'storage.k8s.io', version: 'v1', resource: 'csidrivers' },
};

export async function storage(): Promise<Storage> {
  const cluster = await clusterWith([binder, provisioner, pvcProtection, pvProtection]);
  const { client } = cluster;
  return {
    ...cluster,
    async make(...objects) {
      for (const object of objects) {
        // As it goes over the wire: what is undefined is not there.
        const sent = JSON.parse(JSON.stringify(object)) as KubeObject;
        await client.create(PATHS[object.kind] as ResourcePath, object.metadata.namespace ?? '', sent);
      }
    },
    async settle() {
      const { failures } = await cluster.tick({ settle: true });
      expect(failures).toEqual([]);
    },
    claim: (name) => client.get(CLAIMS, 'default', name),
    volume: (name) => client.get(VOLUMES, '', name),
    async told(name) {
      const { items } = await client.list(EVENTS);
      return items
        .filter((event) => event['involvedObject'].name === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((event) => `${event['reason']}: ${event['message']}`);
    },
  };
}

export function volume(name: string, size: string, spec: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, ...metadata },
    spec: {
      capacity: { storage: size },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'manual',
      hostPath: { path: `/mnt/${name}` },
      ...spec,
    },
  };
}

export function claim(name: string, size: string, spec: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default', ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'manual',
      resources: { requests: { storage: size } },
      ...spec,
    },
  };
}

export function storageClass(name: string, fields: object = {}, annotations: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: 'hostpath.kubetick.dev',
    ...fields,
  };
}

export const DEFAULT = { 'storageclass.kubernetes.io/is-default-class': 'true' };

export function user(name: string, claimName: string, nodeName?: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      containers: [{ name: 'main', image: 'example/main:1' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
      ...(nodeName ? { nodeName } : {}),
    },
  };
}
