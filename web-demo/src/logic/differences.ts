import type { Compartment, FactId, FactView, Retraction, ValueView, View } from './model.ts'

/** One thing people disagree about, as the list of differences shows it. */
export type Difference = {
  /** Stable across reloads: compartment, fact and field. */
  key: string
  compartment: Compartment
  fact: FactId
  kind: string
} & (
  | { what: 'field'; field: string; values: ValueView[] }
  /** Some say it no longer holds, others said something without having seen that. */
  | { what: 'presence'; retractions: Retraction[]; view: FactView }
)

/** The field in which whoever settles a contradiction may say why. It explains other fields and is no matter of its own. */
export const BECAUSE = 'settled_because'

/** Every unsettled contradiction, emergency first, then in the order of the view. */
export function differences(view: View): Difference[] {
  const all = view.facts.filter((fact) => fact.presence.state !== 'retracted').flatMap(ofFact)
  const urgent = (d: Difference) => (d.compartment === 'emergency' ? 0 : 1)
  return all.sort((a, b) => urgent(a) - urgent(b))
}

function ofFact(view: FactView): Difference[] {
  const about = { compartment: view.compartment, fact: view.id, kind: view.kind }
  const fields: Difference[] = Object.entries(view.fields)
    .filter(([name, field]) => name !== BECAUSE && field.values.length > 1)
    .map(([name, { values }]) => ({ key: key(view, name), ...about, what: 'field', field: name, values }))
  if (view.presence.state !== 'contested') return fields
  return [
    { key: key(view, ''), ...about, what: 'presence', retractions: view.presence.retractions, view },
    ...fields,
  ]
}

function key(view: FactView, field: string): string {
  return `${view.compartment} ${view.id} ${field}`
}
