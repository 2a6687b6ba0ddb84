/** A made-up child, drawn in the gallery. The words are those of the sample record; nothing here is medical advice. */
import type { Alternative, FirstScreen, Source } from '../../logic/model.ts'

const mother: Source = { by: '母', role: 'guardian', on: '2026-11-19', standing: 'plain' }
const nurse: Source = { by: '訪看かえで 佐々木', role: 'nurse', on: '2026-11-18', standing: 'plain' }
const sheet: Source = {
  by: '母',
  role: 'guardian',
  on: '2026-09-14',
  standing: 'transcribed',
  document: '指示書',
  known_on: '2026-09-12',
  told_by: '青葉川こども病院',
}
const signed: Source = {
  by: '母',
  role: 'guardian',
  on: '2026-10-02',
  standing: 'confirmed',
  confirmed_by: '青葉川こども病院 森医師',
}
const said = (text: string, source: Source = mother): Alternative => ({ text, source })

export const aoi: FirstScreen = {
  who: {
    name: [said('あおい')],
    reading: [],
    birth_date: [said('2022-09-03')],
    sex: [said('女児')],
    weight: [{ text: '9.0 kg', source: { ...nurse, known_on: '2026-11-16' } }],
    record_date: '2026-11-19',
  },
  blocks: [
    {
      kind: 'never',
      lines: [{ says: [said('呼吸器を外さない(1分もたない)')] }, { says: [said('骨折: 脇を抱えない、血圧は右上腕 手動で弱く')] }],
    },
    {
      kind: 'now',
      lines: [
        { head: '抜去', says: [said('4.0→3.5、バッグ')] },
        { head: 'SpO2<90', says: [said('吸引→交換→バッグ')] },
        { head: '停止', says: [said('バッグ→電源')] },
        { head: 'けいれん5分', says: [said('口腔用液5mg')] },
      ],
    },
    {
      kind: 'airway',
      lines: [{ head: 'カニューレ', says: [said('内径4.0 カフなし', sheet)] }, { says: [said('PC-A/C 16/5 RR24 Ti0.70 FiO2 0.21', sheet)] }],
    },
    { kind: 'baseline', lines: [{ says: [said('SpO2 96–99 脈100–130 EtCO2 38–45 意識清明', signed)] }] },
    {
      kind: 'avoid',
      lines: [{ head: 'セフォタキシム', says: [said('全身発疹', nurse)] }, { says: [said('胸を押す排痰禁止')] }],
    },
    { kind: 'diagnosis', lines: [{ says: [said('低ホスファターゼ症(周産期重症型)', sheet)] }] },
    { kind: 'wish', lines: [{ says: [said('骨折より蘇生を優先(2026-04-10合意)')] }] },
    { kind: 'phone', lines: [{ head: '夜間 こども病院', says: [said('000-0000-0105 診察券 A-1234567')] }] },
    {
      kind: 'critical-medicine',
      lines: [
        { head: 'ミダゾラム口腔用液', says: [said('5mg 1本 5分以上の発作', sheet)] },
        { head: 'アスホターゼ アルファ', says: [said('18mg(0.45mL)皮下注 月水金 18:00', sheet)] },
      ],
    },
    {
      kind: 'medicine',
      lines: [
        { head: 'ピリドキサールリン酸', says: [said('80mg ×3(7/12/21時)胃瘻', sheet)] },
        { head: 'カルボシステイン', says: [said('90mg ×3 胃瘻', sheet)] },
        { head: '酸化マグネシウム', says: [said('150mg ×2 胃瘻', sheet)] },
      ],
    },
    {
      kind: 'rest',
      lines: [
        {
          head: '次回カニューレ交換',
          says: [said('2026-11-23', nurse), said('2026-11-22', { ...mother, on: '2026-11-18' })],
        },
      ],
    },
  ],
}

/** The same child with people disagreeing where it matters most, and one retraction that somebody did not see. */
export const aoiContested: FirstScreen = {
  ...aoi,
  blocks: aoi.blocks.map((block) => {
    if (block.kind === 'airway') {
      return {
        ...block,
        lines: [{ head: 'カニューレ', says: [said('内径4.0 カフなし', sheet), said('内径4.5 カフなし', nurse)] }, ...block.lines.slice(1)],
      }
    }
    if (block.kind === 'avoid') {
      return {
        ...block,
        lines: [
          {
            head: 'アクリル系テープ',
            says: [said('かぶれ', nurse)],
            retracted: [said('春からは出ていない')],
          },
          ...block.lines,
        ],
      }
    }
    return block
  }),
}

/** A record a parent just began: only what was typed, no empty headings. */
export const beginning: FirstScreen = {
  who: { name: [said('みなと')], reading: [], birth_date: [], sex: [], weight: [], record_date: '2026-11-21' },
  blocks: [{ kind: 'never', lines: [{ says: [said('仰向けに寝かせない')] }] }],
}
