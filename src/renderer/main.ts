import './take-code.ts'
import '@fontsource-variable/inter/index.css'
import '@fontsource/jetbrains-mono/400.css'
import '@fontsource/jetbrains-mono/500.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/floating.css'
import { createApp, h } from 'vue'
import { toProblem } from '../domain/problem.ts'
import { contract } from '../shared/contract.ts'
import { connect } from '../shared/rpc/connect.ts'
import App from './App.vue'
import { openPort } from './port.ts'
import { router } from './router.ts'
import { provideApi } from './state/api.ts'
import { watchBackend } from './state/backend.ts'
import SessionPage from './shell/SessionPage.vue'
import { notify } from './state/notices.ts'

async function start(): Promise<void> {
  const opened = await openPort()
  if ('refusal' in opened) {
    const { refusal } = opened
    createApp(() => h(SessionPage, { refusal: refusal.value })).mount('#app')
    return
  }
  const api = connect(opened.port, contract)
  watchBackend(api)
  const app = createApp(App)
  provideApi(app, api)
  app.config.errorHandler = error => {
    console.error(error)
    notify({ kind: 'bad', message: 'Something in the window went wrong', problem: toProblem(error) })
  }
  app.use(router)
  app.mount('#app')
}

void start()
