import { fieldsOf, listOf } from '../../istio/fields/read-fields.ts'
import { ProblemError } from '../../problem.ts'
import { applyChanges } from '../../yaml/apply-change.ts'
import type { Change } from '../../yaml/change.ts'
import type { Path } from '../../yaml/path.ts'
import { readStrictDocument } from '../../yaml/read-yaml.ts'
import { applyTextEdits } from '../../yaml/text-edit.ts'
import { findDocument } from './istio-options.ts'

/** What a small machine gives istiod and each sidecar: the figures of the profile demo. Source: istio, manifests/profiles/demo.yaml */
const SMALL = {
  pilot: { cpu: '10m', memory: '100Mi' },
  proxy: { cpu: '10m', memory: '40Mi' },
} as const
const PILOT: Path = ['spec', 'components', 'pilot', 'k8s', 'resources', 'requests']
const PROXY: Path = ['spec', 'values', 'global', 'proxy', 'resources', 'requests']

/**
 * Sets any value of the options by its path, as `istioctl --set` writes it: `values.global.logAsJson`,
 * `components.ingressGateways[0].enabled`; an empty value removes it. Throws `bad-input` for a path or a value that
 * is none.
 */
export function setIstioValue(text: string, path: string, value: string): string {
  const keys = readPath(path)
  if (value.trim() === '') return edit(text, content => (exists(content, keys) ? [remove(keys)] : []))
  let parsed: unknown
  try {
    parsed = readStrictDocument(value).value
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'too-large') throw error
    throw new ProblemError({
      code: 'bad-input',
      message: `${JSON.stringify(value)} is no value`,
      hint: 'Write it as in YAML: true, 5, text, or {cpu: 10m}.',
      at: 'value',
      raw: String(error),
    })
  }
  return edit(text, () => [{ kind: 'set', path: keys, value: parsed }])
}

/** Whether istiod and the sidecars ask for as little as on a small machine. */
export function isSmall(text: string): boolean {
  const found = findDocument(text)
  if ('problem' in found) return false
  const requests = fieldsOf(valueOf(found.document.value, PILOT))
  return requests['cpu'] === SMALL.pilot.cpu && exists(found.document.value, PROXY)
}

export function setSmall(text: string, wanted: boolean): string {
  return edit(text, content =>
    wanted
      ? [
          { kind: 'set', path: PILOT, value: { ...SMALL.pilot } },
          { kind: 'set', path: PROXY, value: { ...SMALL.proxy } },
        ]
      : [PILOT, PROXY].filter(path => exists(content, path)).map(remove),
  )
}

const remove = (path: Path): Change => ({ kind: 'remove', path })
const exists = (content: unknown, path: Path): boolean => valueOf(content, path) !== undefined

function valueOf(content: unknown, path: Path): unknown {
  let value = content
  for (const key of path) value = typeof key === 'number' ? listOf(value)[key] : fieldsOf(value)[key]
  return value
}

function edit(text: string, changes: (content: unknown) => readonly Change[]): string {
  const found = findDocument(text)
  if ('problem' in found) throw new ProblemError(found.problem)
  return applyTextEdits(text, applyChanges(text, found.document.index, changes))
}

/** A dot within a key is written with a backslash, as istioctl has it. */
function readPath(path: string): Path {
  const keys = path
    .trim()
    .split(/(?<!\\)\./)
    .flatMap((part): Path => {
      const match = /^(?<key>[^[\]]*)(?<indexes>(?:\[\d+\])*)$/.exec(part)?.groups
      const key = match?.['key']?.replaceAll('\\.', '.') ?? ''
      const indexes = [...(match?.['indexes'] ?? '').matchAll(/\d+/g)].map(([digits]) => Number(digits))
      return [key, ...indexes]
    })
  if (keys.length === 0 || keys.includes(''))
    throw new ProblemError({
      code: 'bad-input',
      message: `${JSON.stringify(path)} is no path of a value`,
      hint: 'Write it as istioctl --set does: values.global.logAsJson.',
      at: 'path',
    })
  return keys[0] === 'spec' ? keys : ['spec', ...keys]
}
