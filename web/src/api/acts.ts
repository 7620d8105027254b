import { api, ask, keyed } from './client'
import type { components } from './schema'
import type { Evidence } from './types'

// Every act on a warning or an order, by the word that the server calls it.

type S = components['schemas']

const on = (id: string, key: string) => ({ path: { id }, header: keyed(key) })

export const acts = {
  confirm: (id: string, _: object, key: string) => ask(api.POST('/warnings/{id}/confirm', { params: on(id, key) })),
  receive: (id: string, _: object, key: string) => ask(api.POST('/warnings/{id}/receive', { params: on(id, key) })),
  assign: (id: string, body: S['HandBody'], key: string) => ask(api.POST('/warnings/{id}/assign', { params: on(id, key), body })),
  shelve: (id: string, body: S['ShelveBody'], key: string) => ask(api.POST('/warnings/{id}/shelve', { params: on(id, key), body })),
  unshelve: (id: string, body: S['UnshelveBody'], key: string) => ask(api.POST('/warnings/{id}/unshelve', { params: on(id, key), body })),
  merge: (id: string, body: S['MergeBody'], key: string) => ask(api.POST('/warnings/{id}/merge', { params: on(id, key), body })),
  verify: (id: string, body: S['VerifyBody'], key: string) => ask(api.POST('/warnings/{id}/verify', { params: on(id, key), body })),
  handle: (id: string, body: S['WorkBody'], key: string) => ask(api.POST('/warnings/{id}/handle', { params: on(id, key), body })),
  report: (id: string, body: S['WorkBody'], key: string) => ask(api.POST('/warnings/{id}/report', { params: on(id, key), body })),
  ask: (id: string, body: S['AskBody'], key: string) => ask(api.POST('/warnings/{id}/ask', { params: on(id, key), body })),
  decide: (id: string, body: S['VerdictBody'], key: string) => ask(api.POST('/warnings/{id}/decide', { params: on(id, key), body })),
  accident: (id: string, body: S['AccidentBody'], key: string) => ask(api.POST('/warnings/{id}/accident', { params: on(id, key), body })),
  note: (id: string, body: S['NoteBody'], key: string) => ask(api.POST('/warnings/{id}/note', { params: on(id, key), body })),
  remind: (id: string, body: S['RemindBody'], key: string) => ask(api.POST('/warnings/{id}/remind', { params: on(id, key), body })),
}

export type WarningAct = keyof typeof acts

/** The duty desk's acts, which wait ten seconds before they are sent. */
export type QuickAct = 'confirm' | 'receive' | 'assign' | 'shelve' | 'unshelve' | 'merge' | 'note' | 'remind'

export const orderActs = {
  assign: (id: string, body: S['AssignBody'], key: string) => ask(api.POST('/orders/{id}/assign', { params: on(id, key), body })),
  result: (id: string, body: S['ResultBody'], key: string) => ask(api.POST('/orders/{id}/result', { params: on(id, key), body })),
  check: (id: string, body: S['CheckBody'], key: string) => ask(api.POST('/orders/{id}/check', { params: on(id, key), body })),
}

export type OrderAct = keyof typeof orderActs

/** Uploads one piece of evidence. */
export function upload(file: File, key: string): Promise<Evidence> {
  const form = new FormData()
  form.append('file', file, file.name)
  return ask(
    api.POST('/files', {
      params: { header: keyed(key) },
      body: form as never,
      bodySerializer: (b: unknown) => b as FormData,
    }),
  )
}
