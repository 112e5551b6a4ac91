/** The key that signs service accounts' tokens, in the state folder under the name that kubeadm gives it: `pki/sa.key`. */
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { type LoadSigningKey, newSigningKey } from '../apiserver/authenticators/service-account-key';
import { makeFolder, readIfThere, writeNewFile } from '../store/durable-files';

/** What lies there, in whatever form OpenSSL writes keys; made where there is none, for its owner's eyes only. */
export function folderSigningKey(stateFolder: string): LoadSigningKey {
  const folder = join(stateFolder, 'pki');
  const file = join(folder, 'sa.key');
  return async () => {
    const present = readIfThere(file);
    if (present) return createPrivateKey(present).export({ type: 'pkcs8', format: 'pem' }).toString();
    const made = await newSigningKey();
    makeFolder(folder);
    try {
      writeNewFile(file, `${made}\n`);
      return made;
    } catch (error) {
      // Another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return createPrivateKey(readIfThere(file) as Buffer)
        .export({ type: 'pkcs8', format: 'pem' })
        .toString();
    }
  };
}
