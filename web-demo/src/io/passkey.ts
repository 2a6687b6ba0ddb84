import { Failure } from '../logic/result.ts'
import type { WrappedByPasskey } from '../app/lock-boxes.ts'

/** A passkey whose secret (WebAuthn PRF) wraps the lock's key: fingerprint, face or the phone's own code give it back. */

export function canHavePasskey(): boolean {
  return 'PublicKeyCredential' in window
}

/** Asks for a new passkey and wraps `raw` by it. Fails with `no-passkey` where the device has none that can. */
export async function wrapByPasskey(raw: Uint8Array): Promise<WrappedByPasskey> {
  const salt = random(32)
  const made = await navigator.credentials
    .create({
      publicKey: {
        challenge: random(32),
        rp: { name: 'おまもり' },
        user: { id: random(16), name: 'omamori', displayName: 'おまもり' },
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key' as const, alg })),
        authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
        extensions: { prf: { eval: { first: salt } } },
      },
    })
    .catch(refuse)
  if (!(made instanceof PublicKeyCredential)) throw new Failure('no-passkey')
  const credential = new Uint8Array(made.rawId)
  const prf = made.getClientExtensionResults().prf
  if (prf?.enabled !== true) throw new Failure('no-passkey', 'the authenticator has no PRF')
  // Some give the secret at once, others only when asked with the new passkey.
  const secret = prf.results?.first ?? (await secretOf(credential, salt))
  const iv = random(12)
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await wrapping(secret), new Uint8Array(raw))
  return { credential, salt, iv, data: new Uint8Array(data) }
}

/** The lock's key. Fails with `no-passkey` when it is not given. */
export async function openByPasskey(wrapped: WrappedByPasskey): Promise<Uint8Array> {
  const secret = await secretOf(new Uint8Array(wrapped.credential), new Uint8Array(wrapped.salt))
  const how = { name: 'AES-GCM', iv: new Uint8Array(wrapped.iv) }
  return new Uint8Array(await crypto.subtle.decrypt(how, await wrapping(secret), new Uint8Array(wrapped.data)).catch(refuse))
}

async function secretOf(credential: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>): Promise<BufferSource> {
  const got = await navigator.credentials
    .get({
      publicKey: {
        challenge: random(32),
        allowCredentials: [{ id: credential, type: 'public-key' }],
        userVerification: 'required',
        extensions: { prf: { eval: { first: salt } } },
      },
    })
    .catch(refuse)
  const secret = got instanceof PublicKeyCredential ? got.getClientExtensionResults().prf?.results?.first : undefined
  return secret ?? refuse(new Error('no secret came'))
}

async function wrapping(secret: BufferSource): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: new TextEncoder().encode('omamori/vault/passkey/1') }
  return crypto.subtle.deriveKey(how, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}

function refuse(cause: unknown): never {
  throw cause instanceof Failure ? cause : new Failure('no-passkey', cause instanceof Error ? cause.name : '', { cause })
}
