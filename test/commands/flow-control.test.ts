/** What every cluster has of API priority and fairness: `kubectl get flowschemas,prioritylevelconfigurations`. */
import { memoryCluster } from './harness';

test('the schemas in the order in which they are tried, and the levels that they refer to', async () => {
  const { run } = await memoryCluster({ nodes: 0 });
  expect((await run('get flowschemas')).out).toBe(`\
NAME                           PRIORITYLEVEL     MATCHINGPRECEDENCE   DISTINGUISHERMETHOD   AGE   MISSINGPL
exempt                         exempt            1                    <none>                0s    False
probes                         exempt            2                    <none>                0s    False
system-leader-election         leader-election   100                  ByUser                0s    False
system-node-high               node-high         400                  ByUser                0s    False
system-nodes                   system            500                  ByUser                0s    False
kube-controller-manager        workload-high     800                  ByNamespace           0s    False
kube-scheduler                 workload-high     800                  ByNamespace           0s    False
kube-system-service-accounts   workload-high     900                  ByNamespace           0s    False
service-accounts               workload-low      9000                 ByUser                0s    False
global-default                 global-default    9900                 ByUser                0s    False
catch-all                      catch-all         10000                ByUser                0s    False
`);
  expect((await run('get prioritylevelconfigurations')).out).toBe(`\
NAME              TYPE      NOMINALCONCURRENCYSHARES   QUEUES   HANDSIZE   QUEUELENGTHLIMIT   AGE
catch-all         Limited   5                          <none>   <none>     <none>             0s
exempt            Exempt    <none>                     <none>   <none>     <none>             0s
global-default    Limited   20                         128      6          50                 0s
leader-election   Limited   10                         16       4          50                 0s
node-high         Limited   40                         64       6          50                 0s
system            Limited   30                         64       6          50                 0s
workload-high     Limited   40                         128      6          50                 0s
workload-low      Limited   100                        128      6          50                 0s
`);
});

test('they are objects as others: what is deleted stays away, and a name that is taken is taken', async () => {
  const { run, write } = await memoryCluster({ nodes: 0 });
  expect((await run('delete flowschema probes')).out).toContain('"probes" deleted');
  expect((await run('get flowschemas --no-headers')).out.trim().split('\n')).toHaveLength(10);
  write('exempt.yaml', (await run('get flowschema exempt -o yaml')).out);
  expect((await run('create -f exempt.yaml')).err).toContain(
    'flowschemas.flowcontrol.apiserver.k8s.io "exempt" already exists',
  );
  expect((await run('describe flowschema exempt')).out).toMatch(
    /Annotations: +apf\.kubernetes\.io\/autoupdate-spec: true/,
  );
});
