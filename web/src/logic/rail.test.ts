import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { most, rail } from './rail'

// The server's own table of rights: which role may do which act.
const source = readFileSync(new URL('../../../role.go', import.meta.url), 'utf8')
const roles = new Map([...source.matchAll(/^\t(Role\w+)\s+(?:Role )?\s*= "(\w+)"/gm)].map((m) => [m[1]!, m[2]!]))
const acts = new Map([...source.matchAll(/^\t(Act\w+)\s+Act\s+= "(\w+)"/gm)].map((m) => [m[1]!, m[2]!]))
const table = new Map<string, string[]>()
for (const [, act, who] of source.matchAll(/^\t(Act\w+):\s+allow\(\w+, ([^)]+)\)/gm)) {
  table.set(acts.get(act!)!, who!.trim() === 'Roles...' ? [...roles.values()] : who!.split(',').map((r) => roles.get(r.trim())!))
}
const of = (role: string) => rail((act) => table.get(act)?.includes(role) ?? false)
const names = (role: string) => of(role).map((e) => e.name).join(' ')

it('reads the table', () => {
  expect(roles.size).toBeGreaterThanOrEqual(12)
  expect(table.get('leave')).toEqual(['bureau'])
  expect(table.get('see')?.length).toBe(roles.size)
})
it('has at most seven entries for every role, and each has some', () => {
  for (const role of roles.values()) {
    expect(of(role).length, role).toBeLessThanOrEqual(most)
    expect(of(role).length, role).toBeGreaterThan(0)
  }
})
it('gives who acts on outages and complaints an entry for them', () => {
  expect(names('enterprise')).toBe('watch map warnings orders outages firms')
  expect(names('bureau')).toBe('watch map warnings orders outages firms admin')
  expect(names('regulator')).toBe('watch map warnings orders outages firms models')
  expect(names('duty')).toBe('watch map warnings orders complaints firms admin')
  expect(names('zone')).toBe('watch map warnings orders complaints firms')
  expect(names('discipline')).toBe('map warnings orders complaints firms models audit')
  expect(names('leader')).toBe('map warnings orders firms models')
})
it('knows under which entry a page is, whatever was folded', () => {
  const at = (role: string, path: string) => of(role).filter((e) => e.here(path)).map((e) => e.name).join(' ')
  for (const role of roles.values()) for (const path of ['/warnings/x', '/outages/x', '/offline', '/firms/x', '/points/x', '/orders/x']) expect(at(role, path), `${role} ${path}`).toMatch(/^\w+$/)
  expect([at('bureau', '/outages/1'), at('bureau', '/complaints/1'), at('bureau', '/models/x'), at('bureau', '/audit')]).toEqual(['outages', 'orders', 'admin', 'admin'])
  expect([at('duty', '/outages'), at('duty', '/complaints'), at('zone', '/sorted'), at('leader', '/gradings')]).toEqual(['orders', 'complaints', 'orders', 'models'])
})
