import { i18n } from '@/i18n'
import type { Refusal } from '@/api/client'
import reasons from '@/locales/reasons.zh-CN.json'

/**
 * What the server said. It speaks English; in Chinese we have a sentence for each
 * of its reasons, and add its own words where they name what ours cannot.
 */
export function sentence(r: Refusal): string {
  const { t } = i18n.global
  if (r.status === 0) return t('refused.no_answer')
  if (r.reason === 'device_full' || r.reason === 'device_failed') return t(`refused.${r.reason}`)
  if (r.reason === 'proposed') return t('refused.proposed')
  const zh = i18n.global.locale.value === 'zh-CN' && (reasons as Record<string, string>)[r.reason]
  if (!zh) return r.message || t('refused.other', { status: r.status })
  return detailed.has(r.reason) && r.message ? `${zh}（${r.message}）` : zh
}

/** The sentence for a reason alone, as an import lists them. */
export function reasonText(reason: string, message: string): string {
  const zh = i18n.global.locale.value === 'zh-CN' && (reasons as Record<string, string>)[reason]
  return zh ? `${zh}（${message}）` : message
}

const detailed = new Set(['shelf_time', 'bad_request', 'not_the_decider', 'confirmed', 'work_backwards', 'file_too_large', 'file_type', 'item_done', 'model_unreadable', 'model_invalid', 'model_id', 'model_version', 'model_state', 'grading_invalid', 'not_guided', 'replay_old', 'replay_busy', 'replay_time', 'formula_invalid', 'formula_costly', 'password_length', 'password_kinds', 'password_used', 'too_many', 'unknown_sheet', 'sheet_twice', 'bad_book', 'unknown_column', 'column_missing', 'too_many_rows', 'too_many_columns', 'bad_formula'])
