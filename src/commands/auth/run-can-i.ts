/** Completes, validates and runs `auth can-i` (CanIOptions). */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { PolicyRule } from '../../apimachinery/policy-rules';
import { CommandError, ExitSilently, type Invocation } from '../command';

const RESOURCE_VERBS =
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(
    ' ',
  );
const PATH_VERBS = 'get put post head options delete patch *'.split(' ');
/** Resources that servers know and don't tell of. */
const UNTOLD_RESOURCES = ['users', 'groups'];

export async function runCanI(invocation: Invocation): Promise<void> {
  if (invocation.flags.bool('list')) return listAccess(invocation);
  const question = await readQuestion(invocation, 'auth can-i');
  const { flags, streams } = invocation;
  validate(invocation, question);
  if (flags.bool('no-headers')) throw new CommandError('--no-headers cannot be set without --list specified');
  const { status = {} } = await review(invocation, 'SelfSubjectAccessReview', specOf(question));
  if (!flags.bool('quiet')) streams.out(`${answerText(status)}\n`);
  if (!status.allowed) throw new ExitSilently(1);
}

/** What is asked about. */
export interface Question {
  verb: string;
  /** '' where it is about a resource. */
  path: string;
  resource: { group: string; resource: string; namespaced: boolean };
  name: string;
  subresource: string;
  namespace: string;
}

/** @param command whose help is told of where the arguments are none */
export async function readQuestion(invocation: Invocation, command: string): Promise<Question> {
  const { args, flags, program } = invocation;
  const [verb = '', what = ''] = args;
  if (args.length !== 2) {
    throw new CommandError(
      `you must specify two arguments: verb resource or verb resource/resourceName.\nSee '${program} ${command} -h' for help and examples.`,
    );
  }
  const path = what.startsWith('/') ? what : '';
  const slash = path ? -1 : what.indexOf('/');
  const type = slash < 0 ? what : what.slice(0, slash);
  return {
    verb,
    path,
    resource: path ? NO_RESOURCE : await resourceFor(invocation, type),
    name: slash < 0 ? '' : what.slice(slash + 1),
    subresource: flags.string('subresource'),
    namespace: flags.bool('all-namespaces') ? '' : (await invocation.namespace()).namespace,
  };
}

/** Asked about as a request for it would be: what no namespace has is asked for without, and a Namespace is in itself. */
export function asRequested(question: Question): Question {
  const { path, resource, name } = question;
  if (path || resource.namespaced) return question;
  const isNamespace = resource.group === '' && resource.resource === 'namespaces';
  return { ...question, namespace: isNamespace ? name : '' };
}

const NO_RESOURCE = { group: '', resource: '', namespaced: true };

/** What the server makes of a type; a type that it doesn't know is asked about as it was typed. */
async function resourceFor(invocation: Invocation, type: string): Promise<Question['resource']> {
  if (type === '*') return { group: '', resource: type, namespaced: true };
  const typed = type.toLowerCase();
  const mapping = (await invocation.mapper()).resource(typed);
  if (mapping) return { group: mapping.group, resource: mapping.plural, namespaced: mapping.namespaced };
  if (!UNTOLD_RESOURCES.includes(typed)) {
    const [resource, ...group] = typed.split('.');
    warn(
      invocation,
      `the server doesn't have a resource type '${resource}'${group.length > 0 ? ` in group '${group.join('.')}'` : ''}`,
    );
  }
  return { group: '', resource: type, namespaced: true };
}

function validate(invocation: Invocation, { verb, path, resource, subresource }: Question): void {
  const unknownVerb = `verb '${verb}' is not a known verb`;
  if (path) {
    if (subresource) throw new CommandError('--subresource can not be used with NonResourceURL');
    if (!PATH_VERBS.includes(verb)) warn(invocation, unknownVerb);
  } else if (resource.resource !== '' && !invocation.flags.bool('all-namespaces')) {
    if (!resource.namespaced) {
      const group = resource.group ? ` in group '${resource.group}'` : '';
      warn(invocation, `resource '${resource.resource}' is not namespace scoped${group}`);
    }
    if (!RESOURCE_VERBS.includes(verb)) warn(invocation, unknownVerb);
  }
}

/** Upstream ends the text with a line break of its own. */
function warn({ streams }: Invocation, text: string): void {
  streams.err(`Warning: ${text}\n\n`);
}

export function specOf({
  verb,
  path,
  resource: { group, resource },
  name,
  subresource,
  namespace,
}: Question): JsonObject {
  if (path) return { nonResourceAttributes: withoutEmpty({ path, verb }) };
  return { resourceAttributes: withoutEmpty({ namespace, verb, group, resource, subresource, name }) };
}

function withoutEmpty(fields: Record<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

/** `yes`, `no - why`. */
function answerText({ allowed, reason, evaluationError }: KubeObject['status']): string {
  if (allowed) return 'yes';
  return ['no', reason, evaluationError].filter(Boolean).join(' - ');
}

/** --list: all that is allowed, as rules (RunAccessList). */
async function listAccess(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  if (args.length > 0) throw new CommandError('list option must be specified with no arguments');
  if (flags.bool('quiet') || flags.bool('all-namespaces') || flags.string('subresource')) {
    throw new CommandError("list option can't be specified with neither quiet, all-namespaces nor subresource options");
  }
  const { namespace } = await invocation.namespace();
  const { status = {} } = await review(invocation, 'SelfSubjectRulesReview', { namespace });
  if (status.incomplete) streams.err(`Warning: the list may be incomplete: ${status.evaluationError ?? ''}\n`);
  const { policyRuleRows } = await import('../../printers/policy-rules');
  const { newGetTabWriter } = await import('../../printers/tabwriter');
  const rules: PolicyRule[] = [...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])];
  const rows = policyRuleRows(rules);
  if (!flags.bool('no-headers')) rows.unshift(['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']);
  const writer = newGetTabWriter();
  for (const row of rows) writer.write(`${row.join('\t')}\n`);
  streams.out(writer.flush());
}

async function review(invocation: Invocation, kind: string, spec: JsonObject): Promise<KubeObject> {
  const path = { group: 'authorization.k8s.io', version: 'v1', resource: `${kind.toLowerCase()}s` };
  const client = await invocation.client();
  return client.create<KubeObject>(path, '', { kind, apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec });
}
