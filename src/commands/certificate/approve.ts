/** `certificate approve` (kubectl pkg/cmd/certificates/certificates.go NewCmdCertificateApprove). */
import type { Command } from '../command';
import { decisionFlags } from './flags';

const command: Command = {
  use: 'approve (-f FILENAME | NAME)',
  short: 'Approve a certificate signing request',
  long: `Approve a certificate signing request: its signer may issue the certificate that it asks for.

Look at the request first: who has the certificate can be whom it names.`,
  examples: '# The request csr-sqgzp\nkubectl certificate approve csr-sqgzp',
  flags: decisionFlags('Update the CSR even if it is already approved.'),
  async run(invocation) {
    const { decide } = await import('./decide');
    await decide(invocation, {
      operation: 'approved',
      condition: 'Approved',
      opposite: 'Denied',
      reason: 'KubectlApprove',
      message: 'This CSR was approved by kubectl certificate approve.',
    });
  },
};

export default command;
