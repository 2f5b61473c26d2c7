import type { TextOrigin } from '../../shared/contract/workspace.ts'

/** The end of the names of texts that hold route tests. */
export const ROUTE_TESTS_END = '.routes.yaml'

/** Whether a text holds route tests, which are run and never applied. */
export const isRouteTests = (origin: TextOrigin): boolean =>
  (origin.kind === 'file' && /\.routes\.ya?ml$/i.test(origin.path)) ||
  (origin.kind === 'pasted' && /\.routes\.ya?ml$/i.test(origin.title))
