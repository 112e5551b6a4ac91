/** `expose`: makes a service for what is there (kubectl pkg/cmd/expose/expose.go). */
import type { Command } from '../command';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, recordFlag, saveConfigFlag } from '../flag-sets';

const command: Command = {
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  completion: {
    offer: 'types-and-names',
    types: ['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset'],
  },
  long: `Make a service whose selector is that of a deployment, replica set, replication controller, service or pod.

Ports that are not given are taken from its containers, labels from the object itself. A selector with expressions can't become a service's.

Possible resources include (case insensitive): pod (po), service (svc), replicationcontroller (rc), deployment (deploy), replicaset (rs)`,
  examples: `# A service on port 80 for the containers' port 8000
kubectl expose deployment web --port=80 --target-port=8000

# For what a file names
kubectl expose -f web.yaml --port=80

# For one pod, by another name
kubectl expose pod web-1 --port=444 --name=frontend

# Reachable on every node
kubectl expose deployment web --port=80 --type=NodePort`,
  flags: [
    ...printFlags(),
    {
      name: 'cluster-ip',
      type: 'string',
      usage:
        "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    },
    dryRunFlag,
    {
      name: 'external-ip',
      type: 'string',
      usage:
        'Additional external IP address (not managed by Kubernetes) to accept for the service. If this IP is routed to a node, the service can be accessed by this IP in addition to its generated service IP.',
    },
    fieldManagerFlag('kubectl-expose'),
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to expose a service'),
    { name: 'labels', shorthand: 'l', type: 'string', usage: 'Labels to apply to the service created by this call.' },
    {
      name: 'load-balancer-ip',
      type: 'string',
      usage:
        'IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific).',
    },
    { name: 'name', type: 'string', usage: 'The name for the newly created object.' },
    {
      name: 'override-type',
      type: 'string',
      default: 'merge',
      usage: 'The method used to override the generated object: json, merge, or strategic.',
    },
    {
      name: 'overrides',
      type: 'string',
      usage:
        'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.',
    },
    {
      name: 'port',
      type: 'string',
      usage: 'The port that the service should serve on. Copied from the resource being exposed, if unspecified',
    },
    {
      name: 'protocol',
      type: 'string',
      usage: "The network protocol for the service to be created. Default is 'TCP'.",
    },
    recordFlag,
    saveConfigFlag,
    {
      name: 'selector',
      type: 'string',
      usage:
        'A label selector to use for this service. Only equality-based selector requirements are supported. If empty (the default) infer the selector from the resource being exposed.',
    },
    {
      name: 'session-affinity',
      type: 'string',
      usage: "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    },
    {
      name: 'target-port',
      type: 'string',
      usage: 'Name or number for the port on the container that the service should direct traffic to. Optional.',
    },
    {
      name: 'type',
      type: 'string',
      usage: "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    },
  ],
  async run(invocation) {
    const { runExpose } = await import('./run-expose');
    await runExpose(invocation);
  },
};

export default command;
