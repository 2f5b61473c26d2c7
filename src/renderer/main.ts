import '@fontsource-variable/inter/index.css'
import '@fontsource/jetbrains-mono/400.css'
import '@fontsource/jetbrains-mono/500.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/floating.css'
import { createApp } from 'vue'
import { toProblem } from '../domain/problem.ts'
import { contract } from '../shared/contract.ts'
import { connect } from '../shared/rpc/connect.ts'
import App from './App.vue'
import { openPort } from './port.ts'
import { router } from './router.ts'
import { provideApi } from './state/api.ts'
import { tellBackendClosed } from './state/backend.ts'
import { notify } from './state/notices.ts'

const port = openPort()
port.onClose(tellBackendClosed)

const app = createApp(App)
provideApi(app, connect(port, contract))
app.config.errorHandler = error => {
  console.error(error)
  notify({ kind: 'bad', message: 'Something in the window went wrong', problem: toProblem(error) })
}
app.use(router)
app.mount('#app')
