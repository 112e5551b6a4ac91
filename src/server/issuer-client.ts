/** Asks issuers of tokens for their documents. Only servers of this machine are asked: nothing of a simulated cluster goes out. */
import type { AskIssuer } from '../apiserver/authenticators/oidc';
import { createHttpsTransport } from '../client/https-transport';
import { LOOPBACK } from './loopback';

const TIMEOUT = 30_000;

export const askIssuer: AskIssuer = async (url, certificateAuthority) => {
  if (!URL.canParse(url)) throw new Error(`${url} is no address`);
  const { origin, hostname, pathname } = new URL(url);
  if (!LOOPBACK.test(hostname)) throw new Error(`${origin} is not on this machine: it is not asked`);
  const access = { server: origin, timeout: TIMEOUT, ...(certificateAuthority ? { certificateAuthority } : {}) };
  const transport = createHttpsTransport(access);
  try {
    const { code, body } = await transport.send({ method: 'GET', path: pathname });
    if (code !== 200) throw new Error(`${url} answered with ${code}`);
    return body;
  } finally {
    await transport.close();
  }
};
