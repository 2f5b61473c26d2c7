// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { computed, defineComponent, h, shallowRef, type VNode } from 'vue'
import { buildMesh } from '../../../domain/istio/mesh.ts'
import { objectsOfText } from '../../../domain/kubernetes/overlay-objects.ts'
import type { JsonSchema } from '../../../domain/schema/json-schema.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import type { Path } from '../../../domain/yaml/path.ts'
import { drafts, openText } from '../../state/drafts.ts'
import type { ObjectModel } from './cards/object-model.ts'
import ObjectForm from './cards/ObjectForm.vue'
import CardProblems from './CardProblems.vue'
import SchemaFields from './fields/SchemaFields.vue'
import { provideForm } from './form-context.ts'
import { findRoutedKind } from './object-kinds.ts'
import { provideRouteContext } from './route-context.ts'
import { useRoutingDraft, type RoutingDraft } from './use-routing-draft.ts'

const services = `
apiVersion: v1
kind: Service
metadata: {name: myapp}
spec: {selector: {app: myapp}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: myapp-1, labels: {app: myapp, version: v1}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
`
const mesh = buildMesh(objectsOfText(parseManifest(services), 'default'))
const hosts = ['myapp', 'api']

const httpRoute = `# kept
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
spec:
  parentRefs: [{name: gw, sectionName: http}]
  hostnames: [shop.example.com]
  rules:
  - matches:
    - path: {type: PathPrefix, value: /api} # the api
      headers:
      - {name: user-type, value: beta}
    - method: POST
    filters:
    - type: RequestRedirect
      requestRedirect: {scheme: https, statusCode: 301}
    backendRefs:
    - {name: myapp, port: 80, weight: 3}
    - {name: api, port: 8080, weight: 1}
  - backendRefs:
    - {name: myap, port: 80}
`
const valueOf = (text: string): unknown => parseManifest(text).documents[0]?.value
const read = (text: string): ObjectModel => {
  const document = parseManifest(text).documents[0]
  const kind = findRoutedKind(document?.apiVersion?.split('/')[0] ?? '', document?.kind ?? '')
  if (kind?.read === undefined) throw new Error('no form')
  return kind.read(document?.value, { mesh, namespace: 'default' })
}

const schema: JsonSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        hostnames: { type: 'array', items: { type: 'string' }, description: 'Names that are asked for' },
        timeout: { type: 'string', pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' },
        retries: { type: 'object', properties: { attempts: { type: 'integer', minimum: 0 } } },
      },
    },
  },
}

/** A component inside an open draft, as the editor has it. */
function openForm(render: (draft: RoutingDraft) => VNode, text: string) {
  drafts.value = new Map()
  const id = openText({ kind: 'pasted', title: 'form' }, text)
  let draft: RoutingDraft | undefined
  const selected = shallowRef<Path>([])
  const parent = defineComponent(() => {
    const own = useRoutingDraft(
      () => id,
      () => 0,
    )
    draft = own
    provideForm({
      object: computed(() => own.shown.value?.document.value),
      schema: computed(() => schema),
      definitions: computed(() => ({})),
      selected: computed(() => selected.value),
      edit: own.edit,
      select: path => (selected.value = path),
    })
    provideRouteContext({
      rateOf: () => undefined,
      mesh: computed(() => mesh),
      namespace: computed(() => 'default'),
      problems: computed(() => []),
      hosts: computed(() => hosts),
      subsetsOf: () => [],
      live: computed(() => undefined),
      verdicts: computed(() => new Map()),
    })
    return () => render(own)
  })
  const wrapper = mount(parent, { attachTo: document.body })
  if (draft === undefined) throw new Error('no draft')
  return { wrapper, draft }
}

