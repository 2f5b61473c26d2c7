import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { openStateFolder } from './state-folder.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-workbench-state-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const contents = { resourceVersion: 7, objects: [] }

test('what was written is read again, and only the user may read it', () => {
  const state = openStateFolder(folder)
  state.writeContents(contents)
  expect(openStateFolder(folder).readContents()).toMatchObject(contents)
  expect(statSync(join(folder, 'objects.json')).mode & 0o777).toBe(0o600)
})

test.each([
  ['no JSON', '{"version": 1, "resour'],
  ['another form', '{"version": 1, "objects": 3}'],
])('a damaged file (%s) is set aside and said', (_name, text) => {
  writeFileSync(join(folder, 'objects.json'), text)
  const said: string[] = []
  const state = openStateFolder(folder, { warn: message => said.push(message), now: () => 5 })
  expect(state.readContents()).toBeUndefined()
  expect(said).toEqual([expect.stringContaining('objects.json is damaged')])
  expect(readdirSync(folder)).toEqual(['objects.json.damaged-5'])
})

test('the certificate is for 127.0.0.1 and by its CA', () => {
  const { ca, certificate } = makeCertificate(Date.UTC(2026, 10, 22))
  const leaf = new X509Certificate(certificate)
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(leaf.verify(new X509Certificate(ca).publicKey)).toBe(true)
  expect(leaf.validToDate.getUTCFullYear()).toBe(2036)
})
