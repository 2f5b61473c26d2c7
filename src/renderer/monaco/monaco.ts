import { configureMonacoYaml, type MonacoYaml } from 'monaco-yaml'
import * as monaco from 'monaco-editor/editor'
import 'monaco-editor/features/register.all'
import { conf, language } from 'monaco-editor/languages/definitions/yaml/yaml'
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker'
import { followTheme } from './theme.ts'
import YamlWorker from './yaml.worker.ts?worker'

/** What monaco-yaml hands to `createWebWorker`: the shape of Monaco before 0.53. */
interface OldWorkerOptions {
  readonly createData?: unknown
  readonly host?: Record<string, () => unknown>
  readonly keepIdleModels?: boolean
}

// Not by Monaco's own `register`, which loads the grammar after the first editor is drawn: on a busy machine a text then
// stayed without colours.
monaco.languages.register({ id: 'yaml', extensions: ['.yaml', '.yml'], aliases: ['YAML'] })
monaco.languages.setMonarchTokensProvider('yaml', language)
monaco.languages.setLanguageConfiguration('yaml', conf)

self.MonacoEnvironment = { getWorker: () => new EditorWorker() }

/**
 * monaco-yaml 5.5 asks Monaco to make its worker by module name, which Monaco 0.53 and later cannot: make the worker
 * here, and send it the two messages that its start expects (anything, then its settings).
 */
function createYamlWorker({ createData, host, keepIdleModels }: OldWorkerOptions): unknown {
  const worker = new YamlWorker()
  worker.postMessage('ignore')
  worker.postMessage(createData)
  return monaco.editor.createWebWorker({
    worker,
    ...(host ? { host } : {}),
    ...(keepIdleModels === undefined ? {} : { keepIdleModels }),
  })
}

const oldMonaco = { ...monaco, editor: { ...monaco.editor, createWebWorker: createYamlWorker } }

/** The one YAML language service of the page; `schemas.ts` gives it the cluster's schemas. */
export const yamlService: MonacoYaml = configureMonacoYaml(oldMonaco, {
  enableSchemaRequest: false,
  isKubernetes: true,
  format: { enable: false },
  schemas: [],
})

followTheme()

export { monaco }
