/** Makes a user, and prints how it is done by hand. */
import type { KubeObject } from '../../apimachinery/meta';
import type { Client } from '../../client/client';
import { sleep } from '../../host/wall-clock';
import { CommandError, type Invocation } from '../command';
import type { Kubeconfig } from '../kubeconfig/kubeconfig';
import { shellQuoted } from './shell-quoted';

const REQUESTS = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' };
const SIGNER = 'kubernetes.io/kube-apiserver-client';
/** Another cluster's signer may take a moment: so many looks, with pauses in milliseconds. */
const LOOKS = 50;
const PAUSE = 100;

interface Wanted {
  name: string;
  groups: string[];
  seconds: number | undefined;
}

export async function createUser(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  const [name] = args;
  if (args.length !== 1 || !name) throw new CommandError(`exactly one NAME is required, got ${args.length}`);
  const duration = flags.duration('duration');
  const wanted: Wanted = {
    name,
    groups: flags.strings('group'),
    seconds: flags.changed('duration') ? Math.floor(duration / 1000) : undefined,
  };
  const { kubeconfig } = await invocation.files();
  const config = await kubeconfig.load();
  const cluster = (await kubeconfig.context(flags))?.context.cluster ?? config.clusters[0]?.name ?? '';
  if (!flags.bool('dry-run')) {
    const { newCertificateRequest } = await import('./certificate-request');
    const { request, key } = await newCertificateRequest(name, wanted.groups);
    const client = await invocation.client();
    const asked = await client.create(REQUESTS, '', requestObject(wanted, request));
    streams.out(`certificatesigningrequest.certificates.k8s.io/${name} created\n`);
    await client.update(REQUESTS, approved(asked), undefined, 'approval');
    streams.out(`certificatesigningrequest.certificates.k8s.io/${name} approved\n`);
    const certificate = await issued(client, name);
    await kubeconfig.save(withUser(config, { name, cluster, certificate, key, use: flags.bool('use') }));
    streams.out(`User "${name}" set.\nContext "${name}" ${contextVerb(config, name)}.\n`);
    if (flags.bool('use')) streams.out(`Switched to context "${name}".\n`);
    streams.out('\nThe same by hand:\n\n');
  }
  streams.out(byHand(wanted, cluster, flags.bool('use')));
}

function requestObject({ name, seconds }: Wanted, request: string): KubeObject {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: btoa(request),
      signerName: SIGNER,
      ...(seconds === undefined ? {} : { expirationSeconds: seconds }),
      usages: ['client auth'],
    },
  };
}

function approved(request: KubeObject): KubeObject {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'KubectlApprove',
    message: 'This CSR was approved by kubetick user create.',
  };
  return { ...request, status: { ...request['status'], conditions: [condition] } };
}

/** Base64 of the certificate, as it lies in the request. @throws CommandError where its signer does not sign it */
async function issued(client: Client, name: string): Promise<string> {
  for (let look = 0; look < LOOKS; look++) {
    const { status = {} } = (await client.get(REQUESTS, '', name)) as KubeObject & { status?: KubeObject['status'] };
    if (status.certificate) return status.certificate;
    const failed = (status.conditions ?? []).find((condition: { type: string }) => condition.type === 'Failed');
    if (failed) throw new CommandError(`the request was not signed: ${failed.message}`);
    await sleep(PAUSE);
  }
  throw new CommandError(`nobody has signed the request ${name} yet`);
}

interface NewUser {
  name: string;
  cluster: string;
  /** Base64 of PEM. */
  certificate: string;
  key: string;
  use: boolean;
}

function withUser(config: Kubeconfig, { name, cluster, certificate, key, use }: NewUser): Kubeconfig {
  const user = { 'client-certificate-data': certificate, 'client-key-data': btoa(key) };
  const others = <T extends { name: string }>(list: readonly T[]) => list.filter((one) => one.name !== name);
  return {
    ...config,
    users: [...others(config.users), { name, user }],
    contexts: [...others(config.contexts), { name, context: { cluster, user: name } }],
    ...(use ? { 'current-context': name } : {}),
  };
}

function contextVerb(config: Kubeconfig, name: string): string {
  return config.contexts.some((one) => one.name === name) ? 'modified' : 'created';
}

function byHand({ name, groups, seconds }: Wanted, cluster: string, use: boolean): string {
  const file = (ending: string) => shellQuoted(`${name}.${ending}`);
  const escaped = (value: string) => value.replace(/[/\\+=]/g, '\\$&');
  const subject = shellQuoted(`${groups.map((group) => `/O=${escaped(group)}`).join('')}/CN=${escaped(name)}`);
  const quoted = shellQuoted(name);
  const expires = seconds === undefined ? '' : `  expirationSeconds: ${seconds}\n`;
  return `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ${file('key')}
openssl req -new -key ${file('key')} -subj ${subject} -out ${file('csr')}
kubectl apply -f - <<EOF
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  name: ${JSON.stringify(name)}
spec:
  request: $(base64 -w0 < ${file('csr')})
  signerName: ${SIGNER}
${expires}  usages: [client auth]
EOF
kubectl certificate approve ${quoted}
kubectl get csr ${quoted} -o jsonpath='{.status.certificate}' | base64 -d > ${file('crt')}
kubectl config set-credentials ${quoted} --client-certificate=${file('crt')} --client-key=${file('key')} --embed-certs=true
kubectl config set-context ${quoted} --cluster=${shellQuoted(cluster)} --user=${quoted}
${use ? `kubectl config use-context ${quoted}\n` : ''}`;
}
