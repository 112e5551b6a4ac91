/** Keys and values from files, folders, literals and env files, for config maps and secrets (kubectl/pkg/util/util.go). */
import { isConfigMapKey, isEnvVarName } from '../../apimachinery/names';
import { CommandError, type Invocation } from '../command';

export class KeyedData {
  /** Text where it is UTF-8, else bytes. In the order in which they were given. */
  readonly values = new Map<string, string | Buffer>();

  constructor(
    private readonly kind: 'ConfigMap' | 'Secret',
    private readonly name: string,
    private readonly invocation: Pick<Invocation, 'cwd' | 'environment'>,
  ) {}

  /** `key=value` (util.ParseLiteralSource). */
  addLiteral(source: string): void {
    const at = source.indexOf('=');
    if (at <= 0) throw new CommandError(`invalid literal source ${source}, expected key=value`);
    this.add(source.slice(0, at), source.slice(at + 1));
  }

  /** `path` or `key=path`; of a folder each file whose name is a key (util.ParseFileSource). */
  async addFile(source: string): Promise<void> {
    const { readdirSync, readFileSync } = await import('node:fs');
    const { basename, join, resolve } = await import('node:path');
    const { key, path } = parseFileSource(source, basename);
    const { cwd } = this.invocation;
    if (!(await this.isFolder(path))) {
      this.addBytes(key, readFileSync(resolve(cwd, path)));
      return;
    }
    if (source.includes('=')) throw new CommandError('cannot give a key name for a directory path');
    const entries = readdirSync(resolve(cwd, path), { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      this.addBytes(name, readFileSync(resolve(cwd, join(path, name))));
    }
  }

  /** Lines of `key=value`; a key alone takes its value from the environment (cmdutil.AddFromEnvFile). */
  async addEnvFile(path: string): Promise<void> {
    const { readFileSync } = await import('node:fs');
    const { resolve } = await import('node:path');
    const { cwd, environment } = this.invocation;
    if (await this.isFolder(path)) throw new CommandError('env config file cannot be a directory');
    const lines = readFileSync(resolve(cwd, path))
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/);
    for (const line of lines) {
      const text = line.trimStart();
      if (text === '' || text.startsWith('#')) continue;
      const at = text.indexOf('=');
      const key = at < 0 ? text : text.slice(0, at);
      const complaints = isEnvVarName(key);
      if (complaints.length > 0) {
        throw new CommandError(`${JSON.stringify(key)} is not a valid key name: ${complaints.join(';')}`);
      }
      this.add(key, at < 0 ? (environment[key] ?? '') : text.slice(at + 1));
    }
  }

  private async isFolder(path: string): Promise<boolean> {
    const { statSync } = await import('node:fs');
    const { resolve } = await import('node:path');
    try {
      return statSync(resolve(this.invocation.cwd, path)).isDirectory();
    } catch (error) {
      const why =
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : 'permission denied';
      throw new CommandError(`error reading ${path}: ${why}`);
    }
  }

  private addBytes(key: string, bytes: Buffer): void {
    const text = bytes.toString('utf8');
    this.add(key, Buffer.from(text).equals(bytes) ? text : bytes);
  }

  private add(key: string, value: string | Buffer): void {
    const complaints = isConfigMapKey(key);
    if (complaints.length > 0) {
      throw new CommandError(
        this.kind === 'Secret'
          ? `${JSON.stringify(key)} is not valid key name for a Secret ${complaints.join(';')}`
          : `${JSON.stringify(key)} is not a valid key name for a ConfigMap: ${complaints.join(',')}`,
      );
    }
    const there = this.values.get(key);
    if (there !== undefined) {
      const field = typeof there === 'string' ? 'Data' : 'BinaryData';
      throw new CommandError(
        this.kind === 'Secret'
          ? `cannot add key ${key}, another key by that name already exists`
          : `cannot add key ${JSON.stringify(key)}, another key by that name already exists in ${field} for ConfigMap ${JSON.stringify(this.name)}`,
      );
    }
    this.values.set(key, value);
  }
}

function parseFileSource(source: string, basename: (path: string) => string): { key: string; path: string } {
  const parts = source.split('=');
  if (parts.length === 1) return { key: basename(source), path: source };
  if (parts.length > 2) throw new CommandError("key names or file paths cannot contain '='");
  const [key, path] = parts as [string, string];
  if (key === '') throw new CommandError(`key name for file path ${path} missing`);
  if (path === '') throw new CommandError(`file path for key name ${key} missing`);
  return { key, path };
}
