/**
 * Asks webhooks, each at the very path that its kubeconfig names (apiserver `plugin/pkg/authorizer/webhook`). Only servers of this
 * machine are asked: nothing of a simulated cluster goes out.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import type { AskTokenWebhook } from '../apiserver/authenticators/webhook';
import type { AskWebhook } from '../apiserver/authorizers/webhook';
import { createHttpsTransport, type ServerAccess } from '../client/https-transport';
import type { Transport } from '../client/transport';
import { parseYaml } from '../yaml/read';
import { LOOPBACK } from './loopback';

/** Connections are kept, one for each kubeconfig. */
export function webhookClient(): AskWebhook & AskTokenWebhook {
  const transports = new Map<string, Transport>();
  return async ({ kubeConfigFile, timeout }, review) => {
    let transport = transports.get(kubeConfigFile);
    if (!transport) {
      transport = createHttpsTransport({ ...accessOf(kubeConfigFile), timeout });
      transports.set(kubeConfigFile, transport);
    }
    const { code, body } = await transport.send({ method: 'POST', path: '', body: review });
    if (code < 200 || code > 299) throw new Error(`the webhook of ${kubeConfigFile} answered with ${code}`);
    return body;
  };
}

function accessOf(file: string): ServerAccess {
  const config = parseYaml(readFileSync(file, 'utf8'));
  const entry = (list: string, name: Json | undefined, field: string): JsonObject => {
    const all = isObject(config) && Array.isArray(config[list]) ? config[list] : [];
    const found = all.find((one) => isObject(one) && one['name'] === name);
    const value = isObject(found) ? found[field] : undefined;
    return isObject(value) ? value : {};
  };
  const context = entry('contexts', isObject(config) ? config['current-context'] : undefined, 'context');
  const cluster = entry('clusters', context['cluster'], 'cluster');
  const user = entry('users', context['user'], 'user');
  const server = String(cluster['server'] ?? '');
  if (!URL.canParse(server)) throw new Error(`${file} names no server`);
  if (!LOOPBACK.test(new URL(server).hostname)) throw new Error(`${server} is not on this machine: it is not asked`);
  const pem = (from: JsonObject, name: string) => {
    const data = from[`${name}-data`];
    if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
    const path = from[name];
    return typeof path === 'string' ? readFileSync(resolve(dirname(file), path), 'utf8') : undefined;
  };
  const { token } = user;
  const texts = {
    certificateAuthority: pem(cluster, 'certificate-authority'),
    clientCertificate: pem(user, 'client-certificate'),
    clientKey: pem(user, 'client-key'),
  };
  return {
    server,
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    ...(typeof token === 'string' ? { token: async () => token } : {}),
  };
}
