/** `create quota` (kubectl pkg/cmd/create/create_quota.go). */
import { CommandError } from '../command';
import { parseResourceList } from '../resource-lists';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
    aliases: ['resourcequota'],
    short: 'Create a quota with the specified name',
    long: 'Make a quota: limits of what all objects of a namespace together may have, all of them or those of some scopes.',
    examples: `# Of several resources
kubectl create quota limits --hard=cpu=1,memory=1G,pods=2,services=3,secrets=5

# Of pods without requests and limits
kubectl create quota best-effort --hard=pods=100 --scopes=BestEffort`,
    flags: [
      {
        name: 'hard',
        type: 'string',
        usage: 'A comma-delimited set of resource=quantity pairs that define a hard limit.',
      },
      {
        name: 'scopes',
        type: 'string',
        usage: 'A comma-delimited set of quota scopes that must all match each object tracked by the quota.',
      },
    ],
  },
  async ({ flags }, name, namespace) => {
    if (name === '') throw new CommandError('name must be specified');
    const hard = await parseResourceList(flags.string('hard'));
    const scopes = flags.string('scopes') ? flags.string('scopes').split(',') : [];
    if (scopes.includes('')) throw new CommandError('invalid resource quota scope ""');
    return {
      namespaced: true,
      failure: 'failed to create quota: ',
      object: {
        kind: 'ResourceQuota',
        apiVersion: 'v1',
        metadata: { name, ...(namespace ? { namespace } : {}) },
        spec: { hard, scopes },
      },
    };
  },
);
