/**
 * What expressions hear of who may do what. Expressions don't wait; so one that asks what is not known yet is given up, the answer
 * is fetched, and it is evaluated again. Answers are kept for the request (apiserver `pkg/admission/plugin/authorizer`).
 */
import type { Answer, Ask, Question } from '../../../cel/library/authorizer';
import type { UserInfo } from '../../authentication';
import { type AccessAttributes, type Authorizer, decide } from '../../authorization';

/** Thrown where an answer is not there yet. */
class Unanswered extends Error {
  constructor(
    readonly key: string,
    readonly question: Question,
  ) {
    super('an authorizer was not asked yet');
  }
}

export class Decisions {
  private readonly answers = new Map<string, Answer>();

  constructor(
    private readonly authorizer: Authorizer | undefined,
    private readonly user: UserInfo,
  ) {}

  readonly ask: Ask = (question) => {
    const key = JSON.stringify(question);
    const answer = this.answers.get(key);
    if (!answer) throw new Unanswered(key, question);
    return answer;
  };

  /** Evaluates something until it has all its answers. */
  async settle<T>(evaluate: () => T): Promise<T> {
    for (;;) {
      try {
        return evaluate();
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        this.answers.set(error.key, await this.answerTo(error.question));
      }
    }
  }

  private async answerTo(question: Question): Promise<Answer> {
    const { serviceAccount } = question;
    const user = serviceAccount ? accountUser(serviceAccount) : this.user;
    const { allowed, reason, error } = await decide(this.authorizer, user, attributesOf(question));
    return { allowed, ...(reason ? { reason } : {}), ...(error ? { error } : {}) };
  }
}

/** ServiceAccountInfo.UserInfo. */
function accountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}

function attributesOf(question: Question): AccessAttributes {
  const { verb, path, fieldSelector, labelSelector } = question;
  const query = {
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  };
  return {
    isResourceRequest: path === undefined,
    verb,
    path: path ?? '',
    group: question.group ?? '',
    version: path === undefined ? '*' : '',
    resource: question.resource ?? '',
    subresource: question.subresource ?? '',
    namespace: question.namespace ?? '',
    name: question.name ?? '',
    query,
  };
}
