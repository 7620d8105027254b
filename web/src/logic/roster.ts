import type { components } from '@/api/schema'
import { duration } from './time'

// Contacts and roster as a form holds them: every field a text or a list, none absent.

type S = components['schemas']
export type LevelWord = S['Chase']['least']
export interface QuietForm { on: boolean; from: string; to: string; upto: LevelWord }
export interface ChannelForm { kind: string; address: string; least: LevelWord }
export interface ContactForm { name: string; duty: string; phone: string; channels: ChannelForm[]; quiet: QuietForm }
export interface ShiftForm { from: string; to: string; days: number[]; since: string; until: string; who: string[] }
export interface AwayForm { who: string; from: number | undefined; to: number | undefined; instead: string }
export interface RosterForm { version: number; contacts: ContactForm[]; quiet: QuietForm; minutes: string; least: LevelWord; shifts: ShiftForm[]; away: AwayForm[] }

const quiet = (q?: S['Quiet']): QuietForm => (q ? { on: true, ...q } : { on: false, from: '22:00', to: '07:00', upto: 'yellow' })
export const newContact = (): ContactForm => ({ name: '', duty: 'contact', phone: '', channels: [], quiet: quiet() })
export const newShift = (): ShiftForm => ({ from: '08:00', to: '20:00', days: [], since: '', until: '', who: [] })
export const newAway = (): AwayForm => ({ who: '', from: undefined, to: undefined, instead: '' })

/** What the server has, to be changed. */
export function filled(v: S['RosterView']): RosterForm {
  const minutes = duration(v.roster.chase.after) / 60_000
  return {
    version: v.roster.version,
    contacts: v.contacts.map((c) => ({
      name: c.name, duty: c.duty, phone: c.phone ?? '', quiet: quiet(c.quiet),
      channels: (c.channels ?? []).map((ch) => ({ kind: ch.kind, address: ch.address, least: ch.least ?? 'none' })),
    })),
    quiet: quiet(v.roster.quiet),
    minutes: minutes ? String(minutes) : '',
    least: v.roster.chase.least,
    shifts: v.roster.shifts.map((s) => ({ from: s.from, to: s.to, days: [...(s.days ?? [])], since: s.since ?? '', until: s.until ?? '', who: [...s.who] })),
    away: v.roster.away.map((a) => ({ who: a.who, from: a.from, to: a.to, instead: a.instead ?? '' })),
  }
}

const some = (q: QuietForm) => (q.on ? { from: q.from, to: q.to, upto: q.upto } : undefined)

/** What the server is sent. A contact that was renamed keeps its place in the roster. */
export function sent(f: RosterForm): S['RosterBody'] {
  return {
    version: f.version,
    contacts: f.contacts.map((c) => ({
      name: c.name.trim(), duty: c.duty, phone: c.phone.trim() || undefined, quiet: some(c.quiet),
      channels: c.channels.map((ch) => ({ kind: ch.kind, address: ch.address.trim(), least: ch.least === 'none' ? undefined : ch.least })),
    })),
    quiet: some(f.quiet),
    chase: { after: `${Number(f.minutes.trim() || 0) * 60}s`, least: f.least },
    shifts: f.shifts.map((s) => ({ from: s.from, to: s.to, days: s.days.length ? [...s.days].sort() : undefined, since: s.since.trim() || undefined, until: s.until.trim() || undefined, who: s.who })),
    away: f.away.map((a) => ({ who: a.who, from: a.from ?? 0, to: a.to ?? 0, instead: a.instead || undefined })),
  }
}

/** Calls a contact otherwise, wherever the roster names it. */
export function rename(f: RosterForm, from: string, to: string): void {
  for (const s of f.shifts) s.who = s.who.map((w) => (w === from ? to : w))
  for (const a of f.away) {
    if (a.who === from) a.who = to
    if (a.instead === from) a.instead = to
  }
}

/** Takes a contact out of the roster too. */
export function forget(f: RosterForm, name: string): void {
  if (f.contacts.some((c) => c.name === name)) return // another has the name
  for (const s of f.shifts) s.who = s.who.filter((w) => w !== name)
  f.shifts = f.shifts.filter((s) => s.who.length)
  f.away = f.away.filter((a) => a.who !== name)
  for (const a of f.away) if (a.instead === name) a.instead = ''
}

/** Moves one of a list by a place, if it can be. */
export function move<T>(list: T[], i: number, by: -1 | 1): void {
  const j = i + by
  if (j < 0 || j >= list.length) return
  ;[list[i], list[j]] = [list[j]!, list[i]!]
}
