import { defineConfig } from 'vitest/config'

const conditions = ['@sluice/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@sluice/source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,tools}/*/{src,test}/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          // Ends what hangs; a machine that has other things to do is not a failure.
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: ['{packages,tools}/*/test-kafka/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000
        }
      }
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**'] }
  }
})
