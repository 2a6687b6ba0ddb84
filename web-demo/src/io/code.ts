/** A code the parent chose, kept only as its slow hash. */
export interface CodeHash {
  salt: Uint8Array
  hash: Uint8Array
}

export async function hashCode(code: string, salt = crypto.getRandomValues(new Uint8Array(16))): Promise<CodeHash> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(code), 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 200_000 }
  return { salt, hash: new Uint8Array(await crypto.subtle.deriveBits(how, key, 256)) }
}

export async function isCode(code: string, kept: CodeHash): Promise<boolean> {
  const { hash } = await hashCode(code, new Uint8Array(kept.salt))
  return hash.every((byte, i) => byte === kept.hash[i])
}
