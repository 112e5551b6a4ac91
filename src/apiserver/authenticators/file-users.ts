/**
 * Users from files: tokens (apiserver `authentication/token/tokenfile`), and names with passwords, which kube-apiserver took
 * until 1.19 (`plugin/pkg/authenticator/password/passwordfile`).
 */
import { sha256 } from '../digest';
import type { Found, RequestAuthenticator, TokenAuthenticator } from './authenticator';
import { forApiServer } from './chain';
import { sameText } from './same-text';
import type { FileUser } from './settings';

/** By a digest of the token: how long looking it up takes tells nothing of how much of it is right. */
export function staticTokens(users: readonly FileUser[], audiences: readonly string[]): TokenAuthenticator {
  let byDigest: Promise<Map<string, FileUser>> | undefined;
  const digests = async () =>
    new Map(
      await Promise.all(users.map(async (user): Promise<[string, FileUser]> => [await digest(user.secret), user])),
    );
  return {
    name: 'token-file',
    async authenticate(token, asking) {
      const meant = forApiServer(audiences, asking);
      if (!meant) return undefined;
      byDigest ??= digests();
      const user = (await byDigest).get(await digest(token));
      return user && { ...foundUser(user), audiences: meant };
    },
  };
}

async function digest(token: string): Promise<string> {
  return (await sha256(token)).join();
}

export const PASSWORD_WARNING =
  'authentication by password was removed from Kubernetes in v1.19: passwords in a file are for learning only';

/** `Authorization: Basic …` (`plugin/pkg/authenticator/request/basicauth`). */
export function passwords(users: readonly FileUser[], audiences: readonly string[]): RequestAuthenticator {
  return {
    name: 'password-file',
    async authenticate({ headers }, asking) {
      const [scheme = '', text = ''] = (headers?.['authorization'] ?? '').trim().split(/ +/, 2);
      if (scheme.toLowerCase() !== 'basic' || text === '') return undefined;
      const meant = forApiServer(audiences, asking);
      if (!meant) return undefined;
      const [name, password] = nameAndPassword(text);
      const user = users.find((one) => one.name === name);
      // Compared all the same: nobody is to tell names that are there by the time it takes.
      const same = await sameText(password, user?.secret ?? '');
      if (!user || !same) throw new Error('invalid username/password combination');
      asking.warn?.(PASSWORD_WARNING);
      return { ...foundUser(user), audiences: meant };
    },
  };
}

function nameAndPassword(base64: string): [string, string] {
  let text: string;
  try {
    text = new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  } catch {
    throw new Error('invalid username/password combination');
  }
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

function foundUser({ name, uid, groups }: FileUser): Found {
  return { user: { name, groups, ...(uid ? { uid } : {}) } };
}

/** Lines of `secret,name,uid[,"group,group"]` (NewCSV). @throws Error in upstream's words. */
export function readUserFile(text: string, file: string, what: 'token' | 'password'): FileUser[] {
  const users: FileUser[] = [];
  for (const record of records(text)) {
    if (record.length < 3) {
      const columns = what === 'token' ? 'token, user name, user uid' : 'password, user name, user uid';
      throw new Error(`${what} file '${file}' must have at least 3 columns (${columns}), found ${record.length}`);
    }
    const [secret = '', name = '', uid = '', groups = ''] = record;
    if (secret === '') continue;
    const user = { secret, name, uid, groups: record.length > 3 ? groups.split(',') : [] };
    // Of two of the same the last counts.
    const key = what === 'token' ? 'secret' : 'name';
    const at = users.findIndex((one) => one[key] === user[key]);
    if (at < 0) users.push(user);
    else users[at] = user;
  }
  return users;
}

/** Comma-separated values as Go's encoding/csv reads them: quotes hold commas together, two of them are one. */
function records(text: string): string[][] {
  const lines: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const fields: string[] = [];
    for (let rest: string | undefined = line; rest !== undefined; ) {
      const quoted: RegExpExecArray | null = /^"((?:[^"]|"")*)"(,|$)/.exec(rest);
      if (!quoted && rest.startsWith('"')) throw new Error('parse error: extraneous or missing " in quoted-field');
      const [whole = '', value = '', comma = '']: string[] = quoted ?? /^([^,]*)(,|$)/.exec(rest) ?? [];
      fields.push(quoted ? value.replaceAll('""', '"') : value);
      rest = comma === '' ? undefined : rest.slice(whole.length);
    }
    lines.push(fields);
  }
  return lines;
}
