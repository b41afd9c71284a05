// Which contender is ours: all others are set beside it.

export const own = 'pfs'
