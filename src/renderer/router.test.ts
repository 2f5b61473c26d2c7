// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { ref } from 'vue'

const context = ref('')
vi.mock('./state/contexts.ts', () => ({ context, namespaces: ref<string[]>([]) }))
vi.mock('./features/home/HomeView.vue', () => ({ default: { template: '<p />' } }))
/** The view arrives when the test says so. */
let arrive = (): void => {}
const arrived = new Promise<void>(resolve => (arrive = resolve))
vi.mock('./features/editor/EditorView.vue', async () => {
  await arrived
  return { default: { template: '<p />' } }
})

test('a view that is being opened when the context becomes known is opened', async () => {
  const { router } = await import('./router.ts')
  const { place } = await import('./state/navigation.ts')
  await router.push('/')
  const going = router.push({ name: 'editor' })
  await Promise.resolve()
  context.value = 'playground'
  await Promise.resolve()
  arrive()
  await going
  await expect.poll(() => router.currentRoute.value.fullPath).toMatch(/^\/editor\?/)
  expect(place.value.name).toBe('editor')
})
