/** `auth enable`: one more way to be known to the cluster. Kubetick's own: kube-apiserver has flags, and is started again. */
import type { Command } from '../command';

const command: Command = {
  use: 'enable METHOD [FILE]',
  short: 'Turn on a way to be known to the cluster',
  long: `Turn on a way by which the cluster knows who sends a request. What it needs is read now, from files, and kept with the cluster.

    anonymous        who shows nothing is system:anonymous; with --path: on these paths only
    bootstrap-token  tokens by which nodes join: secrets of kube-system
    oidc             tokens of an OpenID Connect issuer: by flags, or all that an AuthenticationConfiguration says
    password-file    names and passwords: lines of password,name,uid,"group,group"; for learning: Kubernetes has not had it since v1.19
    request-header   a proxy that names the user in headers, and shows a certificate of its own authority
    service-account  tokens of service accounts
    token-file       lines of token,name,uid,"group,group"
    webhook          a server on this machine that answers TokenReviews: FILE is a kubeconfig that leads to it
    x509             client certificates of the cluster's authority

anonymous, bootstrap-token, service-account and x509 are on from the start. There are no lists of revoked certificates, as there are none in Kubernetes.`,
  examples: `# Three users with tokens
kubetick auth enable token-file users.csv

# Tokens of an issuer, checked by its keys in a file
kubetick auth enable oidc --oidc-issuer-url=https://issuer.example --oidc-client-id=cluster --oidc-groups-claim=groups --jwks=keys.json

# All that a file says of issuers; the keys of one of them are in a file
kubetick auth enable oidc authentication.yaml --jwks=https://issuer.example=keys.json

# A proxy
kubetick auth enable request-header --requestheader-client-ca-file=proxy-ca.crt --requestheader-allowed-names=front-proxy`,
  flags: [
    {
      name: 'authentication-token-webhook-cache-ttl',
      type: 'duration',
      default: '2m0s',
      usage: 'The duration to cache responses from the webhook token authenticator.',
    },
    {
      name: 'authentication-token-webhook-version',
      type: 'string',
      default: 'v1beta1',
      usage: 'The API version of the authentication.k8s.io TokenReview to send to and expect from the webhook.',
    },
    {
      name: 'client-crl-file',
      type: 'string',
      usage: 'Of x509: a list of revoked certificates. It is refused: Kubernetes knows none.',
    },
    { name: 'jwks', type: 'stringArray', usage: 'Of oidc: FILE with the keys of the issuer, or ISSUER=FILE.' },
    { name: 'oidc-ca-file', type: 'string', usage: "The certificate of the authority that signed the issuer's." },
    {
      name: 'oidc-client-id',
      type: 'string',
      usage: 'The client ID for the OpenID Connect client: the audience of tokens.',
    },
    { name: 'oidc-groups-claim', type: 'string', usage: 'The claim that names groups.' },
    { name: 'oidc-groups-prefix', type: 'string', usage: 'Goes before the names of groups.' },
    {
      name: 'oidc-issuer-url',
      type: 'string',
      usage: 'The URL of the OpenID issuer, only HTTPS scheme will be accepted.',
    },
    {
      name: 'oidc-required-claim',
      type: 'stringArray',
      usage: 'A key=value pair that a token must have; may be given more than once.',
    },
    { name: 'oidc-username-claim', type: 'string', default: 'sub', usage: 'The claim that names the user.' },
    {
      name: 'oidc-username-prefix',
      type: 'string',
      usage: "Goes before names of users; '-' for nothing. Default: the issuer's URL and '#', but for the claim email.",
    },
    {
      name: 'path',
      type: 'stringArray',
      usage: 'Of anonymous: a path on which nobody needs to be known; may be given more than once.',
    },
    {
      name: 'requestheader-allowed-names',
      type: 'stringSlice',
      usage: 'Common names of proxies; none: any that their authority signed.',
    },
    { name: 'requestheader-client-ca-file', type: 'string', usage: 'The certificate of the authority of proxies.' },
    {
      name: 'requestheader-extra-headers-prefix',
      type: 'stringSlice',
      default: ['X-Remote-Extra-'],
      usage: 'Beginnings of headers that say more.',
    },
    {
      name: 'requestheader-group-headers',
      type: 'stringSlice',
      default: ['X-Remote-Group'],
      usage: 'Headers that name groups.',
    },
    {
      name: 'requestheader-uid-headers',
      type: 'stringSlice',
      default: ['X-Remote-Uid'],
      usage: 'Headers that say the UID.',
    },
    {
      name: 'requestheader-username-headers',
      type: 'stringSlice',
      default: ['X-Remote-User'],
      usage: 'Headers that name the user.',
    },
  ],
  async run(invocation) {
    const { enable } = await import('./run-enable');
    await enable(invocation);
  },
};

export default command;
