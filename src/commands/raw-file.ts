/** --raw with a file: its content is the body of the request, as it is (kubectl pkg/rawhttp/raw.go). */
import type { ApiRequest } from '../client/transport';
import type { Invocation } from './command';
import { readFileText } from './print-objects';
import { sendRaw } from './raw';

/** Sends a file, or standard input for `-`, and prints the answer. */
export async function sendFile(
  invocation: Invocation,
  method: ApiRequest['method'],
  uri: string,
  filename: string,
): Promise<void> {
  const text = filename === '-' ? await invocation.streams.stdin() : await readFileText(filename, invocation.cwd);
  await sendRaw(invocation, method, uri, new TextEncoder().encode(text));
}
