import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { api, ask } from '@/api/client'
import type { Counts } from '@/api/types'

/** The four counters of every page. */
export const useCounts = defineStore('counts', () => {
  const counts = shallowRef<Counts>()
  async function load(): Promise<void> {
    counts.value = await ask(api.GET('/warnings/counts'))
  }
  return { counts, load }
})
