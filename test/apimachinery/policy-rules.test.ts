import { breakDownRule, type PolicyRule, uncoveredRules } from '../../src/apimachinery/policy-rules';

const rule = (verbs: string, apiGroups: string, resources: string, resourceNames?: string): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: apiGroups.split(' '),
  resources: resources.split(' '),
  ...(resourceNames ? { resourceNames: resourceNames.split(' ') } : {}),
});
const paths = (verbs: string, nonResourceURLs: string): PolicyRule => ({
  verbs: verbs.split(' '),
  nonResourceURLs: nonResourceURLs.split(' '),
});

test('a rule taken apart', () => {
  expect(breakDownRule(rule('get list', 'a b', 'pods', 'x y'))).toHaveLength(8);
  expect(breakDownRule({ ...rule('get', 'a', 'pods'), nonResourceURLs: ['/x'] })).toEqual([
    rule('get', 'a', 'pods'),
    paths('get', '/x'),
  ]);
  expect(breakDownRule({})).toEqual([]);
});

test.each<[string, PolicyRule[], PolicyRule, number]>([
  ['the same', [rule('get', 'a', 'pods')], rule('get', 'a', 'pods'), 0],
  ['nothing at all', [], rule('get', 'a', 'pods'), 1],
  ['several rules together', [rule('get', 'a', 'pods'), rule('list', 'a', 'pods')], rule('get list', 'a', 'pods'), 0],
  ['all verbs', [rule('*', 'a', 'pods')], rule('get list', 'a', 'pods'), 0],
  ['all groups and resources', [rule('get', '*', '*')], rule('get', 'a b', 'pods pods/log'), 0],
  ['a subresource of all resources', [rule('get', 'a', '*/log')], rule('get', 'a', 'pods/log pods pods/exec'), 2],
  ['no name covers each', [rule('get', 'a', 'pods')], rule('get', 'a', 'pods', 'x'), 0],
  ['a name covers itself alone', [rule('get', 'a', 'pods', 'x')], rule('get', 'a', 'pods', 'x y'), 1],
  ['… and not all', [rule('get', 'a', 'pods', 'x')], rule('get', 'a', 'pods'), 1],
  ['paths below', [paths('get', '/api/* /x')], paths('get', '/api/v1 /x /x/y'), 1],
  ['a path is no resource', [rule('*', '*', '*')], paths('get', '/x'), 1],
  ['a resource is no path', [paths('*', '*')], rule('get', 'a', 'pods'), 1],
])('covered by %s', (_, owned, asked, left) => {
  expect(uncoveredRules(owned, [asked])).toHaveLength(left);
});
