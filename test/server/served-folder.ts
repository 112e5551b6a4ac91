/** A cluster in a temporary folder, served in this process as `kubetick serve` does; and requests to it as they go over the wire. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { type ServedFolder, type ServeOptions, serveFolder } from '../../src/server/serve-folder';
import { type Ran, type RunOptions, run } from '../commands/harness';

export interface Answer {
  code: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any kind
  json: any;
}

export interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: string | Buffer | object;
  /** Default: the admin's token. */
  credentials?: 'token' | 'certificate' | 'none';
}

export interface ServedTestFolder extends ServedFolder {
  stateFolder: string;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** Runs `kubectl <line>` in this process on the same folder: it finds the server. */
  run(line: string | readonly string[], options?: RunOptions): Promise<Ran>;
  /** Writes bytes to a connection of its own and gives what comes back until it ends. */
  raw(bytes: string | Buffer): Promise<string>;
  agent: Agent;
  port: number;
}

/** Thrown away when the test file ends. */
export async function servedFolder(options: Partial<ServeOptions> = {}): Promise<ServedTestFolder> {
  const home = mkdtempSync(join(tmpdir(), 'kubetick-served-'));
  const stateFolder = options.stateFolder ?? join(home, 'state');
  const failures: unknown[] = [];
  const served = await serveFolder({
    stateFolder,
    bind: '127.0.0.1',
    port: 0,
    speed: 0,
    every: 1000,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  const { credentials, endpoint } = served;
  const port = Number(new URL(endpoint).port);
  const agent = new Agent({ keepAlive: true, ca: credentials.authority });
  const withCertificate = new Agent({
    keepAlive: true,
    ca: credentials.authority,
    cert: credentials.admin.certificate,
    key: credentials.admin.key,
  });
  ends.push(async () => {
    agent.destroy();
    withCertificate.destroy();
    await served.close();
    rmSync(home, { recursive: true, force: true });
    expect(failures).toEqual([]);
  });

  return {
    ...served,
    stateFolder,
    agent,
    port,
    ask(path, { method, headers = {}, body, credentials: by = 'token' } = {}) {
      const isText = typeof body === 'string' || Buffer.isBuffer(body);
      const bytes = body === undefined ? undefined : Buffer.from(isText ? (body as string) : JSON.stringify(body));
      const request = httpsRequest({
        host: '127.0.0.1',
        port,
        path,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        agent: by === 'certificate' ? withCertificate : agent,
        headers: {
          ...(by === 'token' ? { authorization: `Bearer ${credentials.adminToken}` } : {}),
          ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}),
          ...headers,
        },
      });
      return new Promise<Answer>((resolve, reject) => {
        request.on('error', reject);
        request.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const isJson = response.headers['content-type']?.includes('json') && !response.headers['content-encoding'];
            resolve({
              code: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: isJson && text ? JSON.parse(text) : undefined,
            });
          });
        });
        request.end(bytes);
      });
    },
    run: (line, more = {}) =>
      run(line, { ...more, environment: { HOME: home, KUBETICK_STATE: stateFolder, ...more.environment } }),
    raw(bytes) {
      return new Promise((resolve, reject) => {
        const socket = tlsConnect({ port, host: '127.0.0.1', ca: credentials.authority }, () => socket.write(bytes));
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
        });
        // It may be closed while there is still something to write.
        socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
        socket.on('close', () => resolve(text));
      });
    },
  };
}

const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends.splice(0)) await end();
});
