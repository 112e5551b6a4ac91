/** Files of a folder over HTTP (Go's net/http FileServer, as kubectl pkg/proxy/proxy_server.go newFileHandler uses it). */
import { createReadStream, readdirSync, type Stats, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { answerText } from './answer-text';

const TYPES: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.xml': 'text/xml; charset=utf-8',
};

/** `path` is decoded, clean, and without the prefix that the files are served under. */
export async function answerFile(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path.endsWith('/index.html')) return redirect(response, './');
  let file = join(folder, path);
  let found = lookUp(file);
  if (!found) return answerText(response, 404, '404 page not found');
  if (found.isDirectory()) {
    if (!path.endsWith('/')) return redirect(response, `${path.slice(path.lastIndexOf('/') + 1)}/`);
    const index = lookUp(join(file, 'index.html'));
    if (!index?.isFile()) return answerListing(file, response);
    file = join(file, 'index.html');
    found = index;
  } else if (path.endsWith('/')) return redirect(response, `../${path.slice(0, -1).split('/').at(-1)}`);
  await sendFile(file, found, request, response);
}

function lookUp(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { location }).end();
}

async function sendFile(file: string, { size, mtime }: Stats, request: IncomingMessage, response: ServerResponse) {
  const modified = mtime.toUTCString();
  if (request.headers['if-modified-since'] === modified) {
    response.writeHead(304, { 'last-modified': modified }).end();
    return;
  }
  response.writeHead(200, {
    'accept-ranges': 'none',
    'content-length': size,
    'content-type': TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
    'last-modified': modified,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file, size === 0 ? {} : { end: size - 1 }), response);
}

function answerListing(folder: string, response: ServerResponse): void {
  const names = readdirSync(folder, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
  const links = names.map((name) => `<a href="${encodeURI(`./${name}`).slice(2)}">${escapeHtml(name)}</a>\n`);
  const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n';
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`${head}<pre>\n${links.join('')}</pre>\n`);
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (letter) => entities[letter] as string);
}
