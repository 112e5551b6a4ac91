/** Who may do what by roles and bindings (kubernetes `plugin/pkg/auth/authorizer/rbac/rbac.go`). */
import type { UserInfo } from '../authentication';
import type { AccessAttributes, Authorizer, Decision, NonResourceRule, ResourceRule, Rules } from '../authorization';
import { allowingRule, type Policy } from './policy';

export class RbacAuthorizer implements Authorizer {
  constructor(private readonly policies: { current(): Policy | Promise<Policy> }) {}

  authorize(user: UserInfo, attributes: AccessAttributes): Decision | Promise<Decision> {
    const policy = this.policies.current();
    return policy instanceof Promise
      ? policy.then((late) => decide(late, user, attributes))
      : decide(policy, user, attributes);
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<Rules> {
    const policy = await this.policies.current();
    const { rules, errors } = policy.rulesOf(user, namespace);
    const resourceRules: ResourceRule[] = [];
    const nonResourceRules: NonResourceRule[] = [];
    for (const { rule } of rules) {
      const { verbs = [], apiGroups, resources, resourceNames, nonResourceURLs } = rule;
      if (resources?.length)
        resourceRules.push({
          verbs,
          ...(apiGroups ? { apiGroups } : {}),
          resources,
          ...(resourceNames ? { resourceNames } : {}),
        });
      if (nonResourceURLs?.length) nonResourceRules.push({ verbs, nonResourceURLs });
    }
    const error = errors.length > 0 ? { error: aggregate(errors) } : {};
    return { resourceRules, nonResourceRules, incomplete: false, ...error };
  }
}

function decide(policy: Policy, user: UserInfo, attributes: AccessAttributes): Decision {
  const owned = policy.rulesOf(user, attributes.namespace);
  const allowing = allowingRule(owned, attributes);
  if (allowing) return { allowed: true, reason: `RBAC: allowed by ${allowing.source}` };
  const { errors } = owned;
  return errors.length > 0 ? { allowed: false, reason: `RBAC: ${aggregate(errors)}` } : { allowed: false };
}

/** utilerrors.NewAggregate: what is the same is said once. */
function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] as string) : `[${distinct.join(', ')}]`;
}
