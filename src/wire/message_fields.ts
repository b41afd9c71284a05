// What the fields of control messages are made of: each kind reads an unpacked value, or says that it is none of
// its own, and turns ours into one that packs. All validation of messages is made of these. PROTOCOL.md §15.1.

import { contentBytesMax, literalOffsetMax } from './limits.ts'

export interface Field<T> {
  /** undefined: not a value of this field. */
  read(value: unknown): T | undefined
  /** Ours to packable. The caller's value is within the field's rules: else our peer refuses it. */
  write(value: T): unknown
}

/** A field in its place: its key in the map, and whether it may be absent. */
export interface Slot<T> {
  readonly key: number
  readonly field: Field<T>
  readonly isOptional: boolean
}

/** One slot for each field of message M. */
export type Slots<M> = { readonly [K in Exclude<keyof M, 'type'>]-?: Slot<Exclude<M[K], undefined>> }

export const at = <T>(key: number, field: Field<T>): Slot<T> => ({ key, field, isOptional: false })
export const maybeAt = <T>(key: number, field: Field<T>): Slot<T> => ({ key, field, isOptional: true })

/** A whole number within bounds. Beyond 32 bits it packs as a 64-bit integer, never as a float (§15.1-5). */
export function integer(least: number, most: number): Field<number> {
  return {
    read: value =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
        ? (value as number)
        : undefined,
    write: value => (value > 0xffffffff || value < -0x80000000 ? BigInt(value) : value),
  }
}

export const count = (most: number): Field<number> => integer(0, most)
/** A length of a stream of bytes, as §8 allows it. */
export const streamLength: Field<number> = count(literalOffsetMax)

/** A size or an offset of content. */
export const size: Field<number> = count(contentBytesMax)

export const flag: Field<boolean> = {
  read: value => (typeof value === 'boolean' ? value : undefined),
  write: value => value,
}

/** Exactly `length` bytes. */
export function bytes(length: number): Field<Uint8Array> {
  return {
    read: value => (value instanceof Uint8Array && value.length === length ? value : undefined),
    write: value => value,
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export function bytesUpTo(most: number): Field<Uint8Array> {
  return {
    read: value => (value instanceof Uint8Array && value.length <= most ? value : undefined),
    write: value => value,
  }
}

/** Text travels as a byte string of exact UTF-8: nothing is replaced and no mark is lost (§15.1-6). */
export function text(least: number, most: number): Field<string> {
  return {
    read: value => {
      if (!(value instanceof Uint8Array) || value.length < least || value.length > most) return undefined
      try {
        return decoder.decode(value)
      } catch {
        return undefined // not UTF-8: the decoder has no other way to say it
      }
    },
    write: value => encoder.encode(value),
  }
}

/** One of a few words, by its number. */
export function choice<W extends string>(words: { readonly [K in W]: number }): Field<W> {
  const entries = Object.entries(words) as [W, number][]
  return {
    read: value => entries.find(([, number]) => number === value)?.[0],
    write: value => words[value],
  }
}

/** `field`, if it also passes `isValid`. */
export function where<T>(field: Field<T>, isValid: (value: T) => boolean): Field<T> {
  return {
    read: value => {
      const read = field.read(value)
      return read !== undefined && isValid(read) ? read : undefined
    },
    write: field.write,
  }
}

/** At most `most` of one kind, in an array. */
export function list<T>(item: Field<T>, most: number): Field<readonly T[]> {
  return {
    read: value => {
      if (!Array.isArray(value) || value.length > most) return undefined
      const items: T[] = []
      for (const element of value as unknown[]) {
        const read = item.read(element)
        if (read === undefined) return undefined
        items.push(read)
      }
      return items
    },
    write: value => value.map(item.write),
  }
}

/** Named fields in an array, by position: what a list has many of. */
export function tuple<T extends object>(fields: { readonly [K in keyof T]-?: Field<T[K]> }): Field<T> {
  const entries = Object.entries(fields) as [keyof T, Field<unknown>][]
  return {
    read: value => {
      if (!Array.isArray(value) || value.length !== entries.length) return undefined
      const made: Partial<Record<keyof T, unknown>> = {}
      for (const [index, [name, field]] of entries.entries()) {
        const read = field.read(value[index])
        if (read === undefined) return undefined
        made[name] = read
      }
      return made as T
    },
    write: value => entries.map(([name, field]) => field.write(value[name])),
  }
}
