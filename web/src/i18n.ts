import { createI18n } from 'vue-i18n'
import zh from './locales/zh-CN.json'

export type Language = 'zh-CN' | 'en'

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh } as Record<string, typeof zh>,
})

/** English is fetched when it is first asked for. */
export async function knows(language: Language): Promise<void> {
  const g = i18n.global
  if (language === 'en' && !g.availableLocales.includes('en')) {
    g.setLocaleMessage('en', (await import('./locales/en.json')).default as typeof zh)
  }
}

/** Switches the language. */
export async function speak(language: Language): Promise<void> {
  const g = i18n.global
  await knows(language)
  g.locale.value = language
  document.documentElement.lang = language
}

/** A text by a key that comes from data; the word itself when there is none. */
export function word(group: string, key: string | undefined): string {
  if (!key) return ''
  const full = `${group}.${key}`
  return i18n.global.te(full) || i18n.global.te(full, 'zh-CN') ? i18n.global.t(full) : key
}

/** What an asset says about itself by a key: a word of that key's list, or the text itself. */
export function attribute(key: string, value: string): string {
  const full = `attrWord.${key}.${value}`
  return i18n.global.te(full) || i18n.global.te(full, 'zh-CN') ? i18n.global.t(full) : value
}
