/** Objects without what makes them what they are: their metadata only (apiserver `handlers/response.go`, asPartialObjectMetadata). */
import type { KubeList, KubeObject } from '../apimachinery/meta';

export function partialObjectMetadata({ metadata }: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

export function partialObjectMetadataList(list: KubeList): KubeList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: list.metadata,
    items: list.items.map(partialObjectMetadata),
  };
}
