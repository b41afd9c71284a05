// Holds a line of --events against the table: every field that it must have, of its kind, and none that nobody
// documented.

import { expect } from 'vitest'
import {
  commonFields,
  type EventRow,
  type EventType,
  eventTable,
  type Field,
  type FieldKind,
  schema,
} from '../../src/cli/event_table.ts'

export type Line = Readonly<Record<string, unknown>> & { readonly type: EventType; readonly job: string }

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

const kinds: Readonly<Record<FieldKind, (value: unknown) => boolean>> = {
  string: value => typeof value === 'string',
  number: value => typeof value === 'number' && Number.isFinite(value),
  boolean: value => typeof value === 'boolean',
  strings: value => Array.isArray(value) && value.every(one => typeof one === 'string'),
  objects: value => Array.isArray(value) && value.every(isObject),
  object: isObject,
  any: value => value !== undefined,
}

/** One line without its end. */
export function checkedLine(text: string): Line {
  expect(text, 'no character that a terminal would act upon').not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  const line = JSON.parse(text) as Line
  const rows: Readonly<Record<string, EventRow>> = eventTable
  const row = rows[line.type]
  expect(row, `a type that the table has: ${text}`).toBeDefined()
  expect(line.v).toBe(schema)
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(line.job).toMatch(/^[0-9a-f]{24}$/)
  const fields: Readonly<Record<string, Field>> = { ...commonFields, ...row?.fields }
  expect(Object.keys(line).filter(name => !(name in fields))).toEqual([])
  for (const [name, { kind, isOptional, isNullable }] of Object.entries(fields)) {
    const value = line[name]
    const isWell =
      (isOptional && !(name in line)) ||
      (isNullable && value === null) ||
      (kinds[kind](value) && value !== null)
    expect(isWell, `${line.type}.${name} is ${kind}, and here ${JSON.stringify(value)}`).toBe(true)
  }
  return line
}

/** All that a run wrote. Whatever its type: progress never goes back, and an end is the end. */
export function checkedLines(stdout: string): Line[] {
  expect(stdout === '' || stdout.endsWith('\n'), 'the last line is whole').toBe(true)
  const lines = stdout.split('\n').slice(0, -1).map(checkedLine)
  const done = new Map<string, number>()
  for (const line of lines.filter(({ type }) => type === 'progress')) {
    const bytes = line.bytes_done as number
    expect(bytes, 'never less than before').toBeGreaterThanOrEqual(done.get(line.job) ?? 0)
    done.set(line.job, bytes)
  }
  return lines
}
