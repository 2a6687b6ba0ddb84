/** Devices whose person's time is over, in the child that is open: what they say is marked wherever it is shown. */
import type { Hex } from '../logic/model.ts'

class Expired {
  devices = $state.raw<ReadonlySet<Hex>>(new Set())
}

export const expired = new Expired()
