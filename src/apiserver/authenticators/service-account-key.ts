/**
 * The key that signs the tokens of service accounts, and what others check them by (kubernetes `pkg/serviceaccount/jwt.go`,
 * `openidmetadata.go`). It is made when it is first needed, by the machine's chance: who could work it out from the cluster's seed
 * could be any service account. What it signs with RS256 is the same every time.
 */
import {
  base64url,
  type CryptoKey,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  importJWK,
  importPKCS8,
  type JWK,
  SignJWT,
} from 'jose';
import type { JsonObject } from '../../apimachinery/json';

/** Gives the private key as PEM (PKCS #8): the same each time. */
export type LoadSigningKey = () => Promise<string>;

/** As kubeadm's keys are; elliptic curves are taken too. */
const ALGORITHM = 'RS256';
const TAKEN = [ALGORITHM, 'ES256', 'ES384', 'ES512'] as const;

type Algorithm = (typeof TAKEN)[number];

export interface PublicKey {
  algorithm: Algorithm;
  /** SHA-256 of the key, so that the key can't be had from it (keyIDFromPublicKey). */
  id: string;
  key: CryptoKey;
  jwk: JWK;
}

export class ServiceAccountKey {
  private pair: Promise<PublicKey & { private: CryptoKey }> | undefined;

  constructor(private readonly load: LoadSigningKey) {}

  async public(): Promise<PublicKey> {
    return this.loaded();
  }

  /** Signs claims; their names are in order, as Go writes a map. */
  async sign(claims: JsonObject): Promise<string> {
    const { algorithm, id, private: key } = await this.loaded();
    return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid: id }).sign(key);
  }

  private loaded() {
    this.pair ??= this.load().then(read);
    this.pair.catch(() => {
      this.pair = undefined;
    });
    return this.pair;
  }
}

/** A new key, as PEM. */
export async function newSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return exportPKCS8(privateKey);
}

/** A key that lasts as long as this process: of clusters that lie in memory. */
export function passingKey(): LoadSigningKey {
  let made: Promise<string> | undefined;
  return () => {
    made ??= newSigningKey();
    return made;
  };
}

async function read(pem: string): Promise<PublicKey & { private: CryptoKey }> {
  for (const algorithm of TAKEN) {
    let key: CryptoKey;
    try {
      key = await importPKCS8(pem, algorithm, { extractable: true });
    } catch {
      continue;
    }
    const { kty, n, e, crv, x, y } = await exportJWK(key);
    const bare = (kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }) as JWK;
    const publicKey = (await importJWK(bare, algorithm, { extractable: true })) as CryptoKey;
    const id = await keyId(publicKey);
    const jwk = { use: 'sig', kty, kid: id, ...(crv ? { crv } : {}), alg: algorithm, ...rest(bare) } as JWK;
    return { algorithm, id, key: publicKey, jwk, private: key };
  }
  throw new Error('the key of service accounts is neither RSA nor of one of the curves P-256, P-384 and P-521');
}

function rest({ n, e, x, y }: JWK): Partial<JWK> {
  return n === undefined ? { x: x as string, y: y as string } : { n, e: e as string };
}

async function keyId(key: CryptoKey): Promise<string> {
  const der = base64Of(await exportSPKI(key));
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', der)));
}

function base64Of(pem: string): Uint8Array<ArrayBuffer> {
  const text = atob(pem.replace(/-----[A-Z ]+-----|\s/g, ''));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
