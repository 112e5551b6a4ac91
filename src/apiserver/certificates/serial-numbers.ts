/** Serial numbers of what the cluster's own signers issue begin with these digits: such a certificate is good by the cluster's clock. */
export const SIGNED_BY_CLUSTER = '6b7469636b';
