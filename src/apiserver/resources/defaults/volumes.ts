/** Defaults of volumes and claims (SetDefaults_Volume and its sources, SetDefaults_PersistentVolumeClaimSpec). */
import type { ObjectFieldSelector, ResourceFieldSelector, Volume } from '../../validation/core-types';
import type { ClaimSpec } from '../../validation/persistent-volume-claim';
import { defaultPullPolicy } from './image-pull-policy';
import { canonicalQuantity, defaultResourceRequirements } from './resource-lists';

type Fields = Record<string, unknown>;

/** A volume without a source is an empty directory. */
export function defaultVolume(volume: Volume): void {
  let any = false;
  for (const key in volume) {
    if (key === 'name' || !volume[key]) continue;
    any = true;
    defaultVolumeSource(key, volume[key] as Fields);
  }
  if (!any) volume.emptyDir = {};
}

/** One source by the name of its field; pods and persistent volumes have the same. */
export function defaultVolumeSource(kind: string, source: Fields): void {
  switch (kind) {
    case 'emptyDir': {
      const canonical = source.sizeLimit === undefined ? undefined : canonicalQuantity(source.sizeLimit as string);
      // What is shared with the stored object is frozen, and canonical.
      if (canonical !== source.sizeLimit) source.sizeLimit = canonical;
      return;
    }
    case 'secret':
    case 'configMap':
      source.defaultMode ??= 0o644;
      return;
    case 'downwardAPI':
      source.defaultMode ??= 0o644;
      defaultDownwardItems(source.items);
      return;
    case 'projected':
      source.defaultMode ??= 0o644;
      for (const projection of (source.sources as Fields[] | undefined) ?? []) {
        const token = projection.serviceAccountToken as Fields | undefined;
        if (token) token.expirationSeconds ??= 3600;
        defaultDownwardItems((projection.downwardAPI as Fields | undefined)?.items);
      }
      return;
    case 'hostPath':
      source.type ??= '';
      return;
    case 'image':
      source.pullPolicy ||= defaultPullPolicy((source.reference as string | undefined) ?? '');
      return;
    case 'iscsi':
      source.iscsiInterface ||= 'default';
      return;
    case 'rbd':
      source.pool ||= 'rbd';
      source.user ||= 'admin';
      source.keyring ||= '/etc/ceph/keyring';
      return;
    case 'azureDisk':
      source.cachingMode ??= 'ReadWrite';
      source.kind ??= 'Shared';
      source.fsType ??= 'ext4';
      source.readOnly ??= false;
      return;
    case 'scaleIO':
      source.storageMode ||= 'ThinProvisioned';
      source.fsType ||= 'xfs';
      return;
    case 'ephemeral': {
      const template = source.volumeClaimTemplate as Fields | undefined;
      if (!template) return;
      template.metadata ??= {};
      template.spec ??= {};
      defaultClaimSpec(template.spec as ClaimSpec);
    }
  }
}

function defaultDownwardItems(items: unknown): void {
  for (const item of (items as { fieldRef?: ObjectFieldSelector; resourceFieldRef?: ResourceFieldSelector }[]) ?? []) {
    if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
    if (item.resourceFieldRef && item.resourceFieldRef.divisor === undefined) item.resourceFieldRef.divisor = '0';
  }
}

export function defaultClaimSpec(spec: ClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  if (spec.resources) defaultResourceRequirements(spec.resources);
  else spec.resources = {};
}
