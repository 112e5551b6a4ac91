/**
 * The certificate of the authority that `kube-root-ca.crt` shows until the cluster is served and has one of its own (root-authority.ts).
 * It is the same for all clusters, so that equal seeds make equal bytes; its key was thrown away, so nobody can sign with it.
 */
export const ROOT_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBczCCARqgAwIBAgIBADAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l
dGVzMCAXDTI1MTIzMTAwMDAwMFoYDzIwNTUxMjMxMDAwMDAwWjAVMRMwEQYDVQQD
DAprdWJlcm5ldGVzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0dOI6hGZSLj7
8bhN6nxxsRmxXXj2fWWZqY4YfohsZJLZuaQDQxcWkwqcBQj6w/5nnG8JkIcgqXbo
uFvDJj+2iaNZMFcwDgYDVR0PAQH/BAQDAgKkMA8GA1UdEwEB/wQFMAMBAf8wHQYD
VR0OBBYEFOHZZN3xjudl4p4M/98q3+ShyVUWMBUGA1UdEQQOMAyCCmt1YmVybmV0
ZXMwCgYIKoZIzj0EAwIDRwAwRAIgUWm3VpBLh8we3D10nvuJq+uUmpc6rEm3qLDC
M2XU54ACIH9GAQV25KuOr41xlUIzKoJwBIST6YqFV/m21naBg/lR
-----END CERTIFICATE-----
`;
