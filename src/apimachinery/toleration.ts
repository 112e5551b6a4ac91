/** What a pod puts up with of a node's taints (api `core/v1/types.go`). */
export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}
