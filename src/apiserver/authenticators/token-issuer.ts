/** Issues the tokens of service accounts, and tells others how to check them (kubernetes `pkg/serviceaccount/openidmetadata.go`). */
import type { Json, JsonObject } from '../../apimachinery/json';
import type { ServiceAccountKey } from './service-account-key';

export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

export class TokenIssuer {
  constructor(
    /** `iss` of its tokens, and the audience of those that name none. */
    readonly url: string,
    /** The names that the API server goes by. */
    readonly audiences: readonly string[],
    readonly key: ServiceAccountKey,
    /** `10.0.0.1:6443`, where the API server is reached. */
    private readonly address: string,
  ) {}

  sign(claims: JsonObject): Promise<string> {
    return this.key.sign(claims);
  }

  async discovery(): Promise<Json> {
    const { algorithm } = await this.key.public();
    return {
      issuer: this.url,
      jwks_uri: `https://${this.address}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [algorithm],
    };
  }

  async keySet(): Promise<Json> {
    const { jwk } = await this.key.public();
    return { keys: [{ ...jwk } as JsonObject] };
  }
}
