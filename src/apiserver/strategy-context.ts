/** What a kind's declaration is given beside its object. Made only for kinds that ask for it. */
import type { RequestContext } from './request-context';
import type { StrategyContext } from './resource';

/** @param attempt tells tries of one request apart, so that each draws anew. */
export function strategyContext(
  context: RequestContext,
  key: string,
  revision: number,
  { attempt = 0, dryRun = false } = {},
): StrategyContext {
  return new RequestStrategyContext(context, key, revision, attempt, dryRun);
}

/** Made for nearly every write, so it is small; chance is forked when first asked for. */
class RequestStrategyContext implements StrategyContext {
  private own: StrategyContext['random'] | undefined;
  constructor(
    private readonly context: RequestContext,
    private readonly key: string,
    private readonly revision: number,
    private readonly attempt: number,
    readonly dryRun: boolean,
  ) {}
  get clock() {
    return this.context.core.clock;
  }
  get random() {
    this.own ??= this.context.core.random.fork('strategy', this.key, this.revision, this.attempt);
    return this.own;
  }
  get read() {
    return this.context.core.reader;
  }
  get user() {
    return this.context.user;
  }
  get featureGates() {
    return this.context.core.featureGates;
  }
  get serviceRanges() {
    return this.context.core.serviceRanges;
  }
}
