/** What a stranger must find about あおい: the list of the design's section 9, block by block. Fictional, never for care. */

export const AOI = "あおい"

/** Wordings may be shortened on a small card, the points may not be missing. Matched after removing all white space. */
export const AOI_FIRST_SCREEN: Record<string, RegExp[]> = {
  who: [/あおい/, /4歳/, /9\.0kg/],
  never: [/呼吸器/, /1分/, /脇/, /右上腕/],
  now: [/抜/, /4\.0/, /3\.5/, /SpO2<?90|SpO2が90/, /吸引/, /バッグ/, /電源|電池/, /けいれん|発作/, /5分/, /口腔用液/],
  airway: [/内径4\.0/, /カフなし/, /16\/5|16.*5/, /24/, /0\.70/, /0\.21/],
  baseline: [/96.99/, /100.130/, /38.45/],
  avoid: [/セフォタキシム/, /排痰|胸を押/],
  diagnosis: [/低ホスファターゼ症/],
  wish: [/蘇生/, /2026-04-10|2026年4月10日|4月10日|4\/10/],
  phone: [/000-0000-0105|-0105/, /A-1234567/],
}

/** Never on the wire. */
export const AOI_SECRETS = ["あおい", "低ホスファターゼ症", "セフォタキシム", "000-0000-0105", "A-1234567", "口腔用液"]

/** What can only come from her card. Names of illnesses and medicines may lie in the viewer's own dictionary. */
export const AOI_TRACES = ["あおい", "000-0000-0105", "A-1234567"]

/** What of the list is missing in a text, as "block: pattern". */
export function missingIn(text: string, blocks = Object.keys(AOI_FIRST_SCREEN)): string[] {
  const packed = text.normalize("NFKC").replace(/\s+/g, "")
  return blocks.flatMap((block) =>
    (AOI_FIRST_SCREEN[block] ?? []).filter((pattern) => !pattern.test(packed)).map((pattern) => `${block}: ${pattern.source}`),
  )
}
