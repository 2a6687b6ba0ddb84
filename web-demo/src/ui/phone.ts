/** Finds the number to dial in what a person wrote. Pure. */

export interface FoundNumber {
  before: string
  number: string
  /** Digits and a leading plus only, for `tel:`. */
  dial: string
  after: string
}

// Japanese numbers as people write them; "A-1234567" (a card number) has a letter before it and is not one.
const NUMBER = /(?<![A-Za-z0-9-])(\+?[0-9](?:[-() ]?[0-9]){8,13})(?![0-9])|(?<![0-9-])(1(?:19|10|18))(?![0-9-])/u

/** The first telephone number in `text`, or `null`. */
export function phoneNumber(text: string): FoundNumber | null {
  const match = NUMBER.exec(text)
  if (!match) return null
  const number = match[0]
  return {
    before: text.slice(0, match.index).trim(),
    number,
    dial: number.replaceAll(/[^0-9+]/gu, ''),
    after: text.slice(match.index + number.length).trim(),
  }
}
