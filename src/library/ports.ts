// The UDP port where nobody names another: the command's own, so that a program and the command meet.

/** Where `receive` listens and `send` looks, unless told otherwise. */
export const portDefault = 9419

/** True for what can be a UDP port; 0 lets the system choose, where one listens. */
export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535
