import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { day } from '@/logic/time'
import { keptChoice, Ringing, type SoundChoice } from '@/logic/ringing'
import { Sound } from '@/logic/sound'
import { useCounts } from './counts'
import { useChanges } from './feed'
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
  const sound = new Sound()
  const ringing = new Ringing()
  const choice = ref<SoundChoice>('ask')
  const ready = ref(false)
  const heard = ref(0) // raised by each hush and each piece of news

  /** The shift as a word: the turn of the roster, or the civil day where it names none. */
  const turn = computed(() => String(desk.watch?.turn.from || day(now.value)))
  const place = computed(() => `fengsui.sound.${session.me?.user.id ?? ''}`)
  watch(
    [turn, place],
    () => {
      try {
        choice.value = keptChoice(localStorage.getItem(place.value), turn.value)
      } catch {
        choice.value = 'ask' // storage is forbidden
      }
      if (choice.value === 'on' && !ready.value) wake()
    },
    { immediate: true },
  )

  function choose(c: 'on' | 'off'): void {
    choice.value = c
    try {
      localStorage.setItem(place.value, `${turn.value} ${c}`)
    } catch {
      // The choice holds for this page.
    }
    if (c === 'on') void enable()
  }
  const enable = async () => {
    await sound.enable()
    ready.value = true
  }
  /** After a reload the choice stands, but the browser wants a click or a key anew. */
  function wake(): void {
    const once = () => {
      removeEventListener('pointerdown', once)
      removeEventListener('keydown', once)
      if (choice.value === 'on') void enable()
    }
    addEventListener('pointerdown', once)
    addEventListener('keydown', once)
  }

  function hush(): void {
    ringing.hush()
    heard.value++
  }

  useChanges((c) => {
    if (c !== 'gap' && c.warning && ['raised', 'upgraded', 'raised_again'].includes(c.act)) {
      ringing.news(c.peak)
      heard.value++
    }
  })

  const level = computed(() => {
    void heard.value
    return ringing.level(counts.counts?.unconfirmed ?? {})
  })
  watch([level, choice, ready, () => session.me], () => {
    if (choice.value === 'on' && ready.value && session.may('confirm')) sound.play(level.value)
    else sound.stop()
  })

  return { choice, ready, level, choose, hush }
})
