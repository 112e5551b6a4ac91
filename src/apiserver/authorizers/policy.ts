/**
 * The cluster's roles and bindings, in memory: read once, and again when one of them changes. As long as a cluster has not
 * got its bootstrap policy yet (see cluster/bootstrap-policy.ts), it holds as if it had.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { PolicyRule } from '../../apimachinery/policy-rules';
import {
  type Asked,
  describeBinding,
  matchingSubject,
  RBAC_GROUP,
  RULE_PARTS,
  ruleAllows,
} from '../../apimachinery/rbac';
import type { Store } from '../../store/store';
import type { UserInfo } from '../authentication';
import { bootstrapPolicy } from '../bootstrap-policy/objects';
import { KeptCurrent } from '../kept-current';
import { objectKey, objectOf, resourcePrefix } from '../stored';

/** Lies in the store once the bootstrap policy does. */
export const BOOTSTRAP_KEY = '/kubetick/bootstrap-policy';

const PREFIX = `/registry/${RBAC_GROUP}/`;

/** A rule, and by which binding it is somebody's. */
export interface OwnedRule {
  rule: PolicyRule;
  /** `ClusterRoleBinding "x" of ClusterRole "y" to User "z"`. */
  source: string;
}

export interface OwnedRules {
  rules: readonly OwnedRule[];
  /** What could not be found on the way. */
  errors: readonly string[];
  /** What was asked before, by resource. */
  answers: Map<string, Answer[]>;
}

/** The rules that allow something to some name at least; the last of them to every name, if one does. */
interface Answer {
  verb: string;
  group: string;
  subresource: string;
  rules: readonly OwnedRule[];
}

/** Controllers ask for few things, and again and again. What else may be asked is without end, so no more is remembered. */
const MOST_RESOURCES = 100;
const MOST_ANSWERS = 20;

/** The first of the rules that allows it, if any does. */
export function allowingRule(owned: OwnedRules, asked: Asked): OwnedRule | undefined {
  if (!asked.isResourceRequest) return owned.rules.find(({ rule }) => ruleAllows(rule, asked));
  return answerTo(owned, asked).rules.find(({ rule }) => RULE_PARTS.name(rule, asked));
}

function answerTo(owned: OwnedRules, asked: Asked): Answer {
  const { verb, group, resource, subresource } = asked;
  const known = owned.answers.get(resource);
  if (known)
    for (const answer of known)
      if (answer.verb === verb && answer.group === group && answer.subresource === subresource) return answer;
  const answer: Answer = { verb, group, subresource, rules: rulesButForNames(owned, asked) };
  if (!known) {
    if (owned.answers.size < MOST_RESOURCES) owned.answers.set(resource, [answer]);
  } else if (known.length < MOST_ANSWERS) known.push(answer);
  return answer;
}

function rulesButForNames({ rules }: OwnedRules, asked: Asked): OwnedRule[] {
  const { verb, group, resource } = RULE_PARTS;
  const found: OwnedRule[] = [];
  for (const owned of rules) {
    const { rule } = owned;
    if (!verb(rule, asked) || !group(rule, asked) || !resource(rule, asked)) continue;
    found.push(owned);
    if (!rule.resourceNames?.length) break;
  }
  return found;
}

export class Policy {
  private readonly roles = new Map<string, KubeObject>();
  private readonly clusterBindings: KubeObject[] = [];
  private readonly bindings = new Map<string, KubeObject[]>();
  /** By user and namespace. */
  private readonly known = new WeakMap<UserInfo, Map<string, OwnedRules>>();

  constructor(objects: Iterable<readonly [key: string, object: KubeObject]>) {
    for (const [key, object] of objects) {
      if (key.startsWith(BINDINGS)) {
        const { namespace = '' } = object.metadata;
        const there = this.bindings.get(namespace);
        if (there) there.push(object);
        else this.bindings.set(namespace, [object]);
      } else if (key.startsWith(CLUSTER_BINDINGS)) this.clusterBindings.push(object);
      else this.roles.set(key, object);
    }
  }

