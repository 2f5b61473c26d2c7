import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { readManifests } from '../../src/cli/read-manifests.ts'
import { checkObjects } from '../../src/domain/checks/index.ts'
import { labFolder, labTools } from './lab.ts'

// What `istioctl analyze` finds in manifests with known faults, the checks find too; where they say less or more, the
// reason is here.

test.skip(!existsSync(labFolder()), 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')

const file = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'analyze', 'faults.yaml')

/** What istioctl says and the checks do not, with the reason. */
const NOT_OURS: Readonly<Record<string, string>> = {
  'IST0109 VirtualService shop/one': 'it is the older one, whose rules count: nothing is wrong with it',
  'IST0132 VirtualService shop/missing': 'its gateway does not exist, which IST0101 says',
}

/** What the checks say and istioctl does not, with the reason. */
const OURS: Readonly<Record<string, string>> = {
  'IST0101 VirtualService shop/two': 'istioctl does not look at the port of a destination',
  'IST0127 AuthorizationPolicy shop/nobody': 'istioctl looks at pods of namespaces with injection alone',
  'KIA0203 DestinationRule shop/api': 'istioctl has it for the subsets of a running cluster',
}

test('the checks find what istioctl analyze finds', async () => {
  const istioctl = join(await labTools(), 'istioctl')
  // It ends with 79 where it finds something, and prints what it found all the same.
  const { stdout } = await promisify(execFile)(istioctl, [
    'analyze',
    '--all-namespaces',
    '--use-kube=false',
    '--failure-threshold=Error',
    '--output=json',
    file,
  ]).catch((error: unknown) => ({ stdout: (error as { stdout?: string }).stdout ?? '' }))
  const theirs = new Set(
    (JSON.parse(stdout) as { code: string; origin: string; level: string }[])
      .filter(({ level }) => level !== 'Info')
      .map(({ code, origin }) => `${code} ${origin}`),
  )
  const { objects } = await readManifests([file], 'default')
  const ours = new Set(
    checkObjects(objects.map(({ object }) => object))
      .findings.filter(({ severity }) => severity !== 'info')
      .map(
        ({ code, object: { kind, metadata } }) =>
          `${code} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      ),
  )
  expect([...theirs].filter(found => !ours.has(found)).toSorted()).toEqual(Object.keys(NOT_OURS))
  expect([...ours].filter(found => !theirs.has(found)).toSorted()).toEqual(Object.keys(OURS))
})
