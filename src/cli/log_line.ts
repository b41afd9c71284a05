// A line of the log as people read it, from the JSON line that pino writes: time, level, sentence, and what else is
// known, as name=value. What is in it has been made fit to be shown already. Pure.

/** What pino sets itself, and what stands in front. */
const ahead = new Set(['time', 'level', 'msg', 'event', 'pid'])

const levelWidth = 5

/** @param json one line, as pino wrote it */
export function humanLine(json: string): string {
  const line = JSON.parse(json) as Readonly<Record<string, unknown>>
  const fields = Object.entries(line).filter(([name]) => !ahead.has(name))
  const written = fields.flatMap(([name, value]) => pairs(name, value))
  const head = [line.time, String(line.level).padEnd(levelWidth), line.event, line.msg].join(' ')
  return [head, written.join(' ')].filter(part => part !== '').join('  ')
}

function pairs(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${name}=${JSON.stringify(value)}`]
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([inner, its]) => pairs(`${name}.${inner}`, its))
  const isPlain = typeof value !== 'string' || /^[^\s"=]+$/.test(value)
  return [`${name}=${isPlain ? String(value) : JSON.stringify(value)}`]
}
