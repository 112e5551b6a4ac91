/** `auth whoami`: who the server takes one for (kubectl pkg/cmd/auth/whoami.go). */
import { sortStrings } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { type Command, CommandError, type Invocation } from '../command';
import { printFlags } from '../flag-sets';
import { printerFor } from '../print-objects';

/** The newest first; older servers have only those behind. */
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'];

const command: Command = {
  use: 'whoami',
  short: 'Experimental: Check self subject attributes',
  long: `Experimental: show who the server takes you for: name, groups and what else it knows.

That is good to know where names come from elsewhere: a token webhook, a proxy, an identity provider, or --as.`,
  examples: `# Who am I?
kubectl auth whoami

# As JSON
kubectl auth whoami -o json`,
  flags: printFlags(),
  async run(invocation) {
    const { flags, streams } = invocation;
    const printer = flags.changed('output') ? await printerFor(invocation, '', { sortKeys: false }) : undefined;
    const review = await askSelf(invocation);
    if (printer) streams.out(printer.print(await asTyped(review)));
    else streams.out(await attributeTable(review.status?.userInfo ?? {}));
  },
};

export default command;

async function askSelf(invocation: Invocation): Promise<KubeObject> {
  const client = await invocation.client();
  for (const version of VERSIONS) {
    const path = { group: 'authentication.k8s.io', version, resource: 'selfsubjectreviews' };
    const review = { kind: 'SelfSubjectReview', apiVersion: `authentication.k8s.io/${version}`, metadata: {} };
    try {
      return await client.create<KubeObject>(path, '', review);
    } catch (error) {
      if (isReason(error, 'Forbidden')) {
        throw new CommandError(
          'the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it',
        );
      }
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
  throw new CommandError('the selfsubjectreviews API is not enabled in the cluster');
}

/** As kubectl's own type has it; of the versions before v1 there is none here, and they differ by nothing else. */
async function asTyped(review: KubeObject): Promise<KubeObject> {
  const { typedObjects } = await import('../typed-objects');
  const { apiVersion } = review;
  return { ...(await typedObjects()).read({ ...review, apiVersion: 'authentication.k8s.io/v1' }), apiVersion };
}

interface Attributes {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

async function attributeTable({ username, uid, groups = [], extra = {} }: Attributes): Promise<string> {
  const { newGetTabWriter } = await import('../../printers/tabwriter');
  const writer = newGetTabWriter();
  writer.write('ATTRIBUTE\tVALUE\n');
  if (username) writer.write(`Username\t${username}\n`);
  if (uid) writer.write(`UID\t${uid}\n`);
  if (groups.length > 0) writer.write(`Groups\t[${groups.join(' ')}]\n`);
  for (const key of sortStrings(Object.keys(extra))) {
    writer.write(`Extra: ${key}\t[${(extra[key] as string[]).join(' ')}]\n`);
  }
  return writer.flush();
}
