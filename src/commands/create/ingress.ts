/** `create ingress` (kubectl pkg/cmd/create/create_ingress.go). */
import { type JsonObject, setKey } from '../../apimachinery/json';
import { CommandError, type Flags } from '../command';
import { generatorCommand } from './generate';

/** Host, path, service and port; and a secret, or none of a name, for TLS. */
const RULE = /^[\w*\-.]*\/.*=[\w-]+:[\w-]+(,tls=?([\w-]+)?)?/;

export default generatorCommand(
  {
    use: 'ingress NAME --rule=host/path=service:port[,tls[=secret]] ',
    aliases: ['ing'],
    short: 'Create an ingress with the specified name',
    long: 'Make an ingress: rules that lead hosts and paths to services, and a service for all the rest.',
    examples: `# One path of one host
kubectl create ingress web --rule="foo.com/bar=web:8080,tls=my-cert"

# All paths of any host, with a class
kubectl create ingress web --class=nginx --rule="/*=web:http"

# Two annotations
kubectl create ingress web --class=default --rule="foo.com/bar=web:80" --annotation a=b --annotation c=d

# Two hosts with one secret
kubectl create ingress web --rule="foo.com/*=web:80,tls=my-cert" --rule="bar.com/*=web:80,tls=my-cert"

# A service for what no rule names
kubectl create ingress web --default-backend=fallback:http --rule="foo.com/*=web:80"`,
    flags: [
      { name: 'class', type: 'string', usage: 'Ingress Class to be used' },
      {
        name: 'rule',
        type: 'stringArray',
        usage:
          "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix. tls argument is optional.",
      },
      {
        name: 'default-backend',
        type: 'string',
        usage: 'Default service for backend, in format of svcname:port',
      },
      {
        name: 'annotation',
        type: 'stringArray',
        usage: 'Annotation to insert in the ingress object, in the format annotation=value',
      },
    ],
  },
  ({ flags }, name, namespace) => {
    validate(flags);
    const annotations: JsonObject = {};
    for (const text of flags.strings('annotation')) {
      const at = text.indexOf('=');
      setKey(annotations, text.slice(0, at), text.slice(at + 1));
    }
    const backend = flags.string('default-backend');
    const rules = flags.strings('rule');
    return {
      namespaced: true,
      failure: 'failed to create ingress: ',
      object: {
        kind: 'Ingress',
        apiVersion: 'networking.k8s.io/v1',
        metadata: { name, ...(namespace ? { namespace } : {}), annotations: annotations as Record<string, string> },
        spec: {
          ...(flags.string('class') ? { ingressClassName: flags.string('class') } : {}),
          ...(backend ? { defaultBackend: serviceBackend(backend) } : {}),
          tls: tlsOf(rules),
          rules: rulesOf(rules),
        },
      },
    };
  },
);

function validate(flags: Flags): void {
  const backend = flags.string('default-backend');
  const rules = flags.strings('rule');
  if (!backend && rules.length === 0) {
    throw new CommandError(
      'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
    );
  }
  for (const rule of rules) {
    if (!RULE.test(rule)) {
      throw new CommandError(
        `rule ${rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`,
      );
    }
  }
  for (const annotation of flags.strings('annotation')) {
    if (!annotation.includes('=')) {
      throw new CommandError(`annotation ${annotation} is invalid and should be in format key=[value]`);
    }
  }
  if (backend && backend.split(':').length !== 2) {
    throw new CommandError('default-backend should be in format servicename:serviceport');
  }
}

interface Tls {
  hosts?: string[];
  secretName?: string;
}

/** One entry for each secret; a host counts once (buildTLSRules). */
function tlsOf(rules: readonly string[]): Tls[] {
  const entries: Tls[] = [];
  const seen = new Set<string>();
  for (const rule of rules) {
    const parts = rule.split(',');
    const [host] = rule.split('/') as [string];
    if (parts.length !== 2 || seen.has(host)) continue;
    const secret = (parts[1] as string).split('=')[1] ?? '';
    seen.add(host);
    const same = entries.find(({ secretName = '' }) => secretName === secret);
    if (same) same.hosts = [...(same.hosts ?? []), host];
    else if (host || secret) {
      entries.push({ ...(host ? { hosts: [host] } : {}), ...(secret ? { secretName: secret } : {}) });
    }
  }
  return entries;
}

/** One rule for each host, with its paths in order (buildIngressRules). */
function rulesOf(rules: readonly string[]): JsonObject[] {
  const paths = new Map<string, JsonObject[]>();
  for (const rule of rules) {
    const [route = ''] = rule.split(',');
    const slash = route.indexOf('/');
    const host = route.slice(0, slash);
    paths.set(host, [...(paths.get(host) ?? []), pathOf(route.slice(slash + 1))]);
  }
  return [...paths].map(([host, all]) => ({ ...(host ? { host } : {}), http: { paths: all } }));
}

/** `bar*=web:80`: with a star at its end all paths that begin so. */
function pathOf(text: string): JsonObject {
  const [behind = '', service = ''] = text.split('=');
  const path = `/${behind}`;
  const prefix = path.endsWith('*');
  return {
    path: prefix ? path.slice(0, -1) : path,
    pathType: prefix ? 'Prefix' : 'Exact',
    backend: serviceBackend(service),
  };
}

function serviceBackend(text: string): JsonObject {
  const [name = '', port = ''] = text.split(':');
  return { service: { name, port: /^[+-]?\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}
