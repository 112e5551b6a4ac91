/** Subjects of bindings from --user, --group and --serviceaccount. */
import { CommandError, type Flag, type Flags } from '../command';

const RBAC = 'rbac.authorization.k8s.io';

/** `role`: what help says they are bound to. */
export function subjectFlags(role: string): Flag[] {
  return [
    {
      name: 'user',
      type: 'stringArray',
      usage: `Usernames to bind to the ${role}. The flag can be repeated to add multiple users.`,
    },
    {
      name: 'group',
      type: 'stringArray',
      usage: `Groups to bind to the ${role}. The flag can be repeated to add multiple groups.`,
    },
    {
      name: 'serviceaccount',
      type: 'stringArray',
      usage: `Service accounts to bind to the ${role}, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.`,
    },
  ];
}

export interface Subject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}

export function subjectsOf(flags: Flags): Subject[] {
  return [
    ...flags.strings('user').map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
    ...flags.strings('group').map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
    ...flags.strings('serviceaccount').map((account) => {
      const [namespace, name, ...more] = account.split(':');
      if (!namespace || !name || more.length > 0) {
        throw new CommandError('serviceaccount must be <namespace>:<name>');
      }
      return { kind: 'ServiceAccount', name, namespace };
    }),
  ];
}
