/** `create poddisruptionbudget` (kubectl pkg/cmd/create/create_pdb.go). */
import { type JsonObject, setKey } from '../../apimachinery/json';
import { CommandError, type Flags } from '../command';
import { parseSelector } from '../parse-selector';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
    aliases: ['pdb'],
    short: 'Create a pod disruption budget with the specified name',
    long: 'Make a budget for the pods that a selector matches: how many have to be there, or may be missing, when pods are evicted.',
    examples: `# One of these pods has to be there
kubectl create poddisruptionbudget web --selector=app=web --min-available=1

# Half of them
kubectl create pdb web --selector=app=web --min-available=50%`,
    flags: [
      {
        name: 'min-available',
        type: 'string',
        usage: 'The minimum number or percentage of available pods this budget requires.',
      },
      {
        name: 'max-unavailable',
        type: 'string',
        usage: 'The maximum number or percentage of unavailable pods this budget requires.',
      },
      {
        name: 'selector',
        type: 'string',
        usage: 'A label selector to use for this budget. Only equality-based selector requirements are supported.',
      },
    ],
  },
  ({ flags }, name, namespace) => {
    if (name === '') throw new CommandError('name must be specified');
    validate(flags);
    const { labels, expressions } = parseSelector(flags.string('selector'));
    const matchLabels: JsonObject = {};
    for (const [key, value] of labels) setKey(matchLabels, key, value);
    const [minAvailable, maxUnavailable] = ['min-available', 'max-unavailable'].map((flag) => flags.string(flag));
    return {
      namespaced: true,
      failure: 'failed to create poddisruptionbudgets: ',
      object: {
        kind: 'PodDisruptionBudget',
        apiVersion: 'policy/v1',
        metadata: { name, ...(namespace ? { namespace } : {}) },
        spec: {
          ...(minAvailable ? { minAvailable: intOrString(minAvailable) } : {}),
          ...(maxUnavailable ? { maxUnavailable: intOrString(maxUnavailable) } : {}),
          selector: { matchLabels, matchExpressions: expressions },
        },
      },
    };
  },
);

function validate(flags: Flags): void {
  if (!flags.string('selector')) throw new CommandError('a selector must be specified');
  const given = ['min-available', 'max-unavailable'].filter((flag) => flags.string(flag));
  if (given.length === 0) throw new CommandError('one of min-available or max-unavailable must be specified');
  if (given.length === 2) throw new CommandError('min-available and max-unavailable cannot be both specified');
  const flag = given[0] as string;
  if (!/^[0-9]+%?$/.test(flags.string(flag))) throw new CommandError(`invalid format specified for ${flag}`);
}

function intOrString(text: string): number | string {
  return text.endsWith('%') ? text : Number(text);
}
