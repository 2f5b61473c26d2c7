import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'

/** Vue as the window and its unit tests are built with: what templates draw goes through our own runtime. */
export const vuePlugin = (): ReturnType<typeof vue> =>
  vue({
    template: {
      compilerOptions: { runtimeModuleName: resolve('src/renderer/ui/template-runtime.ts') },
    },
  })
