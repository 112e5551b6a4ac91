/** Names of this machine, as hosts of addresses. */
export const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
