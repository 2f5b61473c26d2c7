import type { Api } from '../shared/contract.ts'
import { followChecks } from './state/checks.ts'
import { followCluster } from './state/cluster.ts'
import { followContexts } from './state/contexts.ts'
import { followDrafts } from './state/drafts.ts'
import { followForwards } from './state/forwards.ts'
import { followJournal } from './state/journal.ts'
import { followSettings } from './state/settings.ts'
import { followStorage } from './state/storage.ts'
import { notifyEndedTasks } from './state/task-notices.ts'
import { readShell } from './state/shell.ts'
import { followTasks } from './state/tasks.ts'
import { followTrafficTotal } from './state/traffic.ts'
import { followHistory } from './state/watch-history.ts'

/** Begins everything that the window follows as long as it is open; the returned function ends it. */
export function startState(api: Api): () => void {
  void readShell(api).catch((error: unknown) => console.error(error))
  const settings = followSettings(api)
  const drafts = followDrafts(api)
  const stops = [
    followContexts(api),
    followCluster(api),
    followJournal(api),
    followForwards(api),
    followTasks(api),
    followStorage(api),
    notifyEndedTasks(),
    followTrafficTotal(),
    followChecks(),
    followHistory(),
  ]
  return () => {
    for (const stop of stops) stop()
    for (const stopping of [settings, drafts]) void stopping.then(stop => stop())
  }
}
