/** Which containers ask for something over the network, and which pods hang on what they are answered. */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { keyOf } from '../resource-names';
import type { Container } from './container';

/** Could its command ask for something over the network, as far as its program knows such commands (program/builtins.ts)? */
export function mayAsk({ command, args }: { command?: readonly string[]; args?: readonly string[] }): boolean {
  return isQuestion(command) || isQuestion(args);
}

function isQuestion(words: readonly string[] | undefined): boolean {
  return words?.some((word) => /(?:^|[^\w-])(?:wget|curl|nc|nslookup|ping)(?:\s|$)/.test(word)) ?? false;
}

/** Does one of its containers ask for something over the network? */
export function asksAround({ spec }: KubeObject): boolean {
  return anyAsks(spec?.containers) || anyAsks(spec?.initContainers);
}

function anyAsks(containers: readonly Container[] | undefined): boolean {
  if (containers) for (let i = 0; i < containers.length; i++) if (mayAsk(containers[i] as Container)) return true;
  return false;
}

/** The pods that may be answered otherwise since this object changed: a Service, who is behind it, who may speak to whom. */
export function podsThatAsk(_: KubeObject, cache: IndexedCache): readonly string[] {
  return cache.index('pods', 'asks', 'true').map(keyOf);
}
