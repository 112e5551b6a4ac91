/** `proxy`: the API of the cluster on a local port (kubectl pkg/cmd/proxy/proxy.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  short: 'Run a proxy to the Kubernetes API server',
  long: `Serve the API of the cluster over HTTP on a local port, and files of a folder beside it if asked to. It needs no credentials, so it listens on this machine alone and is particular about hosts and paths.

The cluster in a folder is served by this very process. Its time stands still until somebody ticks.`,
  examples: `# The whole API on port 8001
kubectl proxy

# On a free port, which is printed
kubectl proxy --port=0

# Part of it, and files of a folder
kubectl proxy --www=./site --www-prefix=/static/ --api-prefix=/api/

# Under another path: curl localhost:8001/k8s/api/v1/pods
kubectl proxy --api-prefix=/k8s/

# On a socket of the file system
kubectl proxy --unix-socket=/tmp/k8s.sock`,
  flags: [
    {
      name: 'www',
      shorthand: 'w',
      type: 'string',
      usage: 'Also serve static files from the given directory under the specified prefix.',
    },
    {
      name: 'www-prefix',
      shorthand: 'P',
      type: 'string',
      default: '/static/',
      usage: 'Prefix to serve static files under, if static file directory is specified.',
    },
    { name: 'api-prefix', type: 'string', default: '/', usage: 'Prefix to serve the proxied API under.' },
    {
      name: 'accept-paths',
      type: 'string',
      default: '^.*',
      usage: 'Regular expression for paths that the proxy should accept.',
    },
    {
      name: 'reject-paths',
      type: 'string',
      default: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
      usage:
        'Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.',
    },
    {
      name: 'accept-hosts',
      type: 'string',
      default: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
      usage: 'Regular expression for hosts that the proxy should accept.',
    },
    {
      name: 'reject-methods',
      type: 'string',
      default: '^$',
      usage:
        "Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH'). ",
    },
    {
      name: 'port',
      shorthand: 'p',
      type: 'int',
      default: 8001,
      usage: 'The port on which to run the proxy. Set to 0 to pick a random port.',
    },
    { name: 'address', type: 'string', default: '127.0.0.1', usage: 'The IP address on which to serve on.' },
    {
      name: 'disable-filter',
      type: 'bool',
      usage:
        'If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.',
    },
    { name: 'unix-socket', shorthand: 'u', type: 'string', usage: 'Unix socket on which to run the proxy.' },
    {
      name: 'keepalive',
      type: 'duration',
      usage:
        'keepalive specifies the keep-alive period for an active network connection. Set to 0 to disable keepalive.',
    },
    {
      name: 'append-server-path',
      type: 'bool',
      usage: 'If true, enables automatic path appending of the kube context server path to each request.',
    },
  ],
  ownSubcommands: {
    rules: () => import('./rules'),
    mode: () => import('./mode'),
    sync: () => import('./sync'),
    compare: () => import('./compare'),
    connections: () => import('./connections'),
  },
  async run(invocation) {
    const { runProxy } = await import('./run-proxy');
    await runProxy(invocation);
  },
};

export default command;
