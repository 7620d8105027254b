import { onScopeDispose } from 'vue'
import { usePrefs } from './prefs'

/**
 * Single keys for the component's life: 'j', 'Enter', 'g w'. They work only while
 * no field has the focus, without modifiers, and can be turned off.
 */
export function useKeys(map: Record<string, (e: KeyboardEvent) => boolean | void>): void {
  const prefs = usePrefs()
  let prefix = ''
  const down = (e: KeyboardEvent) => {
    if (!prefs.keys || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return
    // The field itself: of one inside a shadow root the target tells only the host.
    const el = e.composedPath()[0]
    if (!(el instanceof Element)) return
    if (el.closest('input, textarea, select, [contenteditable]')) return
    if (e.key === 'Enter' && el.closest('a, button, summary')) return
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key
    const full = prefix ? `${prefix} ${key}` : key
    prefix = ''
    const f = map[full]
    if (f) {
      if (f(e) !== false) e.preventDefault()
    } else if (Object.keys(map).some((k) => k.startsWith(`${full} `))) {
      prefix = full
      setTimeout(() => (prefix = ''), 1500)
    }
  }
  window.addEventListener('keydown', down)
  onScopeDispose(() => window.removeEventListener('keydown', down))
}
