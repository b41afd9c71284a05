// The part of msgpackr's no-eval entry that we use; the package brings no types for it.

declare module 'msgpackr/index-no-eval' {
  interface Options {
    readonly useRecords: false
    readonly mapsAsObjects: boolean
    readonly int64AsType: 'number'
    readonly copyBuffers: boolean
  }
  export class Packr {
    constructor(options: Options)
    pack(value: unknown): Uint8Array
  }
  export class Unpackr {
    constructor(options: Options)
    unpack(bytes: Uint8Array): unknown
  }
}
