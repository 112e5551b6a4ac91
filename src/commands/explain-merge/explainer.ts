/** Explains objects one after another as apply or diff comes to them, and prints what it found. */
import type { JsonObject } from '../../apimachinery/json';
import { jsonOf } from '../../apimachinery/json';
import { gvkOf, type KubeObject } from '../../apimachinery/meta';
import { ApiError } from '../../apimachinery/status';
import type { Info } from '../builder/info';
import { replaceObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { withoutLastApplied } from '../last-applied';
import { wrapText } from '../wrap-text';
import {
  type AdmissionChange,
  explainFields,
  type FieldExplanation,
  isQuiet,
  type MergeRecord,
  markAdmission,
  markDefaults,
  markOwnDefaults,
  type Outcome,
  undecided,
} from './explanation';
import { hideSecrets } from './hide-secrets';
import { autoscalerWarnings, type ExplainedWarning, mergeWarnings } from './warnings';
import { why } from './why';

/** What an apply ended with. */
export interface Finished {
  info: Info;
  /** `created`, `configured (dry run)`; absent where it failed, and for a trial. */
  operation?: string;
  /** The object as the server answered it; absent where it was not asked. */
  answer?: KubeObject | undefined;
  error?: unknown;
}

export interface ExplainerOptions {
  output: string;
  showUnchanged: boolean;
  forced: boolean;
  /** Fields of secrets stay readable. */
  showSecrets: boolean;
  /** Say what object it is and what is done with it: nobody else does. */
  heading: boolean;
}

/** One object, explained. */
interface Explanation {
  info: Info;
  record: MergeRecord;
  operation: string;
  refusal: string | undefined;
  fields: FieldExplanation[];
  warnings: ExplainedWarning[];
}

export class Explainer {
  private record: MergeRecord | undefined;
  private changes: AdmissionChange[] = [];
  private readonly explained: JsonObject[] = [];

  constructor(
    private readonly invocation: Invocation,
    private readonly options: ExplainerOptions,
  ) {}

  static readOptions(
    { flags }: Invocation,
    more: Omit<ExplainerOptions, 'showUnchanged' | 'forced'>,
  ): ExplainerOptions {
    if (!['', 'json', 'yaml'].includes(more.output)) {
      throw new CommandError(`--explain is printed as a table, json or yaml, not as ${JSON.stringify(more.output)}`);
    }
    return { showUnchanged: flags.bool('show-unchanged'), forced: flags.bool('force-conflicts'), ...more };
  }

  /** Hears what admission plugins will change in an object. */
  listen(info: Info): void {
    this.changes = [];
    info.reachable().client.hearAdmission((told) => {
      // A second write of the same object may find nothing left to change.
      if (told !== undefined) this.changes.push(...changesIn(told));
    });
  }

  /** Takes what the merge of the object at hand goes by; the last one counts. */
  take(record: MergeRecord | undefined): void {
    this.record = record;
  }

  /** Explains the object whose merge was taken, if one was. Resolves to whether anything changed. */
  async explain(finished: Finished): Promise<boolean> {
    const { record } = this;
    this.record = undefined;
    if (!record) return false;
    const explanation = await this.examine(record, finished);
    if (this.options.output === '') await this.printTable(explanation);
    else this.explained.push(this.asObject(explanation));
    return explanation.fields.some(isChange);
  }

  /** -o json and -o yaml: all that was explained, at the end. */
  async finish(): Promise<void> {
    const { output } = this.options;
    if (output === '' || this.explained.length === 0) return;
    const [first] = this.explained;
    const whole: JsonObject =
      this.explained.length === 1
        ? (first as JsonObject)
        : { apiVersion: 'kubetick.dev/v1', kind: 'MergeExplanationList', items: this.explained };
    const { out } = this.invocation.streams;
    if (output === 'json') {
      const { stringifyGo } = await import('../../apimachinery/json-text');
      out(`${stringifyGo(whole, { indent: '    ' })}\n`);
    } else {
      const { toYaml } = await import('../../yaml/write');
      out(toYaml(whole));
    }
  }

  private async examine(record: MergeRecord, finished: Finished): Promise<Explanation> {
    const { info, answer, error } = finished;
    const refused = refusalOf(error);
    const outcome: Outcome = { answer: refused ? undefined : answer, refused };
    let fields = explainFields(record, outcome);
    markOwnDefaults(fields, record);
    markAdmission(fields, this.changes);
    if (record.live && undecided(fields).length > 0) {
      const defaulted = await defaultsOf(info, record);
      if (defaulted) markDefaults(fields, defaulted);
    }
    const { version, kind } = gvkOf(info.object as KubeObject);
    if (version === 'v1' && kind === 'Secret' && !this.options.showSecrets) fields = fields.map(hideSecrets);
    return {
      info,
      record,
      operation: finished.operation ?? trialOf(record, fields, error),
      refusal: error === undefined ? undefined : (refused?.message ?? messageOf(error)),
      fields,
      warnings: [...mergeWarnings(record, fields), ...(await autoscalerWarnings(info, fields))],
    };
  }

  private async printTable(explanation: Explanation): Promise<void> {
    const { streams } = this.invocation;
    const { fields, warnings, refusal } = explanation;
    const shown = this.options.showUnchanged ? fields : fields.filter((field) => !isQuiet(field));
    const say = (text: string) =>
      streams.out(`${wrapText(text, streams.columns ?? Number.MAX_SAFE_INTEGER).join('\n')}\n`);
    if (this.options.heading && refusal === undefined) say(`${nameOf(explanation.info)} ${explanation.operation}`);
    if (refusal !== undefined) say(`${nameOf(explanation.info)} refused: nothing was changed. What would have been:`);
    if (shown.length > 0) {
      const { explanationTable } = await import('./explanation-table');
      streams.out(
        await explanationTable(
          streams,
          shown.map((field) => ({ field, why: this.why(field, explanation) })),
        ),
      );
    }
    const folded = foldedText(fields.filter((field) => isQuiet(field) && !shown.includes(field)));
    if (folded) say(folded);
    for (const { message } of warnings) say(`Warning: ${message}`);
  }

  private asObject(explanation: Explanation): JsonObject {
    const { info, record, operation, refusal, fields, warnings } = explanation;
    const shown = this.options.showUnchanged ? fields : fields.filter((field) => !isQuiet(field));
    const quiet = fields.filter((field) => isQuiet(field) && !shown.includes(field));
    const { apiVersion, kind } = info.object as KubeObject;
    const { name, namespace } = info;
    return {
      apiVersion: 'kubetick.dev/v1',
      kind: 'MergeExplanation',
      object: { apiVersion, kind, name, ...(info.namespaced ? { namespace } : {}) },
      mode: record.mode,
      fieldManager: record.fieldManager,
      operation,
      ...(refusal === undefined ? {} : { refused: refusal }),
      fields: shown.map((field) => this.fieldObject(field, explanation)),
      folded: {
        unchanged: quiet.filter(isUnchanged).length,
        defaulted: quiet.filter(isDefault).length,
      },
      warnings: warnings.map((warning) => jsonOf(warning)),
    };
  }

  private fieldObject(field: FieldExplanation, explanation: Explanation): JsonObject {
    const { text, lastApplied, live, file, result, verb, rule, mergeKey, owners, admission } = field;
    return {
      path: text,
      ...(lastApplied === undefined ? {} : { lastApplied }),
      ...(live === undefined ? {} : { live }),
      ...(file === undefined ? {} : { file }),
      ...(result === undefined ? {} : { result }),
      verb,
      rule,
      ...(mergeKey === undefined ? {} : { mergeKey }),
      ...(admission === undefined ? {} : { admission }),
      why: this.why(field, explanation),
      owners: owners.map(({ manager, operation, time, subresource }) => ({
        manager,
        operation,
        ...(time ? { time } : {}),
        ...(subresource ? { subresource } : {}),
      })),
    };
  }

  private why(field: FieldExplanation, { record, refusal }: Explanation): string {
    return why(field, { record, refused: refusal !== undefined, forced: this.options.forced });
  }
}

/** What the server's header says. */
function changesIn(told: string): AdmissionChange[] {
  try {
    return JSON.parse(decodeURIComponent(told)) as AdmissionChange[];
  } catch {
    return [];
  }
}

/** What is said of a trial. */
function trialOf({ live }: MergeRecord, fields: readonly FieldExplanation[], error: unknown): string {
  if (error !== undefined) return 'refused';
  if (!live) return 'would be created';
  return fields.some(isChange) ? 'would be configured' : 'would stay unchanged';
}

const isChange = ({ verb }: FieldExplanation) => verb !== 'kept' && verb !== 'unchanged';

function refusalOf(error: unknown): Outcome['refused'] {
  if (error === undefined) return undefined;
  const causes = error instanceof ApiError ? (error.status.details?.causes ?? []) : [];
  const told = causes.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
  return { message: told || (messageOf(error).split('\n')[0] as string), causes };
}

/**
 * The file's object as the server would make it in the place of the live one: a PUT that is only tried. Undefined where
 * the server would not have it.
 */
async function defaultsOf(info: Info, { file }: MergeRecord): Promise<KubeObject | undefined> {
  const { client, mapping, namespace, name } = info.reachable();
  const object = withoutLastApplied(file as unknown as KubeObject);
  const { Info: Trial } = await import('../builder/info');
  const trial = new Trial({ client, mapping, namespace, name, object });
  try {
    return await replaceObject(trial, { dryRun: 'server', fieldValidation: 'Ignore' });
  } catch {
    return undefined;
  }
}

const isUnchanged = ({ verb, rule, mergeKey }: FieldExplanation) =>
  verb === 'unchanged' && rule !== 'merged-by-key' && mergeKey === undefined;
const isDefault = ({ verb, rule }: FieldExplanation) => verb === 'kept' && rule === 'defaulted-by-server';

/** `12 fields unchanged, 9 left as the server had defaulted them (--show-unchanged lists them)` */
function foldedText(fields: readonly FieldExplanation[]): string {
  const unchanged = fields.filter(isUnchanged).length;
  const defaulted = fields.filter(isDefault).length;
  const parts: string[] = [];
  const counted = (count: number) => `${count} field${count === 1 ? '' : 's'}`;
  if (unchanged > 0) parts.push(`${counted(unchanged)} unchanged`);
  if (defaulted > 0)
    parts.push(
      `${parts.length > 0 ? defaulted : counted(defaulted)} as the server defaulted ${defaulted === 1 ? 'it' : 'them'}`,
    );
  return parts.length === 0
    ? ''
    : `${parts.join(', ')}; --show-unchanged lists ${unchanged + defaulted === 1 ? 'it' : 'them'}.`;
}

/** `deployment.apps/web` */
function nameOf(info: Info): string {
  const { group, kind } = info.reachable().mapping;
  return `${kind.toLowerCase()}${group ? `.${group}` : ''}/${info.name}`;
}
