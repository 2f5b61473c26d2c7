// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { nextTick, ref } from 'vue'

const context = ref('')
vi.mock('./state/contexts.ts', () => ({ context, namespaces: ref<string[]>([]) }))
vi.mock('./features/home/HomeView.vue', () => ({ default: { template: '<p />' } }))
/** The view arrives when the test says so. */
let arrive = (): void => {}
const arrived = new Promise<void>(resolve => (arrive = resolve))
let begin = (): void => {}
const begun = new Promise<void>(resolve => (begin = resolve))
vi.mock('./features/editor/EditorView.vue', async () => {
  begin()
  await arrived
  return { default: { template: '<p />' } }
})

test('a view that is being opened when the context becomes known is opened', async () => {
  const { router } = await import('./router.ts')
  const { place } = await import('./state/navigation.ts')
  await router.push('/')
  const going = router.push({ name: 'editor' })
  await begun
  context.value = 'playground'
  await nextTick()
  arrive()
  await going
  await expect.poll(() => router.currentRoute.value.fullPath).toMatch(/^\/editor\?/)
  expect(place.value.name).toBe('editor')
})