describe('SchemaFields', () => {
  let opened: ReturnType<typeof openForm>
  beforeEach(() => {
    opened = openForm(() => h(SchemaFields, { path: ['spec'] }), httpRoute)
  })
  afterEach(() => opened.wrapper.unmount())
  const field = (label: string) => opened.wrapper.get(`[aria-label="${label}"]`)

  test('every field is there, with what has no widget as YAML', () => {
    expect(opened.wrapper.text()).toContain('Names that are asked for')
    expect((field('hostnames as YAML').element as HTMLTextAreaElement).value).toBe('- shop.example.com')
    // Unknown to the schema, present in the object.
    expect((field('rules as YAML').element as HTMLTextAreaElement).value).toContain('name: myap')
  })

  test('YAML in place changes what it says and nothing else; undo takes it back', async () => {
    await field('hostnames as YAML').setValue('- shop.example.com\n- www.example.com')
    await field('hostnames as YAML').trigger('change')
    expect(opened.draft.text.value).toBe(
      httpRoute.replace('[shop.example.com]', '[shop.example.com, www.example.com]'),
    )
    opened.draft.undo()
    expect(opened.draft.text.value).toBe(httpRoute)
    await flushPromises()
    expect((field('hostnames as YAML').element as HTMLTextAreaElement).value).toBe('- shop.example.com')
  })

  test.each([
    ['- [', /Line 1/],
    ['shop.example.com', /must be a list/],
    ['- 5', /\[0\] must be a text/],
    ['- a\n---\n- b', /one value/],
  ])('%j is refused with the reason, and nothing is written', async (text, reason) => {
    await field('hostnames as YAML').setValue(text)
    await field('hostnames as YAML').trigger('change')
    expect(opened.wrapper.get('[role=status]').text()).toMatch(reason)
    expect(opened.draft.text.value).toBe(httpRoute)
  })

  test('a field is set, refused and taken away', async () => {
    await field('timeout').setValue('soon')
    await field('timeout').trigger('change')
    expect(opened.wrapper.text()).toContain('Write a duration')
    expect(opened.draft.text.value).toBe(httpRoute)
    await field('timeout').setValue('10s')
    await field('timeout').trigger('change')
    expect(opened.draft.text.value).toContain('timeout: 10s')
    await field('timeout').setValue('')
    await field('timeout').trigger('change')
    expect(opened.draft.text.value).toBe(httpRoute)
  })

  test('fields of a map are below it, and an empty map goes with its last field', async () => {
    const details = opened.wrapper.get('details')
    ;(details.element as HTMLDetailsElement).open = true
    await details.trigger('toggle')
    await field('retries attempts').setValue('3')
    await field('retries attempts').trigger('change')
    expect(opened.draft.text.value).toMatch(/retries:\n\s+attempts: 3/)
    await field('retries attempts').setValue('')
    await field('retries attempts').trigger('change')
    expect(opened.draft.text.value).toBe(httpRoute)
  })
})

describe('ObjectForm', () => {
  let opened: ReturnType<typeof openForm>
  beforeEach(() => {
    opened = openForm(
      draft => h(ObjectForm, { model: read(draft.shown.value?.text ?? ''), kind: 'HTTPRoute' }),
      httpRoute,
    )
  })

  afterEach(() => opened.wrapper.unmount())

  test('Alt and an arrow moves a rule, and the focus goes along', async () => {
    await opened.wrapper.get('[aria-label^="Rule 2"]').trigger('keydown', { key: 'ArrowUp', altKey: true })
    await flushPromises()
    const moved = valueOf(opened.draft.text.value) as {
      spec: { rules: { backendRefs: { name: string }[] }[] }
    }
    expect(moved.spec.rules.map(({ backendRefs }) => backendRefs[0]?.name)).toEqual(['myap', 'myapp'])
    expect(opened.draft.text.value).toContain('# the api')
    expect(document.activeElement?.getAttribute('data-card')).toBe('spec.rules.0')
  })

  test('weights keep 100', async () => {
    const handle = opened.wrapper.get('[role=slider][aria-label="Weight of myapp in rule 1"]')
    expect(handle.attributes('aria-valuenow')).toBe('75')
    await handle.trigger('keydown', { key: 'ArrowRight' })
    expect(opened.draft.text.value).toBe(
      httpRoute.replace('weight: 3', 'weight: 80').replace('weight: 1', 'weight: 20'),
    )
  })

  test('a fix is one edit', async () => {
    const button = opened.wrapper.findAll('button').find(each => each.text() === 'Send to myapp')
    await button?.trigger('click')
    expect(opened.draft.text.value).toBe(httpRoute.replace('name: myap,', 'name: myapp,'))
    opened.draft.undo()
    expect(opened.draft.text.value).toBe(httpRoute)
  })

  test('a rule is added and removed', async () => {
    const button = opened.wrapper.findAll('button').find(each => each.text() === 'Add rule')
    await button?.trigger('click')
    await flushPromises()
    expect(opened.wrapper.findAll('[data-card]')).toHaveLength(3)
    expect(document.activeElement?.getAttribute('data-card')).toBe('spec.rules.2')
    opened.draft.undo()
    expect(opened.draft.text.value).toBe(httpRoute)
  })
})

test('a problem without a fix has no button', () => {
  const { wrapper } = openForm(
    () => h(CardProblems, { problems: [{ severity: 'error', message: 'Wrong' }] }),
    httpRoute,
  )
  expect(wrapper.findAll('button')).toHaveLength(0)
  expect(wrapper.text()).toContain('Wrong')
})
