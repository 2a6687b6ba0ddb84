import { expect, test } from 'vitest'
import { kitState, papersOf, withoutPaper, type KitBox } from './lock-boxes.ts'

const kit: KitBox = { madeAt: 1, words: null, publics: [], devices: ['d0', 'd1'], used: { aoi: 1, sota: 0 } }

test('the paper before is noted for every record it counts in', () => {
  expect(papersOf(undefined)).toEqual([])
  expect(papersOf(kit)).toEqual([
    { record: 'aoi', device: 'd1' },
    { record: 'sota', device: 'd0' },
  ])
})

test('papers that were left over are not forgotten when another one is made', () => {
  const left = { record: 'aoi', device: 'older' }
  expect(papersOf({ ...kit, old: [left] })).toContainEqual(left)
  expect(papersOf({ ...kit, old: [left] })).toHaveLength(3)
})

test('one that was taken out is noted no more, and only that one', () => {
  const after = withoutPaper({ ...kit, old: papersOf(kit) }, { record: 'aoi', device: 'd1' })
  expect(after.old).toEqual([{ record: 'sota', device: 'd0' }])
  expect(kitState(after).old).toEqual(['sota'])
})

test('a kit that an older version kept has no papers left over', () => {
  expect(kitState(kit)).toEqual({ madeAt: 1, tested: true, records: ['aoi', 'sota'], old: [] })
  expect(withoutPaper(kit, { record: 'aoi', device: 'd1' }).old).toEqual([])
})
