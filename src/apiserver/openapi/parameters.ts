/** The parameters of requests, in the query and in the path (apimachinery `meta/v1/types.go` ListOptions, CreateOptions and others). */
import type { JsonObject } from '../../apimachinery/json';

export interface Parameter {
  name: string;
  in: 'query' | 'path';
  type: 'string' | 'boolean' | 'integer';
  description: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
});

export const PRETTY = query(
  'pretty',
  'string',
  'Whether the answer is indented. Browsers, curl and wget get it so unasked.',
);

const LABELS = query('labelSelector', 'string', 'Only objects whose labels match.');
const FIELDS = query('fieldSelector', 'string', 'Only objects whose fields match.');
const LIMIT = query(
  'limit',
  'integer',
  'How many objects are listed at most; `continue` in the answer asks for the rest.',
);
const CONTINUE = query('continue', 'string', 'Where a list that was cut short goes on: from the list before.');
const RESOURCE_VERSION = query('resourceVersion', 'string', 'Which state of the cluster is asked for.');
const RESOURCE_VERSION_MATCH = query(
  'resourceVersionMatch',
  'string',
  'Whether resourceVersion is that very state (Exact) or the oldest that will do (NotOlderThan).',
);
const SEND_INITIAL_EVENTS = query(
  'sendInitialEvents',
  'boolean',
  'Whether a watch begins with what there is, and a bookmark behind it.',
);
const TIMEOUT = query('timeoutSeconds', 'integer', 'How long a list or a watch may take.');

export const LIST: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Whether a watch tells by bookmarks how far it has come.'),
  CONTINUE,
  FIELDS,
  LABELS,
  LIMIT,
  RESOURCE_VERSION,
  RESOURCE_VERSION_MATCH,
  SEND_INITIAL_EVENTS,
  TIMEOUT,
  query('watch', 'boolean', 'Changes as they come, instead of a list.'),
];

const DRY_RUN = query('dryRun', 'string', 'With `All`, everything is done but the storing.');
const FIELD_MANAGER = query(
  'fieldManager',
  'string',
  'In whose name fields are set; at most 128 printable characters.',
);
const FIELD_VALIDATION = query(
  'fieldValidation',
  'string',
  'What becomes of unknown and repeated fields: Ignore, Warn or Strict.',
);

export const WRITE: readonly Parameter[] = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];

export const PATCH: readonly Parameter[] = [
  ...WRITE,
  query('force', 'boolean', 'Whether an apply takes fields from those who own them.'),
];

export const DELETE: readonly Parameter[] = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', 'How long the object may take to end.'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Whether an object that can not be read is deleted all the same.',
  ),
  query('orphanDependents', 'boolean', 'Whether what the object owns stays. Deprecated: see propagationPolicy.'),
  query('propagationPolicy', 'string', 'What becomes of what the object owns: Orphan, Background or Foreground.'),
];

export const DELETE_COLLECTION: readonly Parameter[] = [
  CONTINUE,
  FIELDS,
  LABELS,
  LIMIT,
  RESOURCE_VERSION,
  RESOURCE_VERSION_MATCH,
  SEND_INITIAL_EVENTS,
  TIMEOUT,
  ...DELETE,
].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Of subresources that speak another protocol, or hand requests on. */
export const CONNECT: Readonly<Record<string, readonly Parameter[]>> = {
  PodExecOptions: streams(query('command', 'string', 'What is run, word by word.')),
  PodAttachOptions: streams(),
  PodPortForwardOptions: [query('ports', 'integer', 'Which ports are forwarded.')],
  PodProxyOptions: proxied(),
  ServiceProxyOptions: proxied(),
  NodeProxyOptions: proxied(),
};

/** Of reading a log. */
export const LOG: readonly Parameter[] = [
  query('container', 'string', 'Whose log; may be left out where there is one container.'),
  query('follow', 'boolean', 'Whether what is still to come is told too.'),
  query('insecureSkipTLSVerifyBackend', 'boolean', 'Whether the certificate of the kubelet goes unchecked.'),
  query('limitBytes', 'integer', 'How many bytes at most.'),
  query('previous', 'boolean', 'Whether it is the log of the container that ran before.'),
  query('sinceSeconds', 'integer', 'How far back.'),
  query('stream', 'string', 'Which of the streams: All, Stdout or Stderr.'),
  query('tailLines', 'integer', 'How many of the last lines.'),
  query('timestamps', 'boolean', 'Whether each line begins with its time.'),
];

function streams(...more: Parameter[]): Parameter[] {
  return [
    ...more,
    query('container', 'string', 'In which container; may be left out where there is one.'),
    query('stderr', 'boolean', 'Whether the error stream is redirected.'),
    query('stdin', 'boolean', 'Whether there is input.'),
    query('stdout', 'boolean', 'Whether the output stream is redirected.'),
    query('tty', 'boolean', 'Whether a terminal is there.'),
  ];
}

function proxied(): Parameter[] {
  return [query('path', 'string', 'The part of the URL that is handed on.')];
}

export function nameParameter(kind: string): Parameter {
  return { name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` };
}

export const NAMESPACE: Parameter = {
  name: 'namespace',
  in: 'path',
  type: 'string',
  description: 'The namespace of the objects.',
};

export const PROXY_PATH: Parameter = {
  name: 'path',
  in: 'path',
  type: 'string',
  description: 'What is handed on of the path.',
};

/** A parameter as it stands in a document of version 3, or of version 2. */
export function parameterObject({ name, in: place, type, description }: Parameter, version: 2 | 3): JsonObject {
  const required: JsonObject = place === 'path' ? { required: true } : {};
  if (version === 3) return { name, in: place, description, ...required, schema: { type, uniqueItems: true } };
  return { name, in: place, description, ...required, type, uniqueItems: true };
}
