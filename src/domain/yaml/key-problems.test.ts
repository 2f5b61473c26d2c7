import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toProblem } from '../problem.ts'
import { readKindConfig } from '../setup/clusters/read-kind-config.ts'
import { readMinikubeOptions } from '../setup/clusters/minikube-options.ts'
import { setIstioValue } from '../setup/istio/set-istio-value.ts'
import { readStrictDocument } from './read-yaml.ts'

const codeOf = (read: () => unknown): string => {
  try {
    read()
    return 'ok'
  } catch (error) {
    return toProblem(error).code
  }
}

describe('a key that stands twice is said', () => {
  test.each([
    ['a document', () => readStrictDocument('a: 1\nb: {c: 1, c: 2}\n'), 'invalid'],
    ['a kind configuration', () => readKindConfig('kind: Cluster\nkind: Cluster\n'), 'bad-input'],
    ['options of minikube', () => readMinikubeOptions('cpus: 2\ncpus: 3\n'), 'bad-input'],
    [
      'a value of Istio',
      () => setIstioValue('kind: IstioOperator\n', 'values.a', '{b: 1, b: 2}'),
      'bad-input',
    ],
    ['a merge key', () => readStrictDocument('a: &a {x: 1}\nb: {<<: *a, <<: *a}\n'), 'ok'],
  ])('%s', (_name, read, code) => {
    expect(codeOf(read)).toBe(code)
  })
})

test('no reader has the parser compare each key with each, which takes a minute for 50,000 keys', () => {
  const source = join(import.meta.dirname, '..', '..')
  const readers = globSync('**/*.ts', { cwd: source })
    .filter(path => !path.endsWith('.test.ts') && !path.endsWith('-fixture.ts'))
    .map(path => ({ path, text: readFileSync(join(source, path), 'utf8') }))
    .filter(({ text }) => /\bparse(?:All)?Documents?\(/.test(text) && /from 'yaml'/.test(text))
  expect(readers.length).toBeGreaterThan(2)
  const unbounded = readers.filter(({ text }) => !text.includes('uniqueKeys: false')).map(({ path }) => path)
  // Reads a file that ships with the program.
  expect(unbounded).toEqual(['playground/world/first-objects.ts'])
})
