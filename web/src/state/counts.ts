import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { api, ask } from '@/api/client'
import type { Counts, Level } from '@/api/types'
import { risen } from '@/logic/ringing'
import { useChanges } from './feed'

/** The four counters of every page. */
export const useCounts = defineStore('counts', () => {
  const counts = shallowRef<Counts>()
  /** What nobody has confirmed and the feed did not tell of, for it was away: only its number is known. */
  const untold = shallowRef<{ level: Level; n: number }>()

  let before: Counts['unconfirmed'] | undefined
  let gaps = 0
  useChanges((c) => {
    if (c !== 'gap') return
    gaps++
    before ??= counts.value?.unconfirmed
  })

  async function load(): Promise<void> {
    const was = before
    const at = gaps
    const got = await ask(api.GET('/warnings/counts'))
    counts.value = got
    if (!was || before !== was) return
    before = at === gaps ? undefined : got.unconfirmed
    untold.value = risen(was, got.unconfirmed)
  }
  return { counts, untold, load }
})
