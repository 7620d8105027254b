import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { api, ask } from '@/api/client'
import type { ModelCard, Party, Plan, Sector } from '@/api/types'
import { i18n } from '@/i18n'
import { keepSeen, lastSeen } from './load'

/** What every page may need the names of: parties, sectors, risk models, emergency plans. */
export const useDistrict = defineStore('district', () => {
  const parties = shallowRef<Party[]>([])
  const sectors = shallowRef<Sector[]>([])
  const models = shallowRef<ModelCard[]>([])
  const plans = shallowRef<Plan[]>([])
  let reading: Promise<void> | undefined

  interface Names {
    parties: Party[]
    sectors: Sector[]
    models: ModelCard[]
    plans: Plan[]
  }
  function take(n: Names): void {
    parties.value = n.parties
    sectors.value = n.sectors
    models.value = n.models
    plans.value = n.plans
  }

  function load(): Promise<void> {
    reading ??= (async () => {
      const [p, m, e] = await Promise.all([ask(api.GET('/parties')), ask(api.GET('/models')), ask(api.GET('/plans'))])
      const names = { parties: p.items, sectors: p.sectors, models: m.items, plans: e.items }
      take(names)
      keepSeen('names', names)
    })().catch(async (e: unknown) => {
      reading = undefined
      const last = parties.value.length ? undefined : await lastSeen<Names>('names')
      if (last) take(last.value)
      throw e
    })
    return reading
  }

  function forget(): void {
    reading = undefined
  }

  const byID = computed(() => new Map(parties.value.map((p) => [p.id, p])))
  const zones = computed(() => parties.value.filter((p) => p.kind === 'zone'))
  const english = computed(() => i18n.global.locale.value === 'en')

  const partyName = (id: string) => {
    const p = byID.value.get(id)
    return p ? ((english.value && p.nameEn) || p.name) : id
  }
  const sectorName = (key: string) => {
    const s = sectors.value.find((x) => x.key === key)
    return s ? (english.value ? s.en : s.zh) : key
  }
  const model = (key: string) => models.value.find((m) => m.key === key)
  const modelName = (key: string) => {
    const m = model(key)
    return m ? say(m.name) : key
  }
  const say = (text: { zh: string; en: string }) => (english.value ? text.en || text.zh : text.zh || text.en)

  const planName = (key: string) => {
    const p = plans.value.find((x) => x.key === key)
    return p ? say(p.name) : key
  }
  const planItem = (plan: string, item: string) => {
    const i = plans.value.find((x) => x.key === plan)?.items.find((x) => x.key === item)
    return i ? say(i.text) : item
  }

  return { plans, planName, planItem, parties, sectors, models, zones, load, forget, partyName, sectorName, model, modelName, say }
})
