// Two projects, both in forked processes (a crash of generated code then ends one worker, not the run):
//   unit      shares a process between files: fast, for code that cannot take the process down;
//   isolated  one process a file, for tests that run generated code, trap on purpose or install signal handlers.
// Tests import the built `dist/` (through `#dist/`), so that workers, the addon and the tests see the same files.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A failure of the engine's own program is an error, not hidden by the other compiler (tiers/baseline/hosted.ts).
    env: { WINDLASS_TEST_PROGRAM: 'strict' },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/**/*.isolated.test.ts', '**/node_modules/**', 'tests/oracles/**'],
          pool: 'forks',
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'isolated',
          include: ['tests/**/*.isolated.test.ts'],
          exclude: ['**/node_modules/**', 'tests/oracles/**'],
          pool: 'forks',
          isolate: true,
          testTimeout: 180_000,
        },
      },
    ],
  },
})
