/** Between a moment as the record keeps it (`2026-11-18T10:40+09:00`) and as an input shows it (`2026-11-18T10:40`). Pure. */

export function toLocal(moment: string): string {
  if (/^\d{4}-\d\d-\d\d$/u.test(moment)) return `${moment}T00:00`
  return moment.slice(0, 16)
}

/** With the offset of this device at that time; empty stays empty. */
export function fromLocal(local: string): string {
  if (local === '') return ''
  const minutes = -new Date(local).getTimezoneOffset()
  const two = (part: number): string => String(part).padStart(2, '0')
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${local.slice(0, 16)}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`
}
