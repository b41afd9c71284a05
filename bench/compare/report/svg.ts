// SVG as text. What comes from outside (names, notes) is escaped; colours are the page's own, by class. Pure.

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, sign => entities[sign] ?? '')
}

export type Attributes = Readonly<Record<string, string | number>>

const rounded = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escapeHtml(value)

export function element(name: string, attributes: Attributes, inside = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${rounded(value)}"`)
  return `<${name}${written.join('')}>${inside}</${name}>`
}

export const text = (x: number, y: number, words: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escapeHtml(words))

export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): string =>
  element('line', { x1, y1, x2, y2, class: kind })

/** Shown when a pointer rests on it, and read out. */
export const title = (words: string): string => element('title', {}, escapeHtml(words))

export function picture(width: number, height: number, label: string, inside: string): string {
  const attributes = { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }
  return element('svg', attributes, inside)
}
