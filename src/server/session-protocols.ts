/** The protocols of connections to containers over a WebSocket, the newest first (apimachinery `util/remotecommand/constants.go`). */
export const SESSION_PROTOCOLS: readonly [string, ...string[]] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
