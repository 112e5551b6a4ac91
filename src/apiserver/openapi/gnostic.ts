export function encodeSwagger(_document: unknown): Uint8Array {
  return new Uint8Array();
}
