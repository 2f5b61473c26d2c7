// Fails when a file imports from a layer it may not see, or belongs to no layer at all.
// The table is the one of docs/architecture.md. `node scripts/check-layers.mjs [ROOT]`
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

/** Layer: the layers and packages its files may import. `node:` stands for every Node module. */
const LAYERS = {
  'src/domain': { layers: [], packages: ['yaml', 're2js'] },
  'src/shared': { layers: ['src/domain'], packages: ['valibot'] },
  'src/certificates': { layers: [], packages: ['node:', '@peculiar/x509', 'reflect-metadata'] },
  'src/playground': { layers: ['src/certificates', 'src/domain'], packages: ['node:', 'ws', 'yaml'] },
  'src/services': {
    layers: ['src/certificates', 'src/domain', 'src/shared', 'src/playground'],
    packages: ['node:', 'socks', 'valibot', 'ws', 'yaml'],
  },
  'src/main': { layers: ['src/services', 'src/shared'], packages: ['node:', 'electron'] },
  'src/server': { layers: ['src/services', 'src/shared'], packages: ['node:', 'ws'] },
  'src/cli': {
    layers: ['src/domain', 'src/shared', 'src/services', 'src/server', 'src/playground'],
    packages: ['node:', 'yaml'],
  },
  'src/preload': { layers: [], packages: ['electron'] },
  'src/renderer/ui': { layers: [], packages: ['vue', 'reka-ui', '@lucide/vue', '@tanstack/vue-virtual'] },
  'src/renderer/state': { layers: ['src/domain', 'src/shared'], packages: ['vue', 'vue-router'] },
  'src/renderer/monaco': {
    layers: ['src/domain', 'src/shared', 'src/renderer/ui', 'src/renderer/state'],
    packages: ['vue', 'monaco-editor', 'monaco-yaml'],
  },
  'src/renderer/features': {
    layers: ['src/domain', 'src/shared', 'src/renderer/ui', 'src/renderer/state', 'src/renderer/monaco'],
    packages: [
      'vue',
      'vue-router',
      'reka-ui',
      '@lucide/vue',
      '@tanstack/vue-virtual',
      'yaml',
      'cytoscape',
      'elkjs',
      'uplot',
    ],
    apart: true, // one feature may not import another
  },
  'src/renderer': {
    layers: [
      'src/domain',
      'src/shared',
      'src/renderer/ui',
      'src/renderer/state',
      'src/renderer/features',
      'src/renderer/monaco',
    ],
    packages: [
      'vue',
      'vue-router',
      'reka-ui',
      '@lucide/vue',
      'fuse.js',
      '@fontsource',
      '@fontsource-variable',
    ],
  },
}

const root = process.argv[2] ?? '.'
const names = Object.keys(LAYERS).sort((a, b) => b.length - a.length)
const layerOf = path => names.find(name => path.startsWith(`${name}/`))
const partOf = (layer, path) => path.slice(layer.length + 1).split('/')[0]
const fromRoot = path => relative(root, path).replaceAll('\\', '/')

function imports(file) {
  const source = readFileSync(file, 'utf8')
  const script = file.endsWith('.vue')
    ? [...source.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(m => m[1]).join('\n')
    : source
  return ts.preProcessFile(script, true, true).importedFiles.map(({ fileName }) => fileName)
}

const errors = []
for (const file of ts.sys.readDirectory(join(root, 'src'), ['.ts', '.vue'], ['**/*.test.ts', '**/*.d.ts'])) {
  const path = fromRoot(file)
  const layer = layerOf(path)
  if (!layer) {
    errors.push(`${path}: in no layer`)
    continue
  }
  const { layers, packages, apart } = LAYERS[layer]
  for (const name of imports(file)) {
    const target = name.startsWith('.') ? fromRoot(resolve(dirname(file), name)) : undefined
    const isAllowed = target
      ? layerOf(target) === layer
        ? !apart || partOf(layer, target) === partOf(layer, path)
        : layers.includes(layerOf(target))
      : packages.some(p => name === p || name.startsWith(p.endsWith(':') ? p : `${p}/`))
    if (!isAllowed) errors.push(`${path}: ${layer} may not import ${name}`)
  }
}
errors.forEach(error => console.error(error))
process.exitCode = errors.length ? 1 : 0
