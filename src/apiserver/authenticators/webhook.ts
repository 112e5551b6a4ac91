/** Tokens that somebody else knows, asked over HTTP (apiserver `plugin/pkg/authenticator/token/webhook/webhook.go`). */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { Clock, Instant } from '../../sim/clock';
import type { UserInfo } from '../authentication';
import { sha256 } from '../digest';
import type { Asking, Found, TokenAuthenticator } from './authenticator';
import type { TokenWebhookSettings } from './settings';

/** Sends a TokenReview to where the kubeconfig says and gives back what comes; rejects where nothing does. */
export type AskTokenWebhook = (
  settings: { kubeConfigFile: string; timeout: number },
  review: JsonObject,
) => Promise<Json>;

const TIMEOUT = 30_000;
const MOST_KEPT = 1024;

export class TokenWebhook implements TokenAuthenticator {
  readonly name = 'webhook';
  private readonly kept = new Map<string, { found: Found | undefined; until: Instant }>();

  constructor(
    private readonly settings: TokenWebhookSettings,
    /** Absent in a process that makes no connections. */
    private readonly ask: AskTokenWebhook | undefined,
    private readonly clock: Clock,
    private readonly own: readonly string[],
  ) {}

  async authenticate(token: string, asking: Asking): Promise<Found | undefined> {
    const { ask, settings, clock } = this;
    if (!ask) {
      asking.note?.('the webhook is asked by "kubetick serve" only');
      return undefined;
    }
    const key = (await sha256(JSON.stringify([token, asking.audiences]))).join();
    const kept = this.kept.get(key);
    if (kept && kept.until > clock.now()) return kept.found;
    const apiVersion = `authentication.k8s.io/${settings.version}`;
    const spec = { token, audiences: [...asking.audiences] };
    const review = {
      kind: 'TokenReview',
      apiVersion,
      metadata: { creationTimestamp: null },
      spec,
      status: { user: {} },
    };
    const found = this.foundIn(
      await ask({ kubeConfigFile: settings.kubeConfigFile, timeout: TIMEOUT }, review),
      asking,
    );
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    this.kept.set(key, { found, until: clock.now() + settings.cacheTTL });
    return found;
  }

  private foundIn(answer: Json, { audiences: wanted }: Asking): Found | undefined {
    const status = isObject(answer) && isObject(answer['status']) ? answer['status'] : {};
    const named = strings(status['audiences']);
    const audiences = (named.length > 0 ? named : this.own).filter((one) => wanted.includes(one));
    if (audiences.length === 0) return undefined;
    if (status['authenticated'] !== true) {
      if (typeof status['error'] === 'string' && status['error'] !== '') throw new Error(status['error']);
      return undefined;
    }
    return { user: userOf(isObject(status['user']) ? status['user'] : {}), audiences };
  }
}

function userOf({ username, uid, groups, extra }: JsonObject): UserInfo {
  const more = Object.entries(isObject(extra) ? extra : {}).map(([key, values]) => [key, strings(values)] as const);
  return {
    name: typeof username === 'string' ? username : '',
    groups: strings(groups),
    ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
    ...(more.length > 0 ? { extra: Object.fromEntries(more) } : {}),
  };
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
