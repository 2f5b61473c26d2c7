import { watch } from 'vue'
import {
  createRouter,
  createWebHashHistory,
  isNavigationFailure,
  NavigationFailureType,
  type RouteLocationNormalized,
} from 'vue-router'
import HomeView from './features/home/HomeView.vue'
import { notify } from './state/notices.ts'
import { context, namespaces } from './state/contexts.ts'
import {
  changeQuery,
  NAMESPACES,
  place,
  provideNavigation,
  writeNamespaces,
  type RouteName,
} from './state/navigation.ts'
import { toProblem } from '../domain/problem.ts'

/** Every view; all but the first are loaded when they are opened. */
const routes = [
  { name: 'home', path: '/', component: HomeView },
  { name: 'traffic', path: '/traffic', component: () => import('./features/traffic/TrafficView.vue') },
  {
    name: 'routing',
    path: '/routing/:kind?/:namespace?/:name?',
    component: () => import('./features/routing/RoutingView.vue'),
  },
  {
    name: 'resources',
    path: '/resources/:group?/:plural?',
    component: () => import('./features/resources/ResourcesView.vue'),
  },
  { name: 'editor', path: '/editor/:draft?', component: () => import('./features/editor/EditorView.vue') },
  { name: 'traces', path: '/traces/:trace?', component: () => import('./features/traces/TracesView.vue') },
  { name: 'changes', path: '/changes', component: () => import('./features/changes/ChangesView.vue') },
  {
    name: 'setup',
    path: '/setup/:section?',
    component: () => import('./features/setup/SetupView.vue'),
  },
  { name: 'settings', path: '/settings', component: () => import('./features/settings/SettingsView.vue') },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = createRouter({ history: createWebHashHistory(), routes })

const names: ReadonlySet<string> = new Set(routes.flatMap(({ name }) => (name === undefined ? [] : [name])))
const isRouteName = (name: unknown): name is RouteName => typeof name === 'string' && names.has(name)

function readPlace({ name, params, query }: RouteLocationNormalized): void {
  if (!isRouteName(name)) return
  const texts = (parts: object): Record<string, string> =>
    Object.fromEntries(
      Object.entries(parts).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
      ),
    )
  place.value = { name, params: texts(params), query: texts(query) }
}

// The chosen namespaces go along wherever no others are asked for, so that an address says what is shown.
router.beforeEach(to => {
  if (context.value === '' || to.query[NAMESPACES] !== undefined || !isRouteName(to.name)) return true
  const query = { ...to.query, [NAMESPACES]: writeNamespaces(namespaces.value) }
  return { path: to.path, query, hash: to.hash }
})
/** Where the user is going, until that view has been loaded. */
let destination: RouteLocationNormalized | undefined
router.beforeEach(to => {
  destination = to
})
/** The first address is there before it is known what was chosen last. */
function completeAddress(): void {
  // To change the address now would call off the way to the other view; it is completed on arrival.
  if (destination !== undefined || context.value === '' || place.value.query[NAMESPACES] !== undefined) return
  changeQuery({ [NAMESPACES]: writeNamespaces(namespaces.value) })
}
watch(context, completeAddress)
router.afterEach((to, _from, failure) => {
  // A way that a newer one called off did not arrive.
  if (isNavigationFailure(failure, NavigationFailureType.cancelled)) return
  destination = undefined
  if (failure !== undefined) return
  readPlace(to)
  completeAddress()
})
router.onError(error => {
  destination = undefined
  notify({ kind: 'bad', message: 'Could not open the view', problem: toProblem(error) })
})

provideNavigation(
  ({ name, params = {}, query = {} }, mode) => {
    void router[mode]({ name, params, query })
  },
  ({ name, params = {}, query = {} }) => router.resolve({ name, params, query }).href,
)
