/** `create priorityclass` (kubectl pkg/cmd/create/create_priorityclass.go). */
import { CommandError, type Flags } from '../command';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
    aliases: ['pc'],
    short: 'Create a priority class with the specified name',
    long: 'Make a priority class of this name and value, for all pods that name none if that is wanted.',
    examples: `# A high priority
kubectl create priorityclass high --value=1000 --description="before all others"

# The priority of pods that name none
kubectl create priorityclass usual --value=1000 --global-default=true

# One that has no other pods removed
kubectl create priorityclass patient --value=1000 --preemption-policy="Never"`,
    flags: [
      { name: 'value', type: 'int', usage: 'the value of this priority class.' },
      {
        name: 'global-default',
        type: 'bool',
        usage: 'global-default specifies whether this PriorityClass should be considered as the default priority.',
      },
      {
        name: 'description',
        type: 'string',
        usage:
          'description is an arbitrary string that usually provides guidelines on when this priority class should be used.',
      },
      {
        name: 'preemption-policy',
        type: 'string',
        default: 'PreemptLowerPriority',
        usage: 'preemption-policy is the policy for preempting pods with lower priority.',
      },
    ],
  },
  ({ flags, commandPath }, name) => ({
    namespaced: false,
    failure: 'failed to create priorityclass: ',
    object: {
      kind: 'PriorityClass',
      apiVersion: 'scheduling.k8s.io/v1',
      metadata: { name },
      value: int32Value(flags, commandPath),
      globalDefault: flags.bool('global-default'),
      description: flags.string('description'),
      preemptionPolicy: flags.string('preemption-policy'),
    },
  }),
);

/** A flag of 32 bits: larger numbers are refused as pflag refuses them. */
function int32Value(flags: Flags, commandPath: string): number {
  const value = flags.int('value');
  if (value === (value | 0)) return value;
  const text = JSON.stringify(flags.given().findLast(({ name }) => name === 'value')?.value ?? '');
  throw new CommandError(
    `invalid argument ${text} for "--value" flag: strconv.ParseInt: parsing ${text}: value out of range\nSee '${commandPath} --help' for usage.`,
  );
}
