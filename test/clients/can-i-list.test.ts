/** What one may do, listed by the real kubectl and by ours: byte for byte the same, whoever asks. */
import { realClient } from '../differential/real-client';
import { type Served, serveCluster } from './served';

const kubectl = realClient('kubectl');
if ('missing' in kubectl) console.warn(kubectl.missing);

('path' in kubectl ? describe : describe.skip)('auth can-i --list', () => {
  const { path } = kubectl as { path: string };
  let cluster: Served;
  beforeAll(async () => {
    cluster = await serveCluster();
    for (const line of [
      'create role reads --verb=get,list --resource=pods,deployments.apps --resource-name=a',
      'create rolebinding ann --role=reads --user=ann',
      'create rolebinding bob --clusterrole=admin --user=bob',
    ])
      expect(await cluster.printed(path, line)).toMatch(/ created\n$/);
  }, 60_000);
  afterAll(() => cluster?.stop());

  const others = ['ann', 'bob', 'bob -n kube-system', 'system:node:node-1 --as-group=system:nodes'];
  test.each(['', ' --no-headers', ...others.map((whom) => ` --as=${whom}`)])('%s', async (more) => {
    const line = `auth can-i --list${more}`;
    const said = await cluster.printed(path, line);
    expect(said).toContain('selfsubjectreviews.authentication.k8s.io');
    const { out, err, code } = await cluster.folder.run(line.split(' '));
    expect([code, out + err]).toEqual([0, said]);
  });
});
