// Whether a symbolic link stays inside the top it is sent with. By its text alone: whether what it names is there, or is
// itself a link, makes no difference, for links are made last and never followed. PROTOCOL.md §13.6-4

const slash = 0x2f

/**
 * True for a link that is a top itself, whose text is absolute, or that climbs above its top on the way.
 * @param depth directories the link lies in
 */
export function leadsOut(depth: number, text: Uint8Array): boolean {
  if (depth < 1 || text[0] === slash) return true
  for (const name of Buffer.from(text).toString('latin1').split('/')) {
    if (name === '' || name === '.') continue
    depth += name === '..' ? -1 : 1
    if (depth < 1) return true
  }
  return false
}
