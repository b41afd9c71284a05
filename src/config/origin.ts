// Where a value comes from: the layers, in the order in which they win, and how each is named to people. Pure.

/** A place in a file, counted from 1. */
export interface Place {
  readonly path: string
  readonly line: number
  readonly column: number
}

export type FileLayer = 'project' | 'user' | 'system'

/** From the strongest to the weakest; of two profiles of one name the one in the stronger file. */
export type Origin =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'profile'; readonly profile: string; readonly place: Place }
  | { readonly kind: FileLayer; readonly place: Place }
  | { readonly kind: 'default' }

export const placeText = ({ path, line, column }: Place): string => `${path}:${line}:${column}`

export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'flag':
      return `flag --${origin.flag}`
    case 'environment':
      return `environment ${origin.variable}`
    case 'profile':
      return `profile ${origin.profile} ${placeText(origin.place)}`
    case 'default':
      return 'default'
    default:
      return `${origin.kind} ${placeText(origin.place)}`
  }
}
