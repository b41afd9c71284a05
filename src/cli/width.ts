// How many cells of a terminal a text takes, and how to make it take fewer. An approximation of Unicode's East Asian
// Width that errs towards wide, so that a status line never wraps. Pure.

/** Blocks whose letters take two cells. */
const wide = new RegExp(
  '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3\\uf900-\\ufaff' +
    '\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{1b000}-\\u{1b2ff}\\u{1f000}-\\u{1faff}\\u{20000}-\\u{3fffd}]',
  'u',
)
const marks = /\p{M}/u

const letterWidth = (letter: string): number => (marks.test(letter) ? 0 : wide.test(letter) ? 2 : 1)

export function displayWidth(text: string): number {
  let width = 0
  for (const letter of text) width += letterWidth(letter)
  return width
}

/** At most `width` cells, the middle left out: the end of a file's name tells as much as its beginning. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width < 1) return ''
  const letters = [...text]
  const tailWidth = Math.floor((width - 1) / 2)
  const tail = take(letters.toReversed(), tailWidth).toReversed().join('')
  return `${take(letters, width - 1 - tailWidth).join('')}…${tail}`
}

/** Cut off at `width` cells. */
export const cutOff = (text: string, width: number): string => take([...text], width).join('')

function take(letters: readonly string[], width: number): string[] {
  const taken: string[] = []
  let used = 0
  for (const letter of letters) {
    used += letterWidth(letter)
    if (used > width) break
    taken.push(letter)
  }
  return taken
}
