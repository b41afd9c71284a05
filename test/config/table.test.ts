// The table itself: that a value means the same as a flag, as a variable and in a document, and that what is made of
// the table (the example, the schema) says all of it.

import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/config/document.ts'
import { exampleText } from '../../src/config/example.ts'
import { durationOf, formatWritten, sizeOf } from '../../src/config/quantities.ts'
import { jsonSchema } from '../../src/config/schema.ts'
import { fallbackOf, type Key, keys, partsOf, rowOf } from '../../src/config/table.ts'

const documentOf = (key: Key, written: string): string => {
  const [section, name] = partsOf(key)
  return `version: 1\n${section}: {${name}: ${written}}`
}

function valueIn(key: Key, written: string): unknown {
  const reading = readDocument(documentOf(key, written))
  if (reading.kind === 'bad') throw new Error(JSON.stringify(reading.mistakes))
  return reading.settings.get(key)?.value
}

describe('each setting', () => {
  for (const key of keys) {
    const { kind, example } = rowOf(key)
    test(`${key} means the same as text and in a document`, () => {
      const value = valueIn(key, example)
      expect(value).toBeDefined()
      expect(kind.read(example.replace(/^\[(.*)\]$/, '$1'))).toEqual(value)
    })
    test(`${key} is read again as it is written`, () => {
      const value = valueIn(key, example)
      expect(valueIn(key, JSON.stringify(kind.write(value)))).toEqual(value)
    })
    test(`${key} has a default that could be written, or that is told`, () => {
      const { value, text } = fallbackOf(key)
      expect(text).not.toBe('')
      if (value !== undefined) expect(valueIn(key, JSON.stringify(value))).toBeDefined()
    })
  }
})

describe('the example', () => {
  test('is good as it is, and sets nothing', () => {
    const reading = readDocument(exampleText())
    expect(reading.kind === 'good' && reading.settings.size).toBe(0)
  })
  test('sets everything when its comments are taken away', () => {
    const text = exampleText().replace(/^( +)# (?=\s*[a-z_]+:)/gm, '$1')
    const reading = readDocument(text)
    if (reading.kind === 'bad') throw new Error(JSON.stringify(reading.mistakes))
    expect([...reading.settings.keys()]).toEqual(keys)
    expect([...(reading.profiles.get('metered')?.keys() ?? [])]).toEqual(['transfer.bwlimit'])
  })
})

describe('the JSON Schema', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>
    readonly anyOf?: readonly Schema[]
    readonly additionalProperties?: Schema | boolean
    readonly description?: string
    readonly required?: readonly string[]
  }
  const schema = jsonSchema() as Schema
  const inside = (of: Schema | undefined, name: string): Schema | undefined =>
    [of, ...(of?.anyOf ?? [])].find(one => one?.properties?.[name])?.properties?.[name]
  test('describes each setting, also in profiles', () => {
    for (const key of keys) {
      const [section, name] = partsOf(key)
      expect(inside(inside(schema, section), name)?.description, key).toBe(rowOf(key).describe)
      const profiles = inside(schema, 'profiles')?.anyOf?.[0]?.additionalProperties as Schema
      expect(inside(inside(profiles, section), name), key).toBeDefined()
    }
  })
  test('wants the version and nothing that it does not know', () => {
    expect(schema).toMatchObject({ required: ['version'], additionalProperties: false })
  })
})

describe('quantities', () => {
  const durations: readonly (readonly [string, number | undefined])[] = [
    ['30', 30e6],
    ['2.5', 2.5e6],
    ['500ms', 0.5e6],
    ['30s', 30e6],
    ['2m', 120e6],
    ['1.5 h', 5400e6],
    ['7d', 604_800e6],
    ['', undefined],
    ['s', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['2 weeks', undefined],
    ['1M', undefined],
  ]
  for (const [text, micros] of durations)
    test(`the duration "${text}" is ${micros}`, () => expect(durationOf(text)).toBe(micros))
  test('a duration is written as it is read', () => {
    for (const text of ['1h', '90s', '2m', '500ms', '36h'])
      expect(durationOf(formatWritten(durationOf(text) ?? 0))).toBe(durationOf(text))
    expect(formatWritten(0)).toBe('0s')
  })
  test('a letter alone is binary', () => {
    expect(['1k', '1M', '1g', '1T'].map(sizeOf)).toEqual([2 ** 10, 2 ** 20, 2 ** 30, 2 ** 40])
  })
})
