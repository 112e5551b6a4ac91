/** Who may do what by a list of policies, one JSON object a line (kubernetes `pkg/auth/authorizer/abac/abac.go`). */
import { isObject } from '../../apimachinery/json';
import type { UserInfo } from '../authentication';
import type { AccessAttributes, Authorizer, Decision, NonResourceRule, ResourceRule, Rules } from '../authorization';

/** The spec of an abac.authorization.kubernetes.io/v1beta1 Policy. */
export interface AbacPolicy {
  user?: string;
  group?: string;
  readonly?: boolean;
  apiGroup?: string;
  namespace?: string;
  resource?: string;
  nonResourcePath?: string;
}

const API_VERSION = 'abac.authorization.kubernetes.io/v1beta1';
const TEXTS = ['user', 'group', 'apiGroup', 'namespace', 'resource', 'nonResourcePath'] as const;

/**
 * Reads a policy file: blank lines and those that begin with `#` say nothing.
 * @throws Error naming the line that can't be read.
 */
export function parseAbacPolicies(file: string, text: string): AbacPolicy[] {
  const policies: AbacPolicy[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    try {
      policies.push(readPolicy(JSON.parse(trimmed)));
    } catch (error) {
      throw new Error(`error reading policy file ${file}, line ${i + 1}: ${line}: ${(error as Error).message}`);
    }
  }
  return policies;
}

function readPolicy(value: unknown): AbacPolicy {
  if (!isObject(value as never)) throw new Error('a policy is an object');
  const { apiVersion, kind, spec } = value as Record<string, unknown>;
  if (apiVersion !== API_VERSION || kind !== 'Policy')
    throw new Error(
      `no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')}`,
    );
  const policy: AbacPolicy = {};
  const fields = (spec ?? {}) as Record<string, unknown>;
  for (const name of TEXTS) {
    const field = fields[name];
    if (field === undefined) continue;
    if (typeof field !== 'string') throw new Error(`spec.${name} is no string`);
    policy[name] = field;
  }
  if (fields['readonly'] !== undefined) {
    if (typeof fields['readonly'] !== 'boolean') throw new Error('spec.readonly is no boolean');
    policy.readonly = fields['readonly'];
  }
  // "*" and the two groups stand for each other (v1beta1 conversion).
  if (policy.user === 'system:unauthenticated' || policy.user === 'system:authenticated') {
    policy.group = policy.user;
    delete policy.user;
  }
  if (policy.user === '*' || policy.group === '*') {
    delete policy.user;
    policy.group = 'system:authenticated';
  }
  return policy;
}

export class AbacAuthorizer implements Authorizer {
  constructor(private readonly policies: readonly AbacPolicy[]) {}

  authorize(user: UserInfo, asked: AccessAttributes): Decision {
    for (const policy of this.policies)
      if (isMeant(policy, user) && (!policy.readonly || isReading(asked)) && isAbout(policy, asked))
        return { allowed: true };
    return { allowed: false, reason: 'No policy matched.' };
  }

  rulesFor(user: UserInfo, namespace: string): Rules {
    const resourceRules: ResourceRule[] = [];
    const nonResourceRules: NonResourceRule[] = [];
    for (const policy of this.policies) {
      if (!isMeant(policy, user) || !(policy.namespace === '*' || (policy.namespace ?? '') === namespace)) continue;
      const verbs = policy.readonly ? ['get', 'list', 'watch'] : ['*'];
      if (policy.resource)
        resourceRules.push({ verbs, apiGroups: [policy.apiGroup ?? ''], resources: [policy.resource] });
      if (policy.nonResourcePath) nonResourceRules.push({ verbs, nonResourceURLs: [policy.nonResourcePath] });
    }
    return { resourceRules, nonResourceRules, incomplete: false };
  }
}

function isMeant({ user, group }: AbacPolicy, { name, groups }: UserInfo): boolean {
  if (!user && !group) return false;
  return (!user || user === name) && (!group || groups.includes(group));
}

function isReading({ verb }: AccessAttributes): boolean {
  return verb === 'get' || verb === 'list' || verb === 'watch';
}

function isAbout(policy: AbacPolicy, asked: AccessAttributes): boolean {
  const fits = (wanted: string | undefined, value: string) => wanted === '*' || (wanted ?? '') === value;
  if (asked.isResourceRequest)
    return (
      fits(policy.namespace, asked.namespace) &&
      fits(policy.resource, asked.resource) &&
      fits(policy.apiGroup, asked.group)
    );
  const { nonResourcePath: path = '' } = policy;
  if (path === '*' || path === asked.path) return true;
  return path.endsWith('*') && asked.path.startsWith(path.replace(/\*+$/, ''));
}
