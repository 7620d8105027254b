import { ref } from 'vue'
import { ask, keyed, Refusal } from '@/api/client'
import { sentence } from '@/logic/sentence'
import { useSession } from './session'

type Answer<T> = { data?: T; error?: unknown; response: Response }

/**
 * Sends the acts of one page, one at a time. What is sent keeps its key until the server
 * has answered, so that a lost answer costs nothing; a refusal is a sentence.
 */
export function useAct(place: string) {
  const session = useSession()
  const busy = ref(false)
  const refused = ref('')

  /** Sends one act; undefined when it was refused. */
  async function send<T>(verb: string, body: unknown, call: (header: ReturnType<typeof keyed>) => Promise<Answer<T>>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    refused.value = ''
    const draft = `${place}.${verb}.sent`
    const { key } = session.drafts.keep(draft, body)
    try {
      const got = await ask(call(keyed(key)))
      session.drafts.drop(draft)
      return got
    } catch (e) {
      if (!(e instanceof Refusal)) throw e
      refused.value = sentence(e)
      if (e.status !== 0 && e.status < 500) session.drafts.drop(draft)
      return undefined
    } finally {
      busy.value = false
    }
  }
  /** What was sent last and not taken is given up: its words go too. */
  const forget = (verb: string) => session.drafts.drop(`${place}.${verb}.sent`)
  return { busy, refused, send, forget }
}
