/** What a search found: resources to visit one after another, with what went wrong kept for the end (resource.Result). */
import type { WatchEvent } from '../../client/transport';
import type { ResourceInfo } from '../../schema/schema';
import { CommandError } from '../command';
import { throwCollected } from '../errors';
import type { Info } from './info';

/** What to look for and how. Only the first two are needed. */
export interface Search {
  /** -f */
  filenames?: readonly string[];
  /** A manifest that is no file, and what errors call it (Builder.Stream). */
  stream?: { name: string; text: string };
  /** TYPE NAME… */
  args?: readonly string[];
  recursive?: boolean;
  /** -k */
  kustomize?: string;
  namespace?: string;
  /** The user named the namespace: an object of a file that says another is refused. */
  enforceNamespace?: boolean;
  allNamespaces?: boolean;
  selector?: string;
  fieldSelector?: string;
  /** --all */
  all?: boolean;
  /** A type alone means all of that type. */
  allowEmptySelector?: boolean;
  subresource?: string;
  chunkSize?: number;
  /** Ask the server for what files name. */
  latest?: boolean;
  /** Take lists apart. */
  flatten?: boolean;
  /** False: what is only named is not asked for. Default true. */
  requireObject?: boolean;
  /** False: the first error ends it. Default true. */
  continueOnError?: boolean;
  singleResourceType?: boolean;
  /** Nothing is asked of a server. */
  local?: boolean;
  /** Refuse manifests without apiVersion and kind before anything else (--validate is not `ignore`). */
  validate?: boolean;
  /** Headers and query of requests that read. */
  headers?: Record<string, string>;
  query?: Record<string, string>;
  /** Errors that are none to this command (--ignore-not-found). */
  ignore?(error: unknown): boolean;
}

/** Something that can be watched: one object, or all of a type that match. */
export interface Source {
  mapping?: ResourceInfo;
  find(): AsyncIterable<Info | FoundError>;
  watch?(resourceVersion: string, signal?: AbortSignal): Promise<AsyncIterable<WatchEvent>>;
}

/** Something that should have been found; others may be all the same. */
export class FoundError {
  constructor(readonly error: unknown) {}
}

export class Result {
  constructor(
    private readonly search: Search,
    readonly sources: readonly Source[],
    /** One name or one file was given: one object is meant, not a list of one. */
    readonly singleItemImplied: boolean,
    /** Names or files, not selectors. */
    readonly targetsSingleItems: boolean,
    private readonly decorate: (info: Info) => Promise<void>,
  ) {}

  /** Calls `each` for all that is found, in order; throws at the end what went wrong with some, or at once if told so. */
  async visit(each: (info: Info) => Promise<void> | void): Promise<void> {
    const errors: unknown[] = [];
    const failed = (error: unknown) => {
      if (this.search.continueOnError === false) throw new Stop(error);
      errors.push(error);
    };
    try {
      for (const source of this.sources) {
        try {
          for await (const found of source.find()) {
            try {
              if (found instanceof FoundError) throw found.error;
              await this.decorate(found);
              await each(found);
            } catch (error) {
              failed(error);
            }
          }
        } catch (error) {
          if (error instanceof Stop) throw error;
          failed(error);
        }
      }
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      errors.push(error.reason);
    }
    throwCollected(errors.filter((error) => !this.search.ignore?.(error)));
  }

  /** All that is found, and what went wrong with the rest. */
  async infos(): Promise<{ infos: Info[]; error: unknown }> {
    const infos: Info[] = [];
    try {
      await this.visit((info) => {
        infos.push(info);
      });
      return { infos, error: undefined };
    } catch (error) {
      return { infos, error };
    }
  }

  /** The one type that is meant (Result.ResourceMapping). */
  resourceMapping(): ResourceInfo {
    const mappings = new Set(this.sources.map((source) => source.mapping).filter((each) => each !== undefined));
    if (mappings.size !== 1) throw new CommandError('expected only a single resource type');
    return [...mappings][0] as ResourceInfo;
  }
}

class Stop extends Error {
  constructor(readonly reason: unknown) {
    super('stop');
  }
}
