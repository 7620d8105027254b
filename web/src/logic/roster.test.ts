import { expect, it } from 'vitest'
import { filled, forget, move, newShift, rename, sent } from './roster'

const view = {
  party: { id: 'p', kind: 'enterprise', code: 'E', name: 'E', sectors: [] },
  contacts: [
    { name: 'Wang', duty: 'principal', phone: '138', channels: [{ kind: 'voice', address: '138', least: 'red' as const }, { kind: 'sms', address: '138' }] },
    { name: 'Li', duty: 'contact', quiet: { from: '22:00', to: '07:00', upto: 'orange' as const }, channels: [] },
  ],
  roster: {
    party: 'p', version: 3, chase: { after: '5m0s', least: 'orange' as const },
    shifts: [{ from: '20:00', to: '08:00', days: [1, 7], who: ['Li', 'Wang'] }],
    away: [{ who: 'Li', from: 1, to: 2, instead: 'Wang' }],
  },
  channels: ['sms'], onDuty: [],
}

it('sends what it was filled with', () => {
  const body = JSON.parse(JSON.stringify(sent(filled(view)))) as Record<string, unknown>
  expect(body).toEqual({ version: 3, contacts: view.contacts, shifts: view.roster.shifts, away: view.roster.away, chase: { after: '300s', least: 'orange' } })
})
it('has nobody further told without minutes', () => {
  expect(sent({ ...filled(view), minutes: ' ' }).chase.after).toBe('0s')
})
it('keeps the roster with its contacts', () => {
  const f = filled(view)
  f.contacts[1]!.name = 'Zhao'
  rename(f, 'Li', 'Zhao')
  expect(f.shifts[0]!.who).toEqual(['Zhao', 'Wang'])
  expect(f.away[0]!.who).toBe('Zhao')
  f.shifts.push({ ...newShift(), who: ['Wang'] })
  forget(f, 'Wang')
  expect(f.shifts.length).toBe(2) // Wang is still there
  f.contacts.shift()
  forget(f, 'Wang')
  expect(f.shifts.map((s) => s.who)).toEqual([['Zhao']])
  expect(f.away).toEqual([{ who: 'Zhao', from: 1, to: 2, instead: '' }])
})
it('moves within the list alone', () => {
  const list = [1, 2]
  move(list, 0, -1)
  expect(list).toEqual([1, 2])
  move(list, 0, 1)
  expect(list).toEqual([2, 1])
})
