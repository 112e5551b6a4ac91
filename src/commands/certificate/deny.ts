/** `certificate deny` (kubectl pkg/cmd/certificates/certificates.go NewCmdCertificateDeny). */
import type { Command } from '../command';
import { decisionFlags } from './flags';

const command: Command = {
  use: 'deny (-f FILENAME | NAME)',
  short: 'Deny a certificate signing request',
  long: 'Deny a certificate signing request: its signer is not to issue the certificate that it asks for.',
  examples: '# The request csr-sqgzp\nkubectl certificate deny csr-sqgzp',
  flags: decisionFlags('Update the CSR even if it is already denied.'),
  async run(invocation) {
    const { decide } = await import('./decide');
    await decide(invocation, {
      operation: 'denied',
      condition: 'Denied',
      opposite: 'Approved',
      reason: 'KubectlDeny',
      message: 'This CSR was denied by kubectl certificate deny.',
    });
  },
};

export default command;
