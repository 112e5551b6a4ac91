/** What expressions ask of who may do what: `authorizer.group('').resource('pods').check('get').allowed()` (apiserver `pkg/cel/library/authz.go`). */
import { isDNS1123Label, nameIsDNSSubdomain } from '../../apimachinery/names';
import { type FunctionDeclaration, memberOverload } from '../functions';
import { BOOL, STRING, structType, type Type } from '../types';
import { CelError, NO_SUCH_OVERLOAD, Opaque, type Value } from '../values';

export const AUTHORIZER = structType('kubernetes.authorization.Authorizer');
const PATH_CHECK = structType('kubernetes.authorization.PathCheck');
const GROUP_CHECK = structType('kubernetes.authorization.GroupCheck');
export const RESOURCE_CHECK = structType('kubernetes.authorization.ResourceCheck');
const DECISION = structType('kubernetes.authorization.Decision');

/** What is asked: of a resource, or of a path. */
export interface Question {
  /** Whose rights: the request's user unless a service account is named. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface Answer {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly error?: string;
}

/** Answers at once; whoever has to wait throws, and the expression is evaluated again. */
export type Ask = (question: Question) => Answer;

/** A question on its way to being asked. */
class Asking extends Opaque {
  constructor(
    override readonly type: Type,
    readonly ask: Ask,
    readonly about: Omit<Question, 'verb'>,
  ) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof Asking ? other === this : NO_SUCH_OVERLOAD;
  }
  with(type: Type, more: Partial<Question>): Asking {
    return new Asking(type, this.ask, { ...this.about, ...more });
  }
}

class DecisionValue extends Opaque {
  override readonly type = DECISION;
  constructor(readonly answer: Answer) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof DecisionValue ? other === this : NO_SUCH_OVERLOAD;
  }
}

/** The variable `authorizer`. */
export function authorizerValue(ask: Ask): Value {
  return new Asking(AUTHORIZER, ask, {});
}

/** The variable `authorizer.requestResource`. */
export function requestResourceValue(ask: Ask, about: Omit<Question, 'verb'>): Value {
  return new Asking(RESOURCE_CHECK, ask, about);
}

const isEmpty = (text: string) => text.trim() === '';

function serviceAccount(asking: Asking, namespace: string, name: string): Value {
  if (nameIsDNSSubdomain(name, false).length > 0) return new CelError('Invalid service account name');
  if (isDNS1123Label(namespace).length > 0) return new CelError('Invalid service account namespace');
  return asking.with(AUTHORIZER, { serviceAccount: { namespace, name } });
}

const check = (asking: Asking, verb: string): Value => new DecisionValue(asking.ask({ ...asking.about, verb }));

const narrowed = (field: keyof Question) => (asking: Asking, text: string) =>
  asking.with(RESOURCE_CHECK, { [field]: text });

/** One overload of one function. */
const declare = (name: string, id: string, args: Type[], result: Type, run: (...args: never[]) => Value) => ({
  name,
  overloads: [memberOverload(id, args, result, run)],
});

export const AUTHORIZER_TYPES: readonly Type[] = [AUTHORIZER, PATH_CHECK, GROUP_CHECK, RESOURCE_CHECK, DECISION];

export const AUTHORIZER_FUNCTIONS: readonly FunctionDeclaration[] = [
  declare('path', 'authorizer_path', [AUTHORIZER, STRING], PATH_CHECK, (asking: Asking, path: string) =>
    isEmpty(path) ? new CelError('path must not be empty') : asking.with(PATH_CHECK, { path }),
  ),
  declare('group', 'authorizer_group', [AUTHORIZER, STRING], GROUP_CHECK, (asking: Asking, group: string) =>
    asking.with(GROUP_CHECK, { group }),
  ),
  declare('serviceAccount', 'authorizer_serviceaccount', [AUTHORIZER, STRING, STRING], AUTHORIZER, serviceAccount),
  declare(
    'resource',
    'groupcheck_resource',
    [GROUP_CHECK, STRING],
    RESOURCE_CHECK,
    (asking: Asking, resource: string) =>
      isEmpty(resource) ? new CelError('resource must not be empty') : asking.with(RESOURCE_CHECK, { resource }),
  ),
  declare(
    'subresource',
    'resourcecheck_subresource',
    [RESOURCE_CHECK, STRING],
    RESOURCE_CHECK,
    narrowed('subresource'),
  ),
  declare('namespace', 'resourcecheck_namespace', [RESOURCE_CHECK, STRING], RESOURCE_CHECK, narrowed('namespace')),
  declare('name', 'resourcecheck_name', [RESOURCE_CHECK, STRING], RESOURCE_CHECK, narrowed('name')),
  declare(
    'fieldSelector',
    'authorizer_fieldselector',
    [RESOURCE_CHECK, STRING],
    RESOURCE_CHECK,
    narrowed('fieldSelector'),
  ),
  declare(
    'labelSelector',
    'authorizer_labelselector',
    [RESOURCE_CHECK, STRING],
    RESOURCE_CHECK,
    narrowed('labelSelector'),
  ),
  declare('check', 'pathcheck_check', [PATH_CHECK, STRING], DECISION, check),
  declare('check', 'resourcecheck_check', [RESOURCE_CHECK, STRING], DECISION, check),
  declare('allowed', 'decision_allowed', [DECISION], BOOL, ({ answer }: DecisionValue) => answer.allowed),
  declare('reason', 'decision_reason', [DECISION], STRING, ({ answer }: DecisionValue) => answer.reason ?? ''),
  declare('errored', 'decision_errored', [DECISION], BOOL, ({ answer }: DecisionValue) => answer.error !== undefined),
  declare('error', 'decision_error', [DECISION], STRING, ({ answer }: DecisionValue) => answer.error ?? ''),
];
