import { i18n } from '@/i18n'
import type { Refusal } from '@/api/client'

/** What the server said, in the reader's language where we have it, else in its own words. */
export function sentence(r: Refusal): string {
  const key = `reason.${r.reason}`
  const { te, t } = i18n.global
  if (te(key)) return t(key) + (i18n.global.locale.value !== 'en' && r.message && detailed.has(r.reason) ? ` (${r.message})` : '')
  return r.message || t('reason.other', { status: r.status })
}

/** Reasons whose English sentence names something that ours cannot: both are shown. */
const detailed = new Set(['bad_request', 'point_limits', 'point_range', 'credit_code', 'unknown_word'])
