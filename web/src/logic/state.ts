// The four visible states of a warning (ISA-18.2), beside its work and its end.

interface Fields {
  end: string
  condition: string
  confirmedAt?: number
  shelvedUntil?: number
  mergedInto?: string
}

/** The key of the text for a warning's state. */
export function stateOf(w: Fields, now: number): string {
  if (w.end !== 'open') return `end.${w.end}`
  if (w.mergedInto) return 'warningState.merged'
  if (w.shelvedUntil && w.shelvedUntil > now) return 'warningState.shelved'
  const seen = w.confirmedAt ? 'confirmed' : 'unconfirmed'
  return `warningState.${seen}_${w.condition}`
}
