import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { changed, one, whole } from '@/logic/filters'

/** The filters of a list, which live in the address. */
export function useQuery() {
  const route = useRoute()
  const router = useRouter()
  const q = computed(() => route.query)
  const set = (change: Record<string, string | undefined>) => void router.replace({ query: changed(q.value, change) })
  /** A filter for v-model. */
  const choose = (key: string) => computed({ get: () => one(q.value, key), set: (v: string) => set({ [key]: v }) })
  // What is typed is sent with Enter, or when the field is left.
  const text = ref(one(q.value, 'text'))
  watch(() => one(q.value, 'text'), (v) => (text.value = v))
  return {
    q, set, choose, text,
    /** A filter as the server's query has it. */
    maybe: (key: string) => one(q.value, key) || undefined,
    whole: (key: string) => whole(q.value, key) || undefined,
    offset: computed(() => whole(q.value, 'offset')),
    active: computed(() => Object.keys(q.value).filter((k) => k !== 'offset').length),
    search: () => set({ text: text.value.trim() }),
    clear: () => void router.replace({ query: {} }),
    go: (offset: number) => void router.replace({ query: { ...q.value, offset: offset ? String(offset) : undefined } }),
  }
}
export type Query = ReturnType<typeof useQuery>
