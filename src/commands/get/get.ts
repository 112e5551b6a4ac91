/** `get`: tables for people, and every output format (kubectl pkg/cmd/get/get.go). */
import type { Command } from '../command';
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  filenameFlags,
  getPrintFlags,
  selectorFlag,
  subresourceFlag,
} from '../flag-sets';

const command: Command = {
  use: 'get [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  short: 'Display one or many resources',
  completion: { offer: 'types-and-names' },
  long: `Show resources as a table of what matters most about them, or whole in the format that -o names.

Types that live in namespaces are shown for one namespace: that of the context, or the one that -n names; -A shows all. Labels (-l) and fields (--field-selector) choose among them.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: `# The pods of this namespace
kubectl get pods

# With the node and the address of each
kubectl get pods -o wide

# One deployment, whole
kubectl get deployment web -o yaml

# A type in a version and group of its own
kubectl get deployments.v1.apps -o json

# What a file names
kubectl get -f web.yaml

# One value out of one object
kubectl get pod web-1 -o jsonpath='{.status.phase}'

# Columns of your own
kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image

# Several types together
kubectl get deployments,services

# Objects of several types by name
kubectl get deployment/web service/web

# The pods of all namespaces, and what becomes of them
kubectl get pods -A -w`,
  flags: [
    ...getPrintFlags(),
    allNamespacesFlag,
    chunkSizeFlag,
    fieldSelectorFlag,
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to get from a server.'),
    {
      name: 'ignore-not-found',
      type: 'bool',
      usage:
        'If set to true, suppresses NotFound error for specific objects that do not exist. Using this flag with commands that query for collections of resources has no effect when no resources are found.',
    },
    {
      name: 'label-columns',
      shorthand: 'L',
      type: 'stringSlice',
      usage:
        'Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive. You can also use multiple flag options like -L label1 -L label2...',
    },
    {
      name: 'no-headers',
      type: 'bool',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    {
      name: 'output-watch-events',
      type: 'bool',
      usage:
        'Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events.',
    },
    {
      name: 'raw',
      type: 'string',
      usage: 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.',
    },
    selectorFlag,
    {
      name: 'server-print',
      type: 'bool',
      default: true,
      usage: 'If true, have the server return the appropriate table output. Supports extension APIs and CRDs.',
    },
    {
      name: 'show-kind',
      type: 'bool',
      usage: 'If present, list the resource type for the requested object(s).',
    },
    {
      name: 'show-labels',
      type: 'bool',
      usage: 'When printing, show all labels as the last column (default hide labels column)',
    },
    {
      name: 'sort-by',
      type: 'string',
      usage:
        "If non-empty, sort list types using this field specification.  The field specification is expressed as a JSONPath expression (e.g. '{.metadata.name}'). The field in the API resource specified by this JSONPath expression must be an integer or a string.",
    },
    subresourceFlag('If specified, gets the subresource of the requested object.'),
    {
      name: 'watch',
      shorthand: 'w',
      type: 'bool',
      usage: 'After listing/getting the requested object, watch for changes.',
    },
    {
      name: 'watch-only',
      type: 'bool',
      usage: 'Watch for changes to the requested object(s), without listing/getting first.',
    },
  ],
  async run(invocation) {
    const { readGetOptions, runGet } = await import('./run-get');
    const options = await readGetOptions(invocation);
    if (options.raw) {
      const { getRaw } = await import('../raw');
      await getRaw(invocation, options.raw);
    } else if (options.watch || options.watchOnly) {
      const { watchResources } = await import('./watch');
      await watchResources(invocation, options);
    } else await runGet(invocation, options);
  },
};

export default command;
