/** Answers `who-can` from the roles and bindings that the server has. */
import type { JsonObject } from '../../apimachinery/json';
import { ruleAllows, type Subject } from '../../apimachinery/rbac';
import { askedOf, bindingText, type Grant, grantObject, readGrants, roleText } from '../auth/granted-rules';
import { asRequested, readQuestion, specOf } from '../auth/run-can-i';
import type { Invocation } from '../command';
import { ownOutput, writeOwnObject } from '../own-object';
import { ownTable } from '../own-table';

export async function runWhoCan(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const output = ownOutput(flags);
  const question = asRequested(await readQuestion(invocation, 'who-can'));
  const asked = askedOf(question);
  const grants = await readGrants(await invocation.client());
  const people = grants
    .filter(({ namespace }) => namespace === '' || namespace === question.namespace)
    .filter(({ rules }) => rules.some((rule) => ruleAllows(rule, asked)))
    .flatMap((grant) => subjectsOf(grant).map((subject) => ({ grant, subject })));
  if (output) {
    const subjects = people.map(({ grant, subject }) => ({ ...told(subject), ...grantObject(grant) }));
    const kind = { apiVersion: 'kubetick.dev/v1', kind: 'WhoCan' };
    await writeOwnObject(streams, output, { ...kind, asked: specOf(question), subjects });
    return;
  }
  if (people.length === 0) {
    streams.err('No resources found\n');
    return;
  }
  const head = flags.bool('no-headers') ? undefined : ['KIND', 'NAME', 'NAMESPACE', 'BINDING', 'ROLE'];
  const rows = people.map(({ grant, subject: { kind, name, namespace } }) => [
    kind,
    name,
    namespace,
    bindingText(grant),
    roleText(grant),
  ]);
  streams.out(await ownTable(streams, head, rows));
}

interface Person {
  kind: string;
  name: string;
  /** Of a service account. */
  namespace: string;
}

function subjectsOf(grant: Grant): Person[] {
  const subjects: readonly Subject[] = grant.binding['subjects'] ?? [];
  return subjects.map(({ kind = '', name = '', namespace = '' }) => ({
    kind,
    name,
    namespace: kind === 'ServiceAccount' ? namespace || grant.namespace : '',
  }));
}

function told({ namespace, ...rest }: Person): JsonObject {
  return namespace ? { ...rest, namespace } : { ...rest };
}
