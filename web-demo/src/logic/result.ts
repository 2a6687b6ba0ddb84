/** Every refusal the app can meet, with a stable code. The screens hold the words; the code decides which. */
export type FailureCode =
  | 'storage-full'
  | 'storage-failed'
  | 'writer-elsewhere'
  | 'wrong-child'
  | 'child-unknown'
  | 'core-failed'
  | 'offline'
  | 'relay-failed'
  | 'relay-refused'
  | 'pairing-expired'
  | 'pairing-mismatch'
  | 'qr-not-ours'
  | 'camera-refused'
  | 'camera-missing'
  | 'browser-too-old'
  | 'in-app-browser'
  | 'not-allowed'
  | (string & {})

/** A refusal with a code a screen can put into words. `detail` is English, for developers, never record content. */
export class Failure extends Error {
  constructor(
    readonly code: FailureCode,
    readonly detail = '',
    options?: ErrorOptions,
  ) {
    super(detail === '' ? code : `${code}: ${detail}`, options)
    this.name = 'Failure'
  }
}

/** What was thrown, as a [`Failure`]. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  return new Failure('core-failed', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
