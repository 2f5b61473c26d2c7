// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { afterEach, expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { cluster } from '../state/cluster.ts'
import { place } from '../state/place.ts'
import NamespacePicker from './NamespacePicker.vue'

const namespaces = Array.from({ length: 500 }, (_, index): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: `team-${String(index)}` },
}))

afterEach(() => {
  document.body.innerHTML = ''
})

test('of 500 namespaces the picker lists a part, and finds the others by typing', async () => {
  cluster.value = { ...cluster.value, objects: new Map([['/Namespace', namespaces]]) }
  place.value = { name: 'home', params: {}, query: { namespaces: 'team-450' } }
  const picker = mount(NamespacePicker, { attachTo: document.body })
  await picker.get('button').trigger('click')
  await nextTick()
  const options = (): (string | undefined)[] =>
    [...document.querySelectorAll('[role=option]')].map(option => option.textContent.trim())
  expect(options()).toHaveLength(200)
  // What is chosen comes first, however long the list is.
  expect(options()[0]).toBe('team-450')
  const field = document.querySelector<HTMLInputElement>('input')
  if (field === null) throw new Error('There is no field')
  field.value = 'TEAM-499'
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await nextTick()
  await nextTick()
  expect(document.querySelectorAll('[role=option]')).toHaveLength(1)
  expect(document.querySelector('[role=option] .only-read')?.textContent).toBe('team-499')
  picker.unmount()
})
