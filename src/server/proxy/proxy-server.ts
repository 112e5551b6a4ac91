/** The proxy's HTTP server: which requests go to the API, which to files (kubectl pkg/proxy/proxy_server.go NewServer). */
import { lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { posix } from 'node:path';
import type { Transport } from '../../client/transport';
import { answerText } from './answer-text';
import { passOverWire, passToCluster } from './pass-on';

/** May a request pass? `path` is decoded, `host` as the header has it. */
export type RequestFilter = (method: string, path: string, host: string) => boolean;

export interface ProxyOptions {
  transport: Transport;
  /** Both end in a slash. */
  apiPrefix: string;
  staticPrefix: string;
  /** The folder of static files; '' for none. */
  staticFolder: string;
  filter: RequestFilter | undefined;
  appendServerPath: boolean;
  listen: { address: string; port: number } | { socket: string };
}

export interface RunningProxy {
  /** `127.0.0.1:8001`, or the socket's path. */
  address: string;
  /** Ends what is open and stops listening. */
  close(): Promise<void>;
}

/** @throws Error in Go's words where it can't listen. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const server = createServer((request, response) => void answer(options, request, response));
  // Watches last as long as they are wanted.
  server.requestTimeout = 0;
  const address = await listen(server, options.listen);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(options, request, response);
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy();
    else answerText(response, 500, (error as Error).message);
  }
}

async function route(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { apiPrefix, staticPrefix, staticFolder } = options;
  const { path, search } = splitTarget(request.url ?? '/');
  const clean = cleanPath(path);
  if (clean !== path) return void response.writeHead(301, { location: clean + search }).end();
  const handlers = [
    { prefix: apiPrefix, run: () => answerApi(options, path, search, request, response) },
    { prefix: staticPrefix, run: () => answerStatic(options, path, request, response) },
  ].slice(0, staticFolder === '' ? 1 : 2);
  // The longer prefix counts, and one without its slash is sent on to it (http.ServeMux).
  handlers.sort((a, b) => b.prefix.length - a.prefix.length);
  for (const { prefix, run } of handlers) {
    if (path.startsWith(prefix)) return run();
    if (`${path}/` === prefix) return void response.writeHead(301, { location: prefix + search }).end();
  }
  answerText(response, 404, '404 page not found');
}

async function answerApi(
  { transport, apiPrefix, filter, appendServerPath }: ProxyOptions,
  fullPath: string,
  search: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // What begins with /api is the API's own path (stripLeaveSlash is for others).
  const path = apiPrefix.startsWith('/api') ? fullPath : `/${fullPath.slice(apiPrefix.length)}`;
  if (filter && !filter(request.method ?? '', decoded(path), request.headers.host ?? ''))
    return answerText(response, 403, 'Forbidden');
  const target = { path, search };
  const { wire } = transport;
  if (wire) return passOverWire(wire, appendServerPath, target, request, response);
  return passToCluster(transport, target, request, response);
}

async function answerStatic(
  { staticPrefix, staticFolder }: ProxyOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { answerFile } = await import('./static-files');
  // Dots that were encoded are dots as well.
  const file = posix.normalize(`/${decoded(path.slice(staticPrefix.length))}`);
  await answerFile(staticFolder, file, request, response);
}

function splitTarget(url: string): { path: string; search: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, search: '' } : { path: url.slice(0, mark), search: url.slice(mark) };
}

function cleanPath(path: string): string {
  const clean = posix.normalize(path.startsWith('/') ? path : `/${path}`);
  return clean.replace(/^\/\/+/, '/');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function listen(server: Server, where: ProxyOptions['listen']): Promise<string> {
  const isSocket = 'socket' in where;
  if (isSocket && lstatSync(where.socket, { throwIfNoEntry: false })?.isSocket()) rmSync(where.socket);
  // Only its owner may connect to the socket.
  const mask = isSocket ? process.umask(0o077) : undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (isSocket) server.listen(where.socket, resolve);
      else server.listen(where.port, isWildcard(where.address) ? '::' : where.address, resolve);
    });
  } catch (error) {
    const place = isSocket ? `unix ${where.socket}` : `tcp ${hostAndPort(where.address, where.port)}`;
    throw new Error(`listen ${place}: ${listenFailure(error as NodeJS.ErrnoException, where)}`);
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
  if (isSocket) return where.socket;
  const { address, port } = server.address() as AddressInfo;
  return hostAndPort(address, port);
}

/** Go listens on both families where the address is none in particular. */
function isWildcard(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::' || address === '[::]';
}

function hostAndPort(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

const FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  EACCES: 'bind: permission denied',
  ENOENT: 'bind: no such file or directory',
  EINVAL: 'bind: invalid argument',
};

function listenFailure({ code = '', message }: NodeJS.ErrnoException, where: ProxyOptions['listen']): string {
  if ((code === 'ENOTFOUND' || code === 'EAI_AGAIN') && 'address' in where)
    return `lookup ${where.address}: no such host`;
  return FAILURES[code] ?? message;
}
