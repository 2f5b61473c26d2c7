import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'
import manifest from './package.json' with { type: 'json' }
import { vuePlugin } from './scripts/vue-plugin.ts'

/**
 * The end-to-end runtime is Electron 33 (Chromium 130, Node 20.18), older than the one that ships; code built for it
 * runs in both. Source: docs/adr/0006.
 */
const NODE_TARGET = 'node20.18'
const PAGE_TARGET = 'chrome130'

export default defineConfig({
  main: {
    build: {
      target: NODE_TARGET,
      rolldownOptions: {
        input: { index: resolve('src/main/index.ts'), cli: resolve('src/cli/index.ts') },
        output: { chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: NODE_TARGET,
      rolldownOptions: {
        input: { index: resolve('src/preload/index.ts') },
        // A sandboxed preload must be CommonJS: electronjs.org/docs/latest/tutorial/esm
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    base: './',
    plugins: [vuePlugin()],
    define: { 'import.meta.env.VITE_APP_VERSION': JSON.stringify(manifest.version) },
    resolve: {
      // monaco-yaml still names Monaco's old folders; monaco-editor 0.57 serves the same files without `esm/vs`.
      alias: [{ find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' }],
    },
    worker: { format: 'es' },
    build: {
      target: PAGE_TARGET,
      minify: true,
      outDir: resolve('out/renderer'),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: { index: resolve('src/renderer/index.html') } },
    },
  },
})
