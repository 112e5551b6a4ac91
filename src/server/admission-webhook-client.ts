/**
 * Asks admission webhooks over HTTPS, and tells what goes wrong as Go's HTTP client does (apiserver `pkg/util/webhook/client.go`).
 * Only servers of this machine are asked: nothing of a simulated cluster goes out.
 */
import { request } from 'node:https';
import type { Json } from '../apimachinery/json';
import { parseJson, stringifyJson } from '../apimachinery/json-text';
import type { AskAdmissionWebhook, WebhookTarget } from '../apiserver/admission/webhooks/ask';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/i;
const MOST_BYTES = 16 * 1024 * 1024;

export function admissionWebhookClient(): AskAdmissionWebhook {
  return async (target, review) => {
    if (!URL.canParse(target.url)) throw new Error('Unparsable URL');
    const url = new URL(target.url);
    if (!LOOPBACK.test(url.hostname)) throw new Error(`${url.host} is not on this machine: it is not asked`);
    url.searchParams.set('timeout', `${target.timeoutSeconds}s`);
    const { code, text } = await post(url, target, stringifyJson(review));
    if (code < 200 || code > 299) throw new Error(refusal(code, text));
    return parseAnswer(text);
  };
}

function parseAnswer(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new Error(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

function refusal(code: number, text: string): string {
  const said = text.trim();
  return said === '' || said.length > 1000
    ? `the server responded with the status code ${code} but did not return more information`
    : `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`;
}

function post(url: URL, target: WebhookTarget, body: string): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: {
          accept: 'application/json, */*',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'kube-apiserver-admission',
        },
        signal: AbortSignal.timeout(target.timeoutSeconds * 1000),
        ...(target.certificateAuthority ? { ca: target.certificateAuthority } : {}),
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MOST_BYTES) sent.destroy(new Error('http: response body too large'));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', (error) => reject(new Error(goText(error, url))));
      },
    );
    sent.on('error', (error) => reject(new Error(goText(error, url))));
    sent.end(body);
  });
}

/** What Go says of it. */
function goText(error: NodeJS.ErrnoException, url: URL): string {
  const port = url.port || '443';
  const address = `${url.hostname === 'localhost' ? '127.0.0.1' : url.hostname}:${port}`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'ECONNRESET':
      return 'EOF';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`;
    case 'EPROTO':
      return 'http: server gave HTTP response to HTTPS client';
  }
  return error.name === 'AbortError' || error.name === 'TimeoutError' ? 'context deadline exceeded' : error.message;
}
