/** The in-process API server behind a plain HTTP(S) listener: just enough for the client's other half to speak to. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ADMIN } from '../../src/apiserver/authentication';
import type { RequestAuthenticator } from '../../src/apiserver/authenticators/authenticator';
import { responseEncoder } from '../../src/apiserver/encoding/response-encoder';
import type { ApiRequest, Transport } from '../../src/client/transport';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { MemoryStore } from '../../src/store/memory';

export const CERTIFICATE = join(__dirname, 'testdata/server-cert.pem');

export interface TestServer {
  url: string;
  port: number;
  /** What came in, as the server saw it. */
  requests: { method: string; path: string; url: string; headers: IncomingMessage['headers']; body: Buffer }[];
  transport: Transport;
  close(): Promise<void>;
}

/** A new cluster of three nodes behind a listener on loopback. */
export async function serveCluster(options: { tls?: boolean } = {}): Promise<TestServer> {
  const store = new MemoryStore();
  await initialiseCluster(store, {});
  // Whoever shows a token may do everything: what is tested is that it is sent.
  const anyToken: RequestAuthenticator = {
    name: 'any-token',
    authenticate: ({ headers }) => (headers?.['authorization']?.startsWith('Bearer ') ? { user: ADMIN } : undefined),
  };
  const transport = await createCluster(store, { authenticators: async () => [anyToken] });
  const requests: TestServer['requests'] = [];
  const listener: RequestListener = (incoming, outgoing) => {
    void answer();
    async function answer(): Promise<void> {
      const url = new URL(incoming.url ?? '/', 'http://test');
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      );
      const aborted = new AbortController();
      outgoing.on('close', () => aborted.abort());
      const request: ApiRequest = {
        method: incoming.method as ApiRequest['method'],
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers,
        body: new Uint8Array(body),
        signal: aborted.signal,
      };
      requests.push({
        method: request.method,
        path: url.pathname,
        url: incoming.url ?? '',
        headers: incoming.headers,
        body,
      });
      const response = await transport.send(request);
      const encoder = await responseEncoder(request, response);
      for (const warning of response.warnings)
        outgoing.appendHeader('warning', `299 - "${warning.replace(/["\\]/g, '\\$&')}"`);
      if (response.events) {
        outgoing.writeHead(200, { ...response.headers, 'content-type': encoder.contentType });
        outgoing.flushHeaders();
        for await (const event of response.events) outgoing.write(encoder.encodeEvent(event));
        outgoing.end();
        return;
      }
      const gzip = String(incoming.headers['accept-encoding'] ?? '').includes('gzip');
      const bytes = encoder.encode(response.body);
      outgoing.writeHead(response.code, {
        ...response.headers,
        'content-type': encoder.contentType,
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      });
      outgoing.end(gzip ? gzipSync(bytes) : bytes);
    }
  };
  const server: Server = options.tls
    ? createTlsServer(
        { key: readFileSync(join(__dirname, 'testdata/server-key.pem')), cert: readFileSync(CERTIFICATE) },
        listener,
      )
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    transport,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await transport.close();
    },
  };
}
