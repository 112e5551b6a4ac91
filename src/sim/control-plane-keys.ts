/** The secrets that only the control plane has, and what it makes with them. */
import type { JsonObject } from '../apimachinery/json';

export interface ControlPlaneKeys {
  /** A service account's token that says this. */
  signToken(claims: JsonObject): Promise<string>;
  /** The certificate of the cluster's authority, and its key, PEM. */
  authority(): Promise<{ certificate: string; key: string }>;
}
