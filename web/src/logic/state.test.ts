import { expect, it } from 'vitest'
import { stateOf } from './state'

const w = { end: 'open', condition: 'active' }
it.each([
  [w, 'warningState.unconfirmed_active'],
  [{ ...w, confirmedAt: 1 }, 'warningState.confirmed_active'],
  [{ ...w, condition: 'returned' }, 'warningState.unconfirmed_returned'],
  [{ ...w, confirmedAt: 1, condition: 'returned' }, 'warningState.confirmed_returned'],
  [{ ...w, shelvedUntil: 11 }, 'warningState.shelved'],
  [{ ...w, shelvedUntil: 10 }, 'warningState.unconfirmed_active'],
  [{ ...w, mergedInto: 'x' }, 'warningState.merged'],
  [{ ...w, end: 'false_alarm', shelvedUntil: 11 }, 'end.false_alarm'],
])('%j is %s', (v, want) => expect(stateOf(v, 10)).toBe(want))
