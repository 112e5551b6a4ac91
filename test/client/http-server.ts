/** The in-process API server behind a plain HTTP(S) listener: just enough for the client's other half to speak to. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseJson, stringifyJson } from '../../src/apimachinery/json-text';
import type { ApiRequest, Transport } from '../../src/client/transport';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { MemoryStore } from '../../src/store/memory';

export const CERTIFICATE = join(__dirname, 'testdata/server-cert.pem');

export interface TestServer {
  url: string;
  port: number;
  /** What came in, as the server saw it. */
  requests: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  transport: Transport;
  close(): Promise<void>;
}

/** A new cluster of three nodes behind a listener on loopback. */
export async function serveCluster(options: { tls?: boolean } = {}): Promise<TestServer> {
  const store = new MemoryStore();
  await initialiseCluster(store, {});
  const transport = await createCluster(store);
  const requests: TestServer['requests'] = [];
  const listener: RequestListener = (incoming, outgoing) => {
    void answer();
    async function answer(): Promise<void> {
      const url = new URL(incoming.url ?? '/', 'http://test');
      requests.push({ method: incoming.method ?? '', path: url.pathname, headers: incoming.headers });
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      );
      const response = await transport.send({
        method: incoming.method as ApiRequest['method'],
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers,
        ...(text ? { body: headers['content-type']?.includes('yaml') ? text : parseJson(text) } : {}),
      });
      for (const warning of response.warnings) outgoing.appendHeader('warning', `299 - "${warning}"`);
      if (response.events) {
        outgoing.writeHead(200, { 'content-type': 'application/json' });
        for await (const event of response.events) outgoing.write(`${stringifyJson({ ...event } as never)}\n`);
        outgoing.end();
        return;
      }
      const body = gzipSync(stringifyJson(response.body));
      outgoing.writeHead(response.code, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      outgoing.end(body);
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
