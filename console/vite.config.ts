/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// One page a file; the server's content policy allows scripts and styles from files only, so nothing
// may be inlined.
export default defineConfig({
    plugins: [svelte()],
    build: {
        outDir: process.env.CONSOLE_DIST ?? 'dist',
        emptyOutDir: true,
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        target: 'es2022',
        rollupOptions: {
            input: ['index.html', 'crew.html', 'hospital.html', 'watch.html'],
        },
    },
    test: { include: ['test/**/*.test.ts'] },
});
