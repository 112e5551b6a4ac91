/** What a kind's declaration is given beside its object. Made only for kinds that ask for it. */
import type { RequestContext } from './request-context';
import type { StrategyContext } from './resource';

/** @param attempt tells tries of one request apart, so that each draws anew. */
export function strategyContext(context: RequestContext, key: string, revision: number, attempt = 0): StrategyContext {
  const { core } = context;
  let random: StrategyContext['random'] | undefined;
  return {
    clock: core.clock,
    get random() {
      random ??= core.random.fork('strategy', key, revision, attempt);
      return random;
    },
    read: core.reader,
    user: context.user,
    featureGates: core.featureGates,
  };
}
