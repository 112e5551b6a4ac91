/** Answers `auth why`. The server decides; the roles are read to tell how. */
import type { JsonObject } from '../../apimachinery/json';
import { jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { PolicyRule } from '../../apimachinery/policy-rules';
import { matchingSubject, missingParts, type RulePart } from '../../apimachinery/rbac';
import { isReason } from '../../apimachinery/status';
import { impersonationHeaders } from '../../client/impersonation-headers';
import { ExitSilently, type Invocation } from '../command';
import { ownOutput, writeOwnObject } from '../own-object';
import { ownTable } from '../own-table';
import { askedOf, bindingText, type Grant, grantObject, readGrants, roleText, ruleText } from './granted-rules';
import { asRequested, type Question, readQuestion, specOf } from './run-can-i';

interface Who {
  username: string;
  groups: string[];
  uid?: string;
  extra?: JsonObject;
}

/** How many of those that come near are told. */
const MOST_NEAR = 8;

export async function runWhy(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const output = ownOutput(flags);
  const question = asRequested(await readQuestion(invocation, 'auth why'));
  const who = await subjectOf(invocation);
  const { allowed, reason = '' } = await decision(invocation, who, question);
  const grants = await readGrants(await invocation.client());
  const found = allowed ? allowing(grants, who, question) : nearest(grants, who, question);
  if (output) {
    const rules = found.map((one) => foundObject(one, allowed));
    await writeOwnObject(streams, output, {
      apiVersion: 'kubetick.dev/v1',
      kind: 'WhyAllowed',
      user: jsonOf(who),
      asked: specOf(question),
      allowed: allowed === true,
      ...(reason ? { reason } : {}),
      [allowed ? 'allowedBy' : 'nearest']: rules,
    });
  } else {
    streams.out(`${allowed ? 'yes' : 'no'}: ${sentence(who, question, allowed)}\n`);
    if (!allowed && reason) streams.out(`${reason}\n`);
    const head = ['BINDING', 'ROLE', 'RULE', ...(allowed ? [] : ['LACKS'])];
    const rows = (allowed ? found : found.slice(0, MOST_NEAR)).map((one) => foundRow(one, question, allowed));
    if (rows.length > 0) streams.out(await ownTable(streams, head, rows));
    else streams.out(allowed ? `${byNoRole(who)}\n` : 'No rule comes near.\n');
  }
  if (!allowed) throw new ExitSilently(1);
}

/** A rule by which something is allowed, or that comes near and lacks something. */
interface Found {
  grant: Grant;
  rule: PolicyRule;
  lacks: string[];
}

function foundRow({ grant, rule, lacks }: Found, question: Question, allowed: boolean): string[] {
  const row = [bindingText(grant), roleText(grant), ruleText(rule, askedOf(question))];
  return allowed ? row : [...row, lacks.join(', ')];
}

function foundObject({ grant, rule, lacks }: Found, allowed: boolean): JsonObject {
  return { ...grantObject(grant), rule: jsonOf(rule), ...(allowed ? {} : { lacks }) };
}

/** As the server knows them, with the groups that it adds; of those who may not even ask, what is known here. */
async function subjectOf(invocation: Invocation): Promise<Who> {
  const { flags } = invocation;
  const user = flags.string('as');
  const asked = flags.strings('as-group');
  const client = await invocation.client();
  try {
    const review = await client.request<JsonObject>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      ...(user ? { headers: impersonationHeaders({ user, groups: asked }) } : {}),
      body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata: {} },
    });
    const { username = '', groups = [], ...rest } = (review as unknown as KubeObject)['status']?.userInfo ?? {};
    return { username, groups, ...rest };
  } catch (error) {
    if (!user || !isReason(error, 'Forbidden')) throw error;
    return { username: user, groups: [...asked, 'system:authenticated'] };
  }
}

async function decision(invocation: Invocation, who: Who, question: Question): Promise<KubeObject['status']> {
  const client = await invocation.client();
  const { username: user, ...rest } = who;
  const path = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
  const review = await client.create<KubeObject>(path, '', {
    kind: 'SubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: { ...specOf(question), user, ...(jsonOf(rest) as JsonObject) },
  });
  return review['status'] ?? {};
}

function sentence({ username }: Who, question: Question, allowed: boolean): string {
  const { verb, path, resource, name, subresource, namespace } = question;
  const may = `${username} ${allowed ? 'may' : 'may not'} ${verb}`;
  if (path) return `${may} ${path}`;
  const full = `${resource.resource}${resource.group ? `.${resource.group}` : ''}${subresource ? `/${subresource}` : ''}`;
  return `${may} ${full}${name ? ` ${name}` : ''} ${namespace ? `in namespace ${namespace}` : 'in the whole cluster'}`;
}

function byNoRole({ groups }: Who): string {
  return groups.includes('system:masters')
    ? 'The group system:masters may do everything, whatever roles say.'
    : 'No role says so: another authorizer does.';
}

function allowing(grants: readonly Grant[], who: Who, question: Question): Found[] {
  const found: Found[] = [];
  for (const grant of grants) {
    if (!holdsIn(grant, question.namespace) || !bindsTo(grant, who)) continue;
    const rule = grant.rules.find((one) => missingParts(one, askedOf(question)).length === 0);
    if (rule) found.push({ grant, rule, lacks: [] });
  }
  return found;
}

function holdsIn({ namespace }: Grant, asked: string): boolean {
  return namespace === '' || namespace === asked;
}

function bindsTo({ binding, namespace }: Grant, { username, groups }: Who): boolean {
  return matchingSubject(binding, { name: username, groups }, namespace) !== undefined;
}

/** The rules that lack one thing, or two where none does; of each binding the best. */
function nearest(grants: readonly Grant[], who: Who, question: Question): Found[] {
  const candidates: Found[] = [];
  for (const grant of grants) {
    const bound = bindsTo(grant, who);
    // What the cluster's own components are given is no way for others.
    if (!bound && grant.binding.metadata.labels?.['kubernetes.io/bootstrapping']) continue;
    let best: Found | undefined;
    for (const rule of grant.rules) {
      const missing = missingParts(rule, askedOf(question));
      if (missing.includes('resource') || missing.includes('path')) continue;
      const lacks = missing.map((part) => lackText(part, question));
      if (!holdsIn(grant, question.namespace)) lacks.push(`holds in namespace ${grant.namespace} only`);
      if (!bound) lacks.push(`does not bind ${who.username}`);
      if (!best || lacks.length < best.lacks.length) best = { grant, rule, lacks };
    }
    if (best) candidates.push(best);
  }
  const least = Math.min(...candidates.map(({ lacks }) => lacks.length));
  return candidates.filter(({ lacks }) => lacks.length === least && least <= 2);
}

function lackText(part: RulePart, { verb, resource, name, path }: Question): string {
  switch (part) {
    case 'verb':
      return `verb ${verb}`;
    case 'group':
      return resource.group ? `API group ${resource.group}` : 'the core API group';
    case 'resource':
      return `resource ${resource.resource}`;
    case 'name':
      return name ? `name ${name}` : 'is for single names';
    case 'path':
      return `path ${path}`;
  }
}
