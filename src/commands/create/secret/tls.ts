/** `create secret tls` (kubectl pkg/cmd/create/create_secret_tls.go). */
import { CommandError, type Invocation } from '../../command';
import { messageOf } from '../../errors';
import { generatorCommand } from '../generate';
import { appendHashFlag, secretObject } from './secret-object';

export default generatorCommand(
  {
    use: 'tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
    short: 'Create a TLS secret',
    long: 'Make a secret from a certificate and its private key, both in PEM. They have to belong together.',
    examples: `# From two files
kubectl create secret tls web --cert=path/to/tls.crt --key=path/to/tls.key`,
    flags: [
      { name: 'cert', type: 'string', usage: 'Path to PEM encoded public key certificate.' },
      { name: 'key', type: 'string', usage: 'Path to private key associated with given certificate.' },
      appendHashFlag,
    ],
  },
  async (invocation, name, namespace) => {
    const { flags } = invocation;
    if (!flags.string('key') || !flags.string('cert')) throw new CommandError('key and cert must be specified');
    const cert = await readPem(invocation, flags.string('cert'));
    const key = await readPem(invocation, flags.string('key'));
    await checkPair(cert, key);
    const values = [['tls.crt', cert] as const, ['tls.key', key] as const];
    return secretObject({
      name,
      namespace,
      type: 'kubernetes.io/tls',
      values,
      appendHash: flags.bool('append-hash'),
    });
  },
);

async function readPem({ cwd }: Invocation, file: string): Promise<Buffer> {
  const { readFileSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  const { goFileError } = await import('../../print-objects');
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    throw new CommandError(`Cannot read file ${file}, ${goFileError(error, file)}`);
  }
}

/** What Go's tls.X509KeyPair refuses, in its words where they can be the same. */
async function checkPair(cert: Buffer, key: Buffer): Promise<void> {
  requireBlock(cert, 'certificate', (type) => type === 'CERTIFICATE', 'CERTIFICATE');
  requireBlock(key, 'key', (type) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'), 'PRIVATE KEY');
  const { createPrivateKey, X509Certificate } = await import('node:crypto');
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new CommandError(`tls: ${messageOf(error)}`);
  }
  if (!matches) throw new CommandError('tls: private key does not match public key');
}

function requireBlock(pem: Buffer, what: string, wanted: (type: string) => boolean, marker: string): void {
  const types = [...pem.toString('latin1').matchAll(/^-----BEGIN ([^\n-]*)-----\s*$/gm)].map(
    ([, type]) => type as string,
  );
  if (types.some(wanted)) return;
  if (types.length === 0) throw new CommandError(`tls: failed to find any PEM data in ${what} input`);
  if (what === 'key' && types.length === 1 && types[0] === 'CERTIFICATE') {
    throw new CommandError('tls: found a certificate rather than a key in the PEM for the private key');
  }
  if (what === 'certificate' && types.length === 1 && (types[0] as string).endsWith('PRIVATE KEY')) {
    throw new CommandError(
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    );
  }
  const skipped = types.join(' ');
  throw new CommandError(
    what === 'key'
      ? `tls: failed to find PEM block with type ending in "${marker}" in key input after skipping PEM blocks of the following types: [${skipped}]`
      : `tls: failed to find "${marker}" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped}]`,
  );
}
