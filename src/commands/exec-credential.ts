/** Credential plugins of a kubeconfig: a program that prints an ExecCredential (client-go plugin/pkg/client/auth/exec). */
import { spawnSync } from 'node:child_process';
import type { ServerAccess } from '../client/https-transport';
import { CommandError } from './command';
import type { Whereabouts } from './connection';

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

interface Exec {
  apiVersion?: string;
  command?: string;
  args?: string[];
  env?: { name: string; value: string }[];
  installHint?: string;
  interactiveMode?: string;
}

interface ExecCredential {
  kind?: string;
  apiVersion?: string;
  status?: { token?: string; clientCertificateData?: string; clientKeyData?: string };
}

/** The user's kuberc does not let the plugin run; told as a server that can't be reached. */
class CredentialPluginError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreachableError';
  }
}

/** Runs the plugin once; its standard error is the user's. */
export async function execCredential(where: Whereabouts, exec: Exec): Promise<Partial<ServerAccess>> {
  const { command = '', args = [], env = [], apiVersion = '' } = exec;
  if (!VERSIONS.includes(apiVersion))
    throw new CommandError(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
  if (where.pluginPolicy) {
    const { refusal } = await import('./kuberc/plugin-policy');
    const refused = refusal(where.pluginPolicy, command, where.environment, where.cwd);
    if (refused) throw new CredentialPluginError(`Unable to connect to the server: getting credentials: ${refused}`);
  }
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: exec.interactiveMode !== 'Never' } };
  const ran = spawnSync(command, args, {
    cwd: where.cwd,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
    env: {
      ...where.environment,
      ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
  });
  if (ran.error) {
    const hint = exec.installHint ? `\n\n${exec.installHint}` : '';
    throw new CommandError(
      `getting credentials: exec: executable ${command} not found\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.${hint}`,
    );
  }
  if (ran.status !== 0) {
    throw new CommandError(`getting credentials: exec: executable ${command} failed with exit code ${ran.status}`);
  }
  return credentialOf(ran.stdout, apiVersion);
}

function credentialOf(stdout: string, apiVersion: string): Partial<ServerAccess> {
  let credential: ExecCredential;
  try {
    credential = JSON.parse(stdout) as ExecCredential;
  } catch (error) {
    throw new CommandError(`getting credentials: decoding stdout: ${(error as Error).message}`);
  }
  if (credential.apiVersion !== apiVersion || credential.kind !== 'ExecCredential') {
    throw new CommandError(
      `getting credentials: exec plugin is configured to use API version ${apiVersion}, plugin returned version ${credential.apiVersion}`,
    );
  }
  const { token, clientCertificateData, clientKeyData } = credential.status ?? {};
  if (!token && !clientCertificateData)
    throw new CommandError("getting credentials: exec plugin didn't return a token or cert/key pair");
  return {
    ...(token ? { token: async () => token } : {}),
    ...(clientCertificateData ? { clientCertificate: clientCertificateData } : {}),
    ...(clientKeyData ? { clientKey: clientKeyData } : {}),
  };
}
