// Which of what lies below the tops is sent. A face: the walk asks for each name, and for what rules hold inside each
// directory it enters. Knows paths, no files.

/** `passing`: a directory that is sent if something in it is. */
export type Wanted = 'yes' | 'no' | 'passing'

export interface Selection {
  /** @param path names from the top down, joined by `/`; of a top too. A directory that is not wanted is not entered. */
  wants(path: Uint8Array, isDirectory: boolean): Wanted
  /**
   * The rules inside a directory, which may bring some of its own.
   * @param location where it lies on the disk
   * @param names of what is in it
   */
  inside(path: Uint8Array, location: Uint8Array, names: readonly Uint8Array[]): Selection
}

export const everything: Selection = { wants: () => 'yes', inside: () => everything }
