/** `create clusterrole` (kubectl pkg/cmd/create/create_clusterrole.go). */
import { type JsonObject, setKey } from '../../apimachinery/json';
import { CommandError } from '../command';
import { generatorCommand } from './generate';
import { policyRules, type RuleFlags, readRuleFlags, ruleFlags, validateResources, warnOfVerbs } from './policy-rules';

const NON_RESOURCE_VERBS = ['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options'];

export default generatorCommand(
  {
    use: 'clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
    short: 'Create a cluster role',
    long: 'Make a cluster role that allows verbs on resources or on paths of the API server, or that gathers other cluster roles.',
    examples: `# Look at pods
kubectl create clusterrole pod-reader --verb=get,list,watch --resource=pods

# Of another API group, with a subresource
kubectl create clusterrole scaler --verb=get,list,watch --resource=rs.apps,rs.apps/scale

# A path
kubectl create clusterrole logs --verb=get --non-resource-url=/logs/*

# Whatever cluster roles with this label allow
kubectl create clusterrole monitoring --aggregation-rule="example.com/monitoring=true"`,
    flags: [
      ...ruleFlags,
      {
        name: 'non-resource-url',
        type: 'stringSlice',
        usage: 'A partial url that user should have access to.',
      },
      {
        name: 'aggregation-rule',
        type: 'stringToString',
        shownDefault: '',
        usage: 'An aggregation label selector for combining ClusterRoles.',
      },
    ],
  },
  async (invocation, name) => {
    const { flags } = invocation;
    const urls = [...new Set(flags.strings('non-resource-url'))];
    const rule = readRuleFlags(flags);
    const mapper = await invocation.mapper();
    const aggregation = flags.strings('aggregation-rule');
    if (name === '') throw new CommandError('name must be specified');
    const object = {
      kind: 'ClusterRole',
      apiVersion: 'rbac.authorization.k8s.io/v1',
      metadata: { name },
    };
    if (aggregation.length > 0) {
      if (urls.length + rule.verbs.length + rule.resources.length + rule.names.length > 0) {
        throw new CommandError(
          'aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames',
        );
      }
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labelsOf(aggregation) }] };
      return { namespaced: false, object: { ...object, aggregationRule } };
    }
    if (rule.verbs.length === 0) throw new CommandError('at least one verb must be specified');
    if (rule.resources.length === 0 && urls.length === 0) {
      throw new CommandError('one of resource or nonResourceURL must be specified');
    }
    if (rule.resources.length > 0) {
      warnOfVerbs(invocation, rule);
      validateResources(rule, mapper);
    }
    validateUrls(rule, urls);
    const rules = policyRules(rule, mapper);
    if (urls.length > 0) rules.push({ verbs: rule.verbs, nonResourceURLs: urls });
    return { namespaced: false, object: { ...object, rules } };
  },
);

function labelsOf(pairs: readonly string[]): JsonObject {
  const labels: JsonObject = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    setKey(labels, pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return labels;
}

function validateUrls({ verbs }: RuleFlags, urls: readonly string[]): void {
  if (urls.length === 0) return;
  const bad = verbs.find((verb) => !NON_RESOURCE_VERBS.includes(verb));
  if (bad !== undefined) throw new CommandError(`invalid verb: '${bad}' for nonResourceURL`);
  for (const url of urls) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new CommandError('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*')) {
      throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
    }
  }
}
