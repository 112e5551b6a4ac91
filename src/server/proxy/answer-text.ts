/** Short answers of the proxy's own (net/http Error). */
import type { ServerResponse } from 'node:http';

export function answerText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(`${text}\n`);
}
