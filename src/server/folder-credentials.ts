/** What lies in a folder's `pki`, if it has been served: for those who ask the cluster in their own process. */
import { join } from 'node:path';
import type { RequestAuthenticator } from '../apiserver/authenticators/authenticator';
import { readIfThere } from '../store/durable-files';
import { adminTokenAuthenticator } from './authenticators';

/** The certificate of the cluster's authority. */
export function folderAuthority(stateFolder: string): string | undefined {
  return readIfThere(join(stateFolder, 'pki', 'ca.crt'))?.toString();
}

/** The admin's token. */
export function folderAuthenticators(stateFolder: string): RequestAuthenticator[] {
  const token = readIfThere(join(stateFolder, 'pki', 'admin.token'))
    ?.toString()
    .trim();
  return token ? [adminTokenAuthenticator(token)] : [];
}