  /** In the cluster and, unless it is '', in a namespace (VisitRulesFor). */
  rulesOf(user: UserInfo, namespace: string): OwnedRules {
    let known = this.known.get(user);
    if (!known) {
      known = new Map();
      this.known.set(user, known);
    }
    let owned = known.get(namespace);
    if (!owned) {
      owned = this.resolve(user, namespace);
      known.set(namespace, owned);
    }
    return owned;
  }

  private resolve(user: UserInfo, namespace: string): OwnedRules {
    const rules: OwnedRule[] = [];
    const errors: string[] = [];
    const local = namespace === '' ? undefined : this.bindings.get(namespace);
    const visit = (binding: KubeObject, home: string) => {
      const subject = matchingSubject(binding, user, home);
      if (!subject) return;
      const role = this.role(binding['roleRef'], home);
      if (!role) {
        errors.push(roleNotFound(binding['roleRef'] ?? {}));
        return;
      }
      const source = describeBinding(binding, subject);
      for (const rule of (role['rules'] ?? []) as PolicyRule[]) rules.push({ rule, source });
    };
    for (const binding of this.clusterBindings) visit(binding, '');
    for (const binding of local ?? []) visit(binding, namespace);
    return { rules, errors, answers: new Map() };
  }

  /** What a binding in this namespace refers to (GetRoleReferenceRules). */
  role(ref: { kind?: string; name?: string } | undefined, namespace: string): KubeObject | undefined {
    const { kind = '', name = '' } = ref ?? {};
    if (kind === 'ClusterRole') return this.roles.get(objectKey(CLUSTER_ROLES, '', name));
    return kind === 'Role' && namespace !== '' ? this.roles.get(objectKey(ROLES, namespace, name)) : undefined;
  }
}

const ROLES = resourcePrefix(RBAC_GROUP, 'roles');
const CLUSTER_ROLES = resourcePrefix(RBAC_GROUP, 'clusterroles');
const BINDINGS = resourcePrefix(RBAC_GROUP, 'rolebindings');
const CLUSTER_BINDINGS = resourcePrefix(RBAC_GROUP, 'clusterrolebindings');

/** As the listers say it. */
function roleNotFound({ kind = '', name = '' }: { kind?: string; name?: string }): string {
  if (kind !== 'Role' && kind !== 'ClusterRole') return `unsupported role reference kind: ${JSON.stringify(kind)}`;
  return `${kind.toLowerCase()}.${RBAC_GROUP} ${JSON.stringify(name)} not found`;
}

/** The policy of a store, kept current. One for each store. */
export class PolicyCache {
  private readonly kept: KeptCurrent<Policy>;

  private constructor(store: Store) {
    this.kept = new KeptCurrent(store, PREFIX, async () => {
      const [{ entries, revision }, bootstrapped] = await Promise.all([store.range(PREFIX), store.get(BOOTSTRAP_KEY)]);
      const stored = entries.map(({ key, value, revision }) => [key, objectOf(value, revision)] as const);
      return { made: policyFrom(stored, bootstrapped !== undefined), revision };
    });
  }

  static of(store: Store): PolicyCache {
    let cache = caches.get(store);
    if (!cache) {
      cache = new PolicyCache(store);
      caches.set(store, cache);
    }
    return cache;
  }

  current(): Policy | Promise<Policy> {
    return this.kept.current();
  }
}

const caches = new WeakMap<Store, PolicyCache>();

function policyFrom(stored: readonly (readonly [string, KubeObject])[], bootstrapped: boolean): Policy {
  if (bootstrapped) return new Policy(stored);
  if (stored.length === 0) {
    initial ??= new Policy(bootstrapEntries());
    return initial;
  }
  return new Policy(new Map([...bootstrapEntries(), ...stored]));
}

let initial: Policy | undefined;

/** The bootstrap policy under the keys that it will have. */
export function* bootstrapEntries(): Generator<readonly [key: string, object: KubeObject]> {
  for (const [resource, objects] of Object.entries(bootstrapPolicy()))
    for (const object of objects as readonly KubeObject[]) {
      const { name = '', namespace = '' } = object.metadata;
      yield [objectKey(resourcePrefix(RBAC_GROUP, resource), namespace, name), object];
    }
}
