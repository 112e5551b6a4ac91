/** `create token` (kubectl pkg/cmd/create/create_token.go). */
import { type Command, CommandError, type Flags } from '../command';
import { messageOf } from '../errors';
import { printFlags } from '../flag-sets';
import { printerFor } from '../print-objects';
import { nameArgument } from './generate';

const BOUND_KINDS = ['Node', 'Pod', 'Secret'];

const command: Command = {
  use: 'token SERVICE_ACCOUNT_NAME',
  short: 'Request a service account token',
  completion: { offer: 'names', type: 'serviceaccount' },
  long: 'Ask for a token that proves its bearer to be a service account, for a while and, if that is wanted, as long as an object is there.',
  examples: `# For the service account robot of this namespace
kubectl create token robot

# Of another namespace
kubectl create token robot --namespace kube-system

# For ten minutes
kubectl create token robot --duration 10m

# For somebody other than the API server
kubectl create token robot --audience https://example.com

# As long as a secret is there
kubectl create token robot --bound-object-kind Secret --bound-object-name mysecret`,
  flags: [
    ...printFlags(),
    {
      name: 'audience',
      type: 'stringArray',
      usage:
        'Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server. May be repeated to request a token valid for multiple audiences.',
    },
    {
      name: 'duration',
      type: 'duration',
      usage:
        'Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically. The server may return a token with a longer or shorter lifetime.',
    },
    {
      name: 'bound-object-kind',
      type: 'string',
      usage: `Kind of an object to bind the token to. Supported kinds are ${BOUND_KINDS.join(', ')}. If set, --bound-object-name must be provided.`,
    },
    {
      name: 'bound-object-name',
      type: 'string',
      usage:
        'Name of an object to bind the token to. The token will expire when the object is deleted. Requires --bound-object-kind.',
    },
    {
      name: 'bound-object-uid',
      type: 'string',
      usage:
        'UID of an object to bind the token to. Requires --bound-object-kind and --bound-object-name. If unset, the UID of the existing object is used.',
    },
  ],
  async run(invocation) {
    const { flags, streams } = invocation;
    const name = nameArgument(invocation);
    const { namespace } = await invocation.namespace();
    const printer = await printerFor(invocation, 'created', { sortKeys: false });
    validate(flags, name);
    const kind = flags.string('bound-object-kind');
    const bound = {
      kind,
      apiVersion: 'v1',
      name: flags.string('bound-object-name'),
      ...(flags.string('bound-object-uid') ? { uid: flags.string('bound-object-uid') } : {}),
    };
    const request = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      spec: {
        audiences: flags.strings('audience'),
        ...(flags.duration('duration') > 0 ? { expirationSeconds: flags.duration('duration') / 1000 } : {}),
        ...(kind ? { boundObjectRef: bound } : {}),
      },
    };
    const client = await invocation.client();
    let response: Awaited<ReturnType<typeof client.createSubresource>>;
    try {
      const accounts = { group: '', version: 'v1', resource: 'serviceaccounts' };
      response = await client.createSubresource(accounts, namespace, name, 'token', request);
    } catch (error) {
      throw new CommandError(`failed to create token: ${messageOf(error)}`);
    }
    const token: string = response.status?.token ?? '';
    if (token === '') throw new CommandError('failed to create token: no token in server response');
    if (flags.string('output')) streams.out(printer.print(response));
    else streams.out(streams.isTerminal ? `${token}\n` : token);
  },
};

export default command;

function validate(flags: Flags, name: string): void {
  if (name === '') throw new CommandError('service account name is required');
  if (flags.duration('duration') < 0) throw new CommandError('--duration must be greater than or equal to 0');
  if (flags.duration('duration') % 1000 !== 0) {
    throw new CommandError('--duration cannot be expressed in units less than seconds');
  }
  if (flags.strings('audience').includes('')) throw new CommandError('--audience must not be an empty string');
  const kind = flags.string('bound-object-kind');
  if (kind === '') {
    for (const flag of ['bound-object-name', 'bound-object-uid']) {
      if (flags.string(flag)) throw new CommandError(`--${flag} can only be set if --bound-object-kind is provided`);
    }
    return;
  }
  if (!BOUND_KINDS.includes(kind)) {
    throw new CommandError(`supported --bound-object-kind values are ${BOUND_KINDS.join(', ')}`);
  }
  if (!flags.string('bound-object-name')) {
    throw new CommandError('--bound-object-name is required if --bound-object-kind is provided');
  }
}
