/** `create role` (kubectl pkg/cmd/create/create_role.go). */
import { CommandError } from '../command';
import { generatorCommand } from './generate';
import { policyRules, readRuleFlags, ruleFlags, validateResources, warnOfVerbs } from './policy-rules';

export default generatorCommand(
  {
    use: 'role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
    short: 'Create a role with single rule',
    long: 'Make a role that allows verbs on resources of a namespace, all of them or those of some names.',
    examples: `# Look at pods
kubectl create role pod-reader --verb=get --verb=list --verb=watch --resource=pods

# Only at two of them
kubectl create role pod-reader --verb=get --resource=pods --resource-name=web --resource-name=api

# Of another API group
kubectl create role scaler --verb=get,list,watch --resource=rs.apps

# A subresource too
kubectl create role pod-reader --verb=get,list,watch --resource=pods,pods/status`,
    flags: ruleFlags,
  },
  async (invocation, name, namespace) => {
    const rule = readRuleFlags(invocation.flags);
    const mapper = await invocation.mapper();
    if (name === '') throw new CommandError('name must be specified');
    if (rule.verbs.length === 0) throw new CommandError('at least one verb must be specified');
    warnOfVerbs(invocation, rule);
    if (rule.resources.length === 0) throw new CommandError('at least one resource must be specified');
    validateResources(rule, mapper);
    return {
      namespaced: true,
      object: {
        kind: 'Role',
        apiVersion: 'rbac.authorization.k8s.io/v1',
        metadata: { name, ...(namespace ? { namespace } : {}) },
        rules: policyRules(rule, mapper),
      },
    };
  },
);
