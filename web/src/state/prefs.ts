import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { speak, type Language } from '@/i18n'

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`fengsui.${name}`)
  } catch {
    return null
  }
}
function store(name: string, value: string): void {
  try {
    localStorage.setItem(`fengsui.${name}`, value)
  } catch {
    // Storage is forbidden: the choice holds for this page.
  }
}

/** What a person chose for this browser: language, light or dark, keys. */
export const usePrefs = defineStore('prefs', () => {
  const language = ref<Language>(stored('language') === 'en' ? 'en' : 'zh-CN')
  const night = stored('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  const theme = ref<'light' | 'dark'>(night === 'dark' ? 'dark' : 'light')
  const keys = ref(stored('keys') !== 'off')

  watch(language, (l) => {
    store('language', l)
    void speak(l)
  })
  watch(
    theme,
    (t) => {
      document.documentElement.dataset.theme = t
    },
    { immediate: true },
  )
  const choose = (t: 'light' | 'dark') => {
    theme.value = t
    store('theme', t)
  }
  watch(keys, (on) => store('keys', on ? 'on' : 'off'))

  return { language, theme, keys, choose }
})
