// Another name for what cannot have its own: `name (1).ext`. Pure.

/** Of text, or of bytes that may be none. */
export function numberedName(name: string, number: number): string {
  return Buffer.from(numbered(Buffer.from(name), number)).toString()
}

/** The last name of a path. */
export function numbered(path: Uint8Array, number: number): Uint8Array {
  const text = Buffer.from(path)
  const slash = text.lastIndexOf(0x2f)
  const dot = text.lastIndexOf(0x2e)
  // a dot in front makes a hidden file, not an ending
  const at = dot > slash + 1 ? dot : text.length
  return Buffer.concat([text.subarray(0, at), Buffer.from(` (${number})`), text.subarray(at)])
}
