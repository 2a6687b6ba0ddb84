import { defineConfig } from "vitest/config"

// One file at a time: every scenario starts browsers of its own, and two cores are all there is.
const common = { globalSetup: "./harness/temporary.ts", environment: "node" as const, pool: "forks" as const, maxWorkers: 1, fileParallelism: false, retry: 0 }

export default defineConfig({
  test: {
    projects: [
      { test: { ...common, name: "vectors", include: ["vectors/*.test.ts"], testTimeout: 120_000 } },
      {
        test: { ...common, name: "browser", include: ["scenarios/*.test.ts"], testTimeout: 240_000, hookTimeout: 240_000 },
      },
      { test: { ...common, name: "bench", include: ["bench/*.test.ts"], testTimeout: 600_000, hookTimeout: 240_000 } },
    ],
  },
})
