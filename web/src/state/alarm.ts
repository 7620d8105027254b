import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { useRoute } from 'vue-router'
import { day } from '@/logic/time'
import { keptChoice, linkSounds, Ringing } from '@/logic/ringing'
import { Sound, type Tone } from '@/logic/sound'
import { useCounts } from './counts'
import { useChanges, useFeed } from './feed'
import { now } from './now'
import { useSession } from './session'
import { useWatch } from './watch'

/**
 * The sound of the duty room: it goes on from page to page until a warning is confirmed
 * or hushed. Each shift is asked once; a browser sounds only after a click or a key.
 */
export const useAlarm = defineStore('alarm', () => {
  const session = useSession()
  const counts = useCounts()
  const desk = useWatch()
  const feed = useFeed()
  const route = useRoute()
  const ringing = new Ringing()
  const on = ref(false)
  /** This shift has yet to say whether it wants sound. */
  const asks = ref(true)
  const heard = ref(0) // raised by each hush and each piece of news

  /** The session ended while the sound was on: here nobody hears of warnings any more. */
  const fallen = ref(false)
  const hushed = ref(false)

  /** Whether the browser lets it be heard. */
  const ready = ref(false)
  const sound = new Sound((yes) => {
    ready.value = yes
    if (!yes) enable()
  })
  /** Without a click or a key, as after a reload, the browser may say no: then it is asked with the next. */
  function enable(): void {
    if (!on.value && !fallen.value) return
    wait()
    void sound.enable().catch(() => {})
  }
  const touched = () => {
    removeEventListener('pointerdown', touched)
    removeEventListener('keydown', touched)
    if (!ready.value) enable()
  }
  function wait(): void {
    addEventListener('pointerdown', touched)
    addEventListener('keydown', touched)
  }

  /** The shift as a word: the turn of the roster, or the civil day where it names none. */
  const turn = computed(() => String(desk.watch?.turn.from || day(now.value)))
  const place = computed(() => session.me && `fengsui.sound.${session.me.user.id}`)
  let held: string | null = null
  watch(
    [turn, place],
    () => {
      if (!place.value) {
        fallen.value ||= on.value && session.over
        on.value = false
        return
      }
      fallen.value = hushed.value = false
      let text = held
      try {
        text = localStorage.getItem(place.value)
      } catch {
        // Storage is forbidden: the choice holds for this page.
      }
      ;({ on: on.value, asks: asks.value } = keptChoice(text, turn.value))
      if (!ready.value) enable()
    },
    { immediate: true },
  )

  function choose(yes: boolean): void {
    on.value = yes
    asks.value = false
    held = `${turn.value} ${yes ? 'on' : 'off'}`
    try {
      if (place.value) localStorage.setItem(place.value, held)
    } catch {
      // As above.
    }
    if (!ready.value) enable()
  }

  function hush(): void {
    if (fallen.value) hushed.value = true
    ringing.hush()
    if (cut.value) hushedLoss.value = feed.lostSince
    heard.value++
  }

  useChanges((c) => {
    if (c !== 'gap' && c.warning && ['raised', 'upgraded', 'raised_again'].includes(c.act)) {
      ringing.news(c.peak)
      heard.value++
    }
  })
  watch(
    () => counts.untold,
    (some) => {
      if (!some) return
      ringing.news(some.level)
      heard.value++
    },
  )

  const level = computed(() => {
    void heard.value
    return ringing.level(counts.counts?.unconfirmed ?? {})
  })
  const hushedLoss = ref(0)
  /** The link's loss sounds where the page says so in words, too: the wall has no tone of its own. */
  const cut = computed(() => !route.meta.plain && linkSounds(feed.lostSince, hushedLoss.value, now.value))
  const tone = computed<Tone | undefined>(() => {
    if (fallen.value) return hushed.value ? undefined : 'lost'
    if (!on.value || !session.may('confirm')) return undefined
    const silent = !level.value || level.value === 'blue'
    return silent && cut.value ? 'link' : level.value
  })
  watch([tone, ready], () => sound.play(ready.value ? tone.value : undefined))

  // Whoever said for this shift that they listen is on watch, whether they look at the page
  // or not: their session does not end for want of use. One who did not say so yet, or has
  // the sound off, is no watch, and an unattended page ends as the server's rule has it.
  setInterval(() => {
    if (on.value && !asks.value && session.may('confirm')) void session.again().catch(() => {})
  }, 60_000)

  return { on, asks, ready, fallen, level, choose, hush }
})
