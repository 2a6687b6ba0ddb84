import type { Relay } from '../io/relay.ts'
import type { Vault } from '../io/vault.ts'
import type { Hex } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'

/**
 * Of a child that a shared tablet was let in to without a network: how its organisation certified the first of its staff. The relay
 * must know that before it answers any of them anything. In the vault until it does, as `certificate/NUMBER`.
 */
export const certificateBox = (number: number): string => `certificate/${number}`

/** Rejects until a phone of the family has told the relay that the organisation may. Doing it twice changes nothing. */
export async function tellCertificates(vault: Vault, relay: Relay, number: number, record: Hex): Promise<void> {
  const first = await vault.box<Uint8Array>(certificateBox(number))
  if (first === undefined) return
  await relay.certify(record, first).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'relay-refused') throw new Failure('relay-failed', 'the family has not been online', { cause: error })
    throw error
  })
  // Whoever is there now may be a colleague who was certified after that. What is no certificate goes as everything else does.
  const operations = (await vault.unsent(number, AT_ONCE)).filter(({ kind }) => kind === 0)
  for (const { bytes } of operations) await relay.certify(record, bytes).catch(unlessRefused)
  await vault.write({ remove: [certificateBox(number)] })
}

/** More than a tablet's staff can make before they are online for the first time. */
const AT_ONCE = 2048

function unlessRefused(error: unknown): void {
  if (!(error instanceof Failure) || error.code !== 'relay-refused') throw error
}
