/** `auth explain`: which authenticator says what to a credential. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'explain [--credential-token=TOKEN | --credential-certificate=FILE | --credential-basic=NAME:PASSWORD]',
  short: 'Tell what each authenticator says to a credential',
  long: `Show a credential to the authenticators of the cluster, in their order, and tell what each of them says: that it is nothing of its kind, why it is not good, or whose it is. You ask as yourself, who must be an admin.

Without a credential it is about a request that shows none.`,
  examples: `# Why is this token refused?
kubetick auth explain --credential-token=$TOKEN

# Whose certificate is this, and is it good?
kubetick auth explain --credential-certificate=ann.crt

# May one come to /healthz without anything?
kubetick auth explain --path=/healthz`,
  flags: [
    { name: 'credential-basic', type: 'string', usage: 'NAME:PASSWORD' },
    {
      name: 'credential-certificate',
      type: 'string',
      usage: 'A file with a client certificate, and with what it leads to, PEM.',
    },
    { name: 'credential-token', type: 'string', usage: 'A bearer token; "-" reads it from standard input.' },
    {
      name: 'header',
      type: 'stringArray',
      usage: "Another header, 'X-Remote-User: ann'; may be given more than once.",
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    { name: 'path', type: 'string', default: '/api', usage: 'The path of the request.' },
  ],
  async run(invocation) {
    const { explain } = await import('./run-explain');
    await explain(invocation);
  },
};

export default command;
