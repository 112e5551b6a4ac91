/** Roles and bindings described (kubectl describe.go RoleDescriber, RoleBindingDescriber). */
import { policyRuleRows } from '../policy-rules';
import { writeLabelsAndAnnotations } from './workload';
import { type Described, described } from './writer';

/** Role and ClusterRole. */
export function describeRole(role: Described): string {
  return described((writer) => {
    writer.field(0, 'Name', role.metadata.name);
    writeLabelsAndAnnotations(writer, role);
    writer.write(0, 'PolicyRule:\n');
    writer.write(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs\n');
    writer.write(1, '---------\t-----------------\t--------------\t-----\n');
    for (const cells of policyRuleRows(role.rules ?? [])) writer.write(1, `${cells.join('\t')}\n`);
  });
}

/** RoleBinding and ClusterRoleBinding. */
export function describeRoleBinding(binding: Described): string {
  const { roleRef = {}, subjects = [] } = binding;
  return described((writer) => {
    writer.field(0, 'Name', binding.metadata.name);
    writeLabelsAndAnnotations(writer, binding);
    writer.write(0, 'Role:\n');
    writer.field(1, 'Kind', roleRef.kind ?? '');
    writer.field(1, 'Name', roleRef.name ?? '');
    writer.write(0, 'Subjects:\n');
    writer.write(1, 'Kind\tName\tNamespace\n');
    writer.write(1, '----\t----\t---------\n');
    for (const { kind = '', name = '', namespace = '' } of subjects)
      writer.write(1, `${kind}\t${name}\t${namespace}\n`);
  });
}
