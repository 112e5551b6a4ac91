/** What `run` makes: a pod, and a service with --expose (kubectl pkg/generate/versioned/run.go, service.go). */
import { type JsonObject, setKey } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isEnvVarName } from '../../apimachinery/names';
import { CommandError, type Flags } from '../command';
import { parsePairs } from '../key-value-arguments';

export function podOf(flags: Flags, args: readonly string[]): KubeObject {
  const [name = '', ...rest] = args;
  const env = flags.strings('env').map(parseVariable);
  const annotations: JsonObject = {};
  for (const [key, value] of parsePairs(flags.strings('annotations'), 'annotations', false).set) {
    setKey(annotations, key, value);
  }
  const labels = labelsOf(flags) ?? { run: name };
  const stdin = flags.bool('stdin');
  const port = flags.string('port');
  const container: JsonObject = {
    name,
    image: flags.string('image'),
    ...(rest.length > 0 ? { [flags.bool('command') ? 'command' : 'args']: rest } : {}),
    ...(port ? { ports: [{ containerPort: parsePort(port) }] } : {}),
    env,
    imagePullPolicy: flags.string('image-pull-policy'),
    ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
    stdin,
    stdinOnce: stdin && !flags.bool('leave-stdin-open'),
    tty: flags.bool('tty'),
  };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, labels: labels as Record<string, string>, annotations: annotations as Record<string, string> },
    spec: {
      containers: [container],
      restartPolicy: flags.string('restart') || 'Always',
      dnsPolicy: 'ClusterFirst',
    },
  };
}

export function serviceOf(flags: Flags, name: string): KubeObject {
  const labels = labelsOf(flags);
  const port = parsePort(flags.string('port'));
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, ...(labels ? { labels: labels as Record<string, string> } : {}) },
    spec: { ports: [{ protocol: 'TCP', port, targetPort: port }], selector: labels ?? { run: name } },
  };
}

/** `a=b,c=d`; undefined without any (generate.ParseLabels). */
function labelsOf(flags: Flags): JsonObject | undefined {
  const text = flags.string('labels');
  if (text === '') return undefined;
  const labels: JsonObject = {};
  for (const spec of text.split(',')) {
    const [key, value, ...more] = spec.split('=') as [string, string | undefined, ...string[]];
    if (value === undefined || more.length > 0) throw new CommandError(`unexpected label spec: ${spec}`);
    if (key === '') throw new CommandError('unexpected empty label key');
    setKey(labels, key, value);
  }
  return labels;
}

function parseVariable(text: string): { name: string; value: string } {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  if (at <= 0 || isEnvVarName(name).length > 0) throw new CommandError(`invalid env: ${text}`);
  return { name, value: text.slice(at + 1) };
}

function parsePort(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}
