import { inject, type App, type InjectionKey } from 'vue'
import type { Api } from '../../shared/contract.ts'

const key: InjectionKey<Api> = Symbol('api')

/** Gives every component of the app the backend's functions. */
export function provideApi(app: App, api: Api): void {
  app.provide(key, api)
}

/** The backend's functions; only inside `setup`. */
export function useApi(): Api {
  const api = inject(key)
  if (api === undefined) throw new Error('useApi needs an app that got provideApi')
  return api
}
