// What the layers of the configuration depend on here: the environment, the working directory, the user's folder.

import type { Surroundings } from '../config/resolve.ts'
import type { Directories } from '../transfer/directories.ts'

export const surroundingsOf = ({ config }: Pick<Directories, 'config'>): Surroundings => ({
  environment: process.env,
  here: '.',
  folder: config,
})
