// Tests run from the TypeScript sources; those that start processes use dist, which `npm test` builds first.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // for the processes that tests start: test/coverage/run.ts
    env: process.env.TEST_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE: process.env.TEST_COVERAGE },
  },
})
