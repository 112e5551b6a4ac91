/** Credentials that are shown to the cluster in the folder, by --token, --client-certificate or a context's user: as a server would see them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ServerAccess } from '../client/https-transport';
import type { RequestOrigin, Transport } from '../client/transport';
import { CommandError } from './command';

export type Credentials = Pick<ServerAccess, 'clientCertificate' | 'clientKey' | 'token' | 'basic'>;

export function hasCredentials({ clientCertificate, token, basic }: Credentials): boolean {
  return Boolean(clientCertificate ?? token ?? basic);
}

/** The same transport, for requests that show these credentials. @param authority the cluster's, PEM; undefined where it has none yet */
export async function withCredentials(
  transport: Transport,
  { clientCertificate, clientKey, token, basic }: Credentials,
  authority: string | undefined,
): Promise<Transport> {
  const origin: RequestOrigin = {
    address: '127.0.0.1',
    ...(clientCertificate ? { certificate: await shown(clientCertificate, clientKey, authority) } : {}),
  };
  return {
    ...transport,
    async send(request) {
      const authorization = await authorizationOf(token, basic);
      const { 'x-kubetick-user': _, ...headers } = request.headers ?? {};
      return transport.send({
        ...request,
        headers: { ...headers, ...(authorization ? { authorization } : {}) },
        origin,
      });
    },
    flush: () => transport.flush(),
    close: () => transport.close(),
  };
}

async function authorizationOf(token: Credentials['token'], basic: Credentials['basic']): Promise<string | undefined> {
  const bearer = await token?.();
  if (bearer) return `Bearer ${bearer}`;
  return basic && `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
}

/** Who shows a certificate proves over TLS that the key is theirs; here the key itself must be that of the certificate. */
async function shown(pem: string, key: string | undefined, authority: string | undefined) {
  const { certificateIn } = await import('../server/client-certificate');
  try {
    const certificate = certificateIn(pem, authority);
    if (!key) throw new Error('tls: failed to find any PEM data in key input');
    if (new X509Certificate(pem).checkPrivateKey(createPrivateKey(key))) return certificate;
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  throw new CommandError('tls: private key does not match public key');
}
