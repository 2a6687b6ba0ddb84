/** Whom a family can let in: the core's presets, grouped and findable by what people call them. */
import type { Preset } from './access.ts'
import type { Compartment, LocalDate, Right, Rights } from './model.ts'

export type OfferGroup = 'family' | 'medical' | 'school' | 'daily' | 'office' | 'disaster'

/** In the order in which they are shown; everything in the core's table but what no person is offered. */
export const OFFER_GROUPS: Readonly<Record<OfferGroup, readonly string[]>> = {
  medical: ['visiting-nurse', 'nursing-station', 'attending-doctor', 'local-doctor', 'hospital', 'therapist', 'rehabilitation-centre', 'pharmacy', 'dentist', 'device-maker'],
  daily: ['day-service', 'short-stay', 'home-helper'],
  school: ['school-nurse', 'teacher', 'school', 'education-coordinator', 'school-social-worker', 'nursery', 'education-board'],
  family: ['co-guardian', 'grandparent', 'sibling', 'child', 'child-grown'],
  office: ['consultant', 'coordinator', 'support-centre', 'public-health-nurse', 'welfare-office', 'child-office'],
  disaster: ['neighbour', 'shelter', 'rescue'],
}

/** The founder is there already, and the words on paper have a page of their own. */
export const NOT_OFFERED: readonly string[] = ['guardian', 'recovery-kit']

/** Whom most families let in first: one tap. */
export const MOST_ASKED: readonly string[] = ['visiting-nurse', 'day-service', 'school-nurse', 'attending-doctor', 'co-guardian', 'grandparent']

const CALLED: Readonly<Record<string, readonly string[]>> = {
  'co-guardian': ['父', '母', 'パパ', 'ママ', '夫', '妻', '親', 'father', 'mother', 'parent'],
  'child-grown': ['本人', '成人', '大人', '18歳', 'adult'],
  child: ['本人', '子ども', 'child'],
  sibling: ['兄', '姉', '弟', '妹', 'きょうだい', 'brother', 'sister'],
  grandparent: ['おばあちゃん', 'おじいちゃん', '祖母', '祖父', '親戚', 'おば', 'おじ', 'grandmother', 'grandfather', 'aunt', 'uncle'],
  neighbour: ['近所', '隣', '民生委員', '自主防災', '自治会', '町内会', '家族会', '交流会', 'PTA', 'neighbor', 'parents’ group'],
  'attending-doctor': ['主治医', '担当医', '先生', '医師', '小児科', '専門医', 'doctor'],
  'local-doctor': ['往診', '往診医', '在宅医', '訪問診療', 'かかりつけ', '開業医', '小児科', '内科', 'クリニック', '医師', '医師会', 'gp', 'clinic', 'medical association'],
  hospital: ['病院', '大学病院', '市立病院', 'こども病院', '救急外来', '入院'],
  dentist: ['歯科', '歯医者'],
  'visiting-nurse': ['訪看', '看護師', '訪問看護', 'ナース'],
  'nursing-station': ['訪看', 'ステーション', '訪問看護', '事業所'],
  therapist: ['リハビリ', '訪問リハビリ', 'PT', 'OT', 'ST', '理学療法', '作業療法', '言語聴覚', '療育'],
  'rehabilitation-centre': ['リハセンター', '療育センター', '発達センター', 'こども発達センター', '重心施設', '重症心身障害', '地域センター'],
  'school-nurse': ['学校', '医療的ケア看護職員', '看護師', '養護教諭', '保健室', '特別支援学校', '養護学校'],
  teacher: ['学校', '担任', '先生', '教員', '特別支援学校', '養護学校'],
  school: ['学校', '特別支援学校', '養護学校', '支援学級', '小学校', '中学校', '高校'],
  'education-coordinator': ['学校', '特別支援教育コーディネーター', '教育相談', '進路'],
  'school-social-worker': ['学校', 'SSW', 'ソーシャルワーカー', '福祉職'],
  nursery: ['保育園', 'こども園', '幼稚園', '保育士', 'kindergarten'],
  'education-board': ['教育委員会', '学務課', '市役所'],
  'day-service': ['デイ', '放デイ', '放課後等デイ', '児童発達支援', '児発', '通所', 'after school'],
  'short-stay': ['ショート', 'ショートステイ', '短期入所', 'レスパイト', 'メディカルショート', '生活介護', 'respite'],
  'home-helper': ['ヘルパー', '居宅介護', '移動支援', 'ガイドヘルパー'],
  consultant: ['相談支援', '計画相談', '相談員', '地区担当', 'モニタリング'],
  coordinator: ['コーディネーター', '医ケア'],
  'support-centre': ['医ケア児支援センター', '医療的ケア児支援センター', '医療的ケア児等支援センター', '基幹相談支援センター', '相談支援'],
  'public-health-nurse': ['保健師', '保健所', '保健センター', '母子保健', '健康づくり課', '地区担当', '市役所'],
  'welfare-office': ['市役所', '区役所', '障害福祉', '福祉課', '福祉総務課', 'こども福祉課'],
  'child-office': ['児相', '児童相談所', 'こども家庭センター', 'こども福祉課'],
  pharmacy: ['薬局', '薬剤師', '薬'],
  'device-maker': ['呼吸器', '業者', 'メーカー', '医療機器メーカー', '日常生活用具', '補装具', '酸素', '帝人', 'フクダ', 'supplier'],
  shelter: ['避難所', '福祉避難所'],
  rescue: ['救急', '救急車', '119', '消防', 'ambulance'],
}

/** The presets of a group, in its order; one that only a newer core has is in no group. */
export function ofGroup(presets: readonly Preset[], names: readonly string[]): Preset[] {
  return names.flatMap((name) => presets.filter((preset) => preset.name === name))
}

/** Those that somebody would call so. Kana, width and case make no difference. */
export function search(presets: readonly Preset[], text: string): Preset[] {
  const wanted = plain(text)
  if (wanted === '') return []
  const offered = presets.filter((preset) => !NOT_OFFERED.includes(preset.name))
  return offered.filter((preset) => [preset.ja, preset.en, ...(CALLED[preset.name] ?? [])].some((called) => plain(called).includes(wanted)))
}

function plain(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().replace(/[\s・、,]/gu, '')
  return folded.replace(/[ァ-ヶ]/gu, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
}

const ALL: readonly Compartment[] = ['emergency', 'care', 'evacuation', 'history', 'life', 'restricted', 'people', 'log', 'consents']

/** What stays invisible, in the order of the record. */
export function hiddenBy(rights: Rights): Compartment[] {
  return ALL.filter((compartment) => !rights.some(([shown]) => shown === compartment))
}

/** The rights without the compartments that the family took out. */
export function without(rights: Rights, taken: ReadonlySet<Compartment>): Rights {
  return rights.filter(([compartment]) => !taken.has(compartment))
}

/** Last day that is proposed, or `null` where there is none. */
export function proposedUntil(days: number | null, today: LocalDate): LocalDate | null {
  return days === null ? null : daysAfter(today, days)
}

/** A calendar day so many days later. */
export function daysAfter(day: LocalDate, days: number): LocalDate {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** Of two rights, the stronger one. */
export function stronger(one: Right | undefined, other: Right): Right {
  const order: readonly Right[] = ['read', 'append', 'write', 'confirm', 'manage']
  return one !== undefined && order.indexOf(one) > order.indexOf(other) ? one : other
}
