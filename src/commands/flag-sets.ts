/** Groups of flags that several commands share, in kubectl's words (cmd/util/helpers.go, cli-runtime genericclioptions). */
import type { Flag, Invocation } from './command';
import { CommandError } from './command';
import { manifestFiles } from './completion/declared';
import { parseBool } from './flag-values';

/** -f, -k, -R. `filename` is the usage of -f; `anyKustomization` is how delete and apply word -k. */
export function filenameFlags(filename: string, kustomize = 'Process the kustomization directory.'): Flag[] {
  return [
    { name: 'filename', shorthand: 'f', type: 'stringSlice', usage: filename, completion: manifestFiles },
    {
      name: 'kustomize',
      shorthand: 'k',
      type: 'string',
      usage: `${kustomize} This flag can't be used together with -f or -R.`,
    },
    {
      name: 'recursive',
      shorthand: 'R',
      type: 'bool',
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
  ];
}

/** -f, -k, -R of commands that delete or apply (genericclioptions.FileNameFlags). */
export function manifestFlags(filename: string): Flag[] {
  return filenameFlags(filename, 'Process a kustomization directory.');
}

const FORMATS =
  'json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file';
const COLUMN_FORMATS = `${FORMATS}, custom-columns, custom-columns-file, wide`;

/** -o, --template, --allow-missing-template-keys, --show-managed-fields (genericclioptions.PrintFlags). */
export function printFlags(output = `Output format. One of: (${FORMATS}).`): Flag[] {
  return [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: true,
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: output },
    {
      name: 'show-managed-fields',
      type: 'bool',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
  ];
}

/** The usage of `get -o`, which knows more formats. */
const columnFormatsUsage = `Output format. One of: (${COLUMN_FORMATS}). See custom columns [https://kubernetes.io/docs/reference/kubectl/#custom-columns], golang template [http://golang.org/pkg/text/template/#pkg-overview] and jsonpath template [https://kubernetes.io/docs/reference/kubectl/jsonpath/].`;

/** -o and its kin, as `get` has them. */
export function getPrintFlags(): Flag[] {
  const completion = { offer: 'words', words: COLUMN_FORMATS.split(', ') } as const;
  return printFlags(columnFormatsUsage).map((flag) => (flag.name === 'output' ? { ...flag, completion } : flag));
}

export const dryRunFlag: Flag = {
  name: 'dry-run',
  type: 'string',
  default: 'none',
  noOptDefault: 'unchanged',
  usage:
    'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
};

export function fieldManagerFlag(fallback: string): Flag {
  return {
    name: 'field-manager',
    type: 'string',
    default: fallback,
    usage: 'Name of the manager used to track field ownership.',
  };
}

export const selectorFlag: Flag = {
  name: 'selector',
  shorthand: 'l',
  type: 'string',
  usage:
    "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
};

export const fieldSelectorFlag: Flag = {
  name: 'field-selector',
  type: 'string',
  usage:
    "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
};

export const allNamespacesFlag: Flag = {
  name: 'all-namespaces',
  shorthand: 'A',
  type: 'bool',
  usage:
    'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
};

export const saveConfigFlag: Flag = {
  name: 'save-config',
  type: 'bool',
  usage:
    'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
};

export const chunkSizeFlag: Flag = {
  name: 'chunk-size',
  type: 'int',
  default: 500,
  usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.',
};

export const validateFlag: Flag = {
  name: 'validate',
  type: 'string',
  default: 'strict',
  noOptDefault: 'strict',
  usage:
    'Must be one of: strict (or true), warn, ignore (or false). "true" or "strict" will use a schema to validate the input and fail the request if invalid. It will perform server side validation if ServerSideFieldValidation is enabled on the api-server, but will fall back to less reliable client-side validation if not. "warn" will warn about unknown or duplicate fields without blocking the request if server-side field validation is enabled on the API server, and behave as "ignore" otherwise. "false" or "ignore" will not perform any schema validation, silently dropping any unknown or duplicate fields.',
};

export const subresourceFlag = (usage: string): Flag => ({
  name: 'subresource',
  type: 'string',
  usage,
  completion: { offer: 'words', words: ['status', 'scale', 'resize'], all: true },
});

/** --record, hidden in 1.36 and still taken (genericclioptions.RecordFlags). */
export const recordFlag: Flag = {
  name: 'record',
  type: 'bool',
  usage:
    'Record current kubectl command in the resource annotation. If set to false, do not record the command. If set to true, record the command. If not set, default to updating the existing annotation value only if one already exists.',
  deprecated: '--record will be removed in the future',
  hidden: true,
};

export type DryRun = 'none' | 'client' | 'server';

/** --dry-run, with its old boolean values (cmdutil.GetDryRunStrategy). */
export function dryRunOf({ flags, streams }: Pick<Invocation, 'flags' | 'streams'>): DryRun {
  const text = flags.string('dry-run');
  if (text === 'none' || text === 'client' || text === 'server') return text;
  const boolean = asBool(text);
  if (boolean === undefined && text !== 'unchanged') {
    throw new CommandError(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
  }
  const meant = boolean === false ? 'none' : 'client';
  const given = boolean === undefined ? '--dry-run is deprecated' : `--dry-run=${text} is deprecated (boolean value)`;
  streams.err(`Warning: ${given} and can be replaced with --dry-run=${meant}.\n`);
  return meant;
}

/** `created (dry run)`: what is said of an operation that was only tried (PrintFlagsWithDryRunStrategy). */
export function withDryRun(operation: string, dryRun: DryRun): string {
  if (dryRun === 'none') return operation;
  const mark = dryRun === 'client' ? '(dry run)' : '(server dry run)';
  return operation === '' ? mark : `${operation} ${mark}`;
}

/** `?fieldValidation=`: --validate as the API has it (cmdutil.GetValidationDirective). */
export function fieldValidationOf(flags: Pick<Invocation['flags'], 'string'>): 'Strict' | 'Warn' | 'Ignore' {
  const text = flags.string('validate');
  const boolean = asBool(text);
  if (text === 'strict' || boolean === true) return 'Strict';
  if (text === 'ignore' || boolean === false) return 'Ignore';
  if (text === 'warn') return 'Warn';
  throw new CommandError(
    `invalid - validate option ${JSON.stringify(text)}; must be one of: strict (or true), warn, ignore (or false)`,
  );
}

function asBool(text: string): boolean | undefined {
  try {
    return parseBool(text);
  } catch {
    return undefined;
  }
}
