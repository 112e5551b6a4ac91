/** Rules of roles from --verb, --resource and --resource-name (CreateRoleOptions, generateResourcePolicyRules). */
import type { JsonObject } from '../../apimachinery/json';
import { sortStrings } from '../../apimachinery/json-text';
import type { RestMapper } from '../../client/rest-mapper';
import { CommandError, type Flag, type Flags, type Invocation } from '../command';
import { NoResourceMatchError } from '../errors';

export const ruleFlags: readonly Flag[] = [
  { name: 'verb', type: 'stringSlice', usage: 'Verb that applies to the resources contained in the rule' },
  { name: 'resource', type: 'stringSlice', usage: 'Resource that the rule applies to' },
  {
    name: 'resource-name',
    type: 'stringArray',
    usage: 'Resource in the white list that the rule applies to, repeat this flag for multiple items',
  },
];

interface RuleResource {
  group: string;
  resource: string;
  subresource: string;
}

export interface RuleFlags {
  verbs: string[];
  resources: RuleResource[];
  names: string[];
}

/** What the flags say, each once; `*` stands for all others. */
export function readRuleFlags(flags: Flags): RuleFlags {
  const verbs = flags.strings('verb');
  const resources: RuleResource[] = [];
  for (const text of flags.strings('resource')) {
    const [qualified = '', ...behind] = text.split('/');
    const [resource = '', ...groups] = qualified.split('.');
    const one = { group: groups.join('.'), resource, subresource: behind.join('/') };
    if (text === '*') return { verbs: once(verbs), resources: [one], names: unique(flags.strings('resource-name')) };
    resources.push(one);
  }
  return { verbs: once(verbs), resources, names: unique(flags.strings('resource-name')) };
}

function once(verbs: readonly string[]): string[] {
  return verbs.includes('*') ? ['*'] : unique(verbs);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

const RESOURCE_VERBS =
  '* get delete list create update patch watch proxy deletecollection use bind escalate impersonate'.split(' ');

const RBAC = 'rbac.authorization.k8s.io';
/** Verbs that only some resources know. */
const SPECIAL_VERBS: Readonly<Record<string, readonly string[]>> = {
  use: ['podsecuritypolicies.policy', 'podsecuritypolicies.extensions'],
  bind: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  escalate: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  impersonate: ['users.', 'serviceaccounts.', 'groups.', 'userextras.authentication.k8s.io'],
};

export function warnOfVerbs({ streams }: Invocation, { verbs }: RuleFlags): void {
  for (const verb of verbs) {
    if (!RESOURCE_VERBS.includes(verb)) streams.err(`Warning: '${verb}' is not a standard resource verb\n`);
  }
}

/** Throws for resources that the server doesn't have, and verbs that make no sense for them. */
export function validateResources({ verbs, resources }: RuleFlags, mapper: RestMapper): void {
  for (const given of resources) {
    if (given.resource === '') throw new CommandError('resource must be specified if apiGroup/subresource specified');
    if (given.resource === '*') return;
    const known = find(given, mapper);
    const { group, resource } = known ?? given;
    let special = false;
    for (const verb of verbs) {
      if (!Object.hasOwn(SPECIAL_VERBS, verb)) continue;
      if (!SPECIAL_VERBS[verb]?.includes(`${resource}.${group}`)) {
        throw new CommandError(`can not perform '${verb}' on '${resource}' in group '${group}'`);
      }
      special = true;
    }
    if (!known && !special) throw new NoResourceMatchError({ group, resource });
  }
}

function find({ group, resource }: RuleResource, mapper: RestMapper): { group: string; resource: string } | undefined {
  const info = mapper.resource(group ? `${resource}.${group}` : resource);
  return info && { group: info.group, resource: info.plural };
}

/** A rule for each API group. */
export function policyRules({ verbs, resources, names }: RuleFlags, mapper: RestMapper): JsonObject[] {
  const groups = new Map<string, string[]>();
  for (const given of resources) {
    const { group, resource } = find(given, mapper) ?? given;
    const listed = groups.get(group) ?? [];
    groups.set(group, unique([...listed, given.subresource ? `${resource}/${given.subresource}` : resource]));
  }
  return sortStrings([...groups.keys()]).map((group) => ({
    verbs,
    apiGroups: [group],
    resources: groups.get(group) as string[],
    resourceNames: names,
  }));
}
