/**
 * The kubeconfig that commands read and change: the state folder's own, or the one that --kubeconfig names. It is kept as
 * JSON, which is YAML too and reads in a tenth of the time; one that somebody wrote as YAML is read all the same.
 */
import { existsSync } from 'node:fs';
import { randomHex } from '../../host/entropy';
import { CommandError, type Flags } from '../command';
import { defaultKubeconfig, emptyKubeconfig, type Kubeconfig, type NamedContext } from './kubeconfig';

/** Where its text is. */
export interface KubeconfigStorage {
  /** The text, or undefined when there is no file. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
  exists(): boolean;
}

export class KubeconfigFile {
  private loaded: Promise<Kubeconfig> | undefined;

  /**
   * `own`: of the cluster in the folder, which is there even before its file is. `others` are read behind it: what it has not
   * got, they may have (clientcmd's precedence); it is the one that is changed.
   */
  constructor(
    readonly path: string,
    private readonly storage: KubeconfigStorage,
    readonly own: boolean,
    private readonly others: readonly KubeconfigFile[] = [],
    /** As messages call it: as the user wrote it. */
    readonly name = path,
  ) {}

  load(): Promise<Kubeconfig> {
    this.loaded ??= this.merged();
    return this.loaded;
  }

  async save(config: Kubeconfig): Promise<void> {
    this.loaded = Promise.resolve(config);
    const own = await this.withoutOthers(config);
    await this.storage.write(`${JSON.stringify(own, null, 2)}\n`);
  }

  private async merged(): Promise<Kubeconfig> {
    const config = await this.parse();
    for (const other of this.others) {
      const more = await other.load();
      config.clusters = withMissing(config.clusters, more.clusters);
      config.contexts = withMissing(config.contexts, more.contexts);
      config.users = withMissing(config.users, more.users);
      config['current-context'] ||= more['current-context'];
    }
    return config;
  }

  /** What another file says already stays there alone. */
  private async withoutOthers(config: Kubeconfig): Promise<Kubeconfig> {
    const own = { ...config };
    for (const other of this.others) {
      const more = await other.load();
      own.clusters = own.clusters.filter((each) => !more.clusters.includes(each));
      own.contexts = own.contexts.filter((each) => !more.contexts.includes(each));
      own.users = own.users.filter((each) => !more.users.includes(each));
    }
    return own;
  }

  /** Has anybody written to it yet? Cheap: nothing is read. */
  exists(): boolean {
    return this.storage.exists();
  }

  /** Makes it what it is in a new cluster. */
  async reset(): Promise<void> {
    await this.save(defaultKubeconfig());
  }

  /** The context that --context names, else the current one; undefined when there is none. Throws for a name that is not there. */
  async context(flags: Flags): Promise<NamedContext | undefined> {
    const config = await this.load();
    const name = flags.string('context') || config['current-context'];
    const context = config.contexts.find((each) => each.name === name);
    if (!context && flags.string('context')) throw new CommandError(`context ${JSON.stringify(name)} does not exist`);
    return context;
  }

  /** The namespace of the context in use, or ''. */
  async namespace(flags: Flags): Promise<string> {
    return (await this.context(flags))?.context.namespace ?? '';
  }

  private async parse(): Promise<Kubeconfig> {
    const text = await this.storage.read();
    if (text === undefined) return this.own ? defaultKubeconfig() : emptyKubeconfig();
    const given = (await this.parseText(text)) as Partial<Kubeconfig> | null;
    if (given !== null && typeof given !== 'object') {
      throw new CommandError(`error loading config file "${this.name}": it is not a kubeconfig`);
    }
    const config: Kubeconfig = { ...emptyKubeconfig(), ...given };
    config.clusters ??= [];
    config.contexts ??= [];
    config.users ??= [];
    config['current-context'] ??= '';
    return config;
  }

  private async parseText(text: string): Promise<unknown> {
    try {
      return JSON.parse(text);
    } catch {
      const { parseYaml } = await import('../../yaml/read');
      try {
        return parseYaml(text);
      } catch (error) {
        const reason = (error as Error).message.replace(/^error converting YAML to JSON: /, '');
        throw new CommandError(`error loading config file "${this.name}": ${reason}`);
      }
    }
  }
}

/** The first of each name counts. */
function withMissing<T extends { name: string }>(present: readonly T[], more: readonly T[]): T[] {
  return [...present, ...more.filter(({ name }) => !present.some((each) => each.name === name))];
}

/** A file on disk, replaced whole by a rename, readable by its owner alone. */
export function fileStorage(path: string): KubeconfigStorage {
  return {
    exists: () => existsSync(path),
    async read() {
      const { readFileSync } = await import('node:fs');
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(text) {
      const { mkdirSync, renameSync, writeFileSync } = await import('node:fs');
      const { dirname } = await import('node:path');
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${randomHex(6)}`;
      writeFileSync(temporary, text, { mode: 0o600 });
      renameSync(temporary, path);
    },
  };
}

/** Text in memory, for clusters that are nowhere else. */
export function memoryStorage(): KubeconfigStorage {
  let text: string | undefined;
  return {
    exists: () => text !== undefined,
    read: async () => text,
    write: async (next) => {
      text = next;
    },
  };
}
