/** Objects without what makes them what they are: their metadata only (apiserver `handlers/response.go`, asPartialObjectMetadata). */
import type { KubeList, KubeObject } from '../apimachinery/meta';

/** @param apiVersion `meta.k8s.io/v1`, or v1beta1 for whom it is still called so. */
export function partialObjectMetadata({ metadata }: KubeObject, apiVersion: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

export function partialObjectMetadataList(list: KubeList, apiVersion: string): KubeList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata: list.metadata,
    items: list.items.map((item) => partialObjectMetadata(item, apiVersion)),
  };
}
