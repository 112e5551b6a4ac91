/** The plugins that are on unless a server is told otherwise, in upstream's order (kubeapiserver `options/plugins.go`). */
import { certificateApproval, certificateSigning } from './certificate-signers';
import { defaultTolerationSeconds } from './default-toleration-seconds';
import { namespaceLifecycle } from './namespace-lifecycle';
import type { AdmissionPlugin } from './plugin';
import { priority } from './priority';
import { serviceAccount } from './service-account';

export const DEFAULT_PLUGINS: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  serviceAccount,
  priority,
  defaultTolerationSeconds,
  certificateApproval,
  certificateSigning,
];
