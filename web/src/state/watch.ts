import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { api, ask } from '@/api/client'
import type { Watch } from '@/api/types'
import { useSession } from './session'

/** Who has the watch, and how its last handover stands; of the duty room alone. */
export const useWatch = defineStore('watch', () => {
  const watch = shallowRef<Watch>()
  async function load(): Promise<void> {
    watch.value = useSession().may('handover') ? await ask(api.GET('/watch')) : undefined
  }
  return { watch, load }
})
