import { defineConfig } from 'vitest/config';

// Browsers against real servers (tests/web/browser.sh). Nothing here is timed: what is waited for is a
// condition, and the limit only tells where a hopeless wait was.
export default defineConfig({
    test: {
        include: ['test/web/**/*.web.ts'],
        testTimeout: 300000,
        hookTimeout: 300000,
        expect: { poll: { timeout: 200000 } },
        fileParallelism: false,
        sequence: { concurrent: false },
    },
});
