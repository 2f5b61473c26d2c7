import { computed } from 'vue'
import { toProblem, type Problem } from '../../domain/problem.ts'
import { objectsOfText, overlayObjects } from '../../domain/kubernetes/overlay-objects.ts'
import { parseRouteTests } from '../../domain/route-tests/parse-route-tests.ts'
import { runRouteTests, type RouteTestResult } from '../../domain/route-tests/run-route-tests.ts'
import { addRouteTest, routeTestOf } from '../../domain/route-tests/write-route-test.ts'
import type { RoutingRequest } from '../../domain/routing/request.ts'
import { decideSimulated } from '../../domain/simulation/decide-simulated.ts'
import { readContent } from '../../domain/simulation/manifest-objects.ts'
import { simulateMesh, type SimulatedMesh } from '../../domain/simulation/simulated-mesh.ts'
import { parseManifest } from '../../domain/yaml/manifest.ts'
import { cluster } from './cluster.ts'
import { context, contextSummary } from './contexts.ts'
import { changeText, changedDrafts, drafts, openText } from './drafts.ts'
import { isRouteTests, ROUTE_TESTS_END } from './is-route-tests.ts'
import { changeQuery, openEditor, place } from './navigation.ts'
import { notify } from './notices.ts'
import { originTitle } from './origin-words.ts'

/** One text of route tests with what came of each. */
export interface RouteTestRun {
  /** The draft's id. */
  readonly id: string
  readonly title: string
  readonly results: readonly RouteTestResult[]
  /** What is wrong with the text; its other tests run all the same. */
  readonly problems: readonly Problem[]
}

const texts = computed(() => [...drafts.value.values()].filter(({ origin }) => isRouteTests(origin)))

const namespaceOf = (): string => contextSummary.value?.namespace ?? 'default'

/** The drafts of the context that can be read, as objects. */
const drafted = computed(() =>
  changedDrafts.value
    .filter(({ origin }) => origin.kind !== 'object' || origin.context === context.value)
    .flatMap(({ text, origin }) => {
      const manifest = parseManifest(text)
      if (manifest.problems.length > 0) return []
      const own = origin.kind === 'object' && origin.namespace !== '' ? origin.namespace : namespaceOf()
      return objectsOfText(manifest, own)
    }),
)

/** Changed texts that cannot be read: a test must not pass as if they were not there. */
const unreadable = computed<readonly Problem[]>(() =>
  changedDrafts.value
    .filter(({ origin }) => origin.kind !== 'object' || origin.context === context.value)
    .flatMap(({ text, origin }) => {
      const manifest = parseManifest(text)
      const [first] = [...manifest.problems, ...readContent(manifest, namespaceOf()).problems]
      return first === undefined
        ? []
        : [
            {
              code: 'invalid' as const,
              message: `The tests are not run: ${originTitle(origin)} is not valid, line ${String(first.line ?? 1)}: ${first.message}`,
            },
          ]
    }),
)

/** The mesh as it would be with every draft applied. */
export const draftedMesh = computed((): SimulatedMesh =>
  simulateMesh(overlayObjects(cluster.value.all(), drafted.value), namespaceOf()),
)

/** Every open text of route tests, run against the live objects with the drafts laid over them. */
export const routeTestRuns = computed<readonly RouteTestRun[]>(() =>
  texts.value.map(({ id, origin, text }) => {
    const { tests, problems } = parseRouteTests(text)
    const title = originTitle(origin)
    if (unreadable.value.length > 0)
      return { id, title, results: [], problems: [...problems, ...unreadable.value] }
    if (!cluster.value.isLoaded) return { id, title, results: [], problems }
    return { id, title, results: runRouteTests(draftedMesh.value, tests), problems }
  }),
)

/** How many passed and failed; a text that cannot be read counts as a failure. */
export const routeTestCounts = computed(() => {
  const all = routeTestRuns.value.flatMap(({ results }) => results)
  const passed = all.filter(result => result.passed).length
  const broken = routeTestRuns.value.reduce((sum, { problems }) => sum + problems.length, 0)
  return { passed, failed: all.length - passed + broken }
})

/** Shows the tests and their results below the Routing view. */
export function showRouteTests(): void {
  changeQuery({ tests: 'open' })
}

/**
 * Adds a test that expects what happens to the request now, with the drafts, to the text of tests that is open, or to
 * a new one.
 */
export function saveRouteTest(request: RoutingRequest): void {
  const [first] = texts.value
  const title = `${context.value}${ROUTE_TESTS_END}`
  const id = first?.id ?? openText({ kind: 'pasted', title }, '')
  const text = drafts.value.get(id)?.text ?? ''
  try {
    const taken = new Set(parseRouteTests(text).tests.map(({ name }) => name))
    const name = freeName(nameOf(request), taken)
    const test = routeTestOf(name, request, decideSimulated(draftedMesh.value, request))
    changeText(id, addRouteTest(text, test))
    if (place.value.name === 'routing') showRouteTests()
    else
      notify({
        kind: 'good',
        message: `Saved the route test “${name}”`,
        action: { title: 'Open tests', run: () => openEditor(id) },
      })
  } catch (error) {
    notify({ kind: 'bad', message: 'Could not save the route test', problem: toProblem(error) })
  }
}

/** A new, empty text of route tests in the editor. */
export function newRouteTests(): void {
  const [first] = texts.value
  const title = `${context.value}${ROUTE_TESTS_END}`
  openEditor(first?.id ?? openText({ kind: 'pasted', title }, ''))
}

const nameOf = ({ method, path, host, headers, from }: RoutingRequest): string => {
  const shown = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const [, app = from.namespace] = Object.entries(from.labels).find(([key]) => key === 'app') ?? []
  const extra = shown.length === 0 ? '' : ` with ${shown.join(', ')}`
  return `${method} ${path} to ${host}${extra}, from ${from.kind === 'gateway' ? 'the gateway' : app}`
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let found = name
  for (let number = 2; taken.has(found); number++) found = `${name} (${String(number)})`
  return found
}
