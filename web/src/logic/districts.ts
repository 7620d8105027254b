import shapes from '@/map/binhai.json'
import type { Spot } from './datum'

// The places that the map itself knows by name.

export interface District {
  zh: string
  en: string
  at: Spot
}

const all: District[] = shapes.features.flatMap((f) =>
  f.properties.kind === 'district' ? [{ zh: f.properties.zh ?? '', en: f.properties.en ?? '', at: f.properties.label as Spot }] : [],
)

/** Districts whose name, in either language, holds what was typed. */
export function districts(text: string): District[] {
  const typed = text.trim().toLowerCase()
  return typed ? all.filter((d) => d.zh.includes(typed) || d.en.toLowerCase().includes(typed)) : []
}
