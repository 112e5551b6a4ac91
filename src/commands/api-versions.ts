/** `api-versions`: groups and versions that the server serves. */
import { sortStrings } from '../apimachinery/json-text';
import { formatGroupVersion } from '../apimachinery/meta';
import { type Command, UsageError } from './command';

const command: Command = {
  use: 'api-versions',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  long: 'Print the supported API versions on the server, in the form of "group/version".',
  examples: '# The versions that are served\nkubectl api-versions',
  async run(invocation) {
    const { args, streams } = invocation;
    if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`);
    const versions = new Set((await invocation.mapper()).all().map(formatGroupVersion));
    for (const version of sortStrings([...versions])) streams.out(`${version}\n`);
  },
};

export default command;
