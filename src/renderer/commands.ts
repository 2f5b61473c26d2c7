import { CODE_FRAGMENT } from '../shared/web-shell.ts'
import { useApi } from './state/api.ts'
import { toProblem } from '../domain/problem.ts'
import { chooseNamespaces, context, contexts, reconnect, switchContext } from './state/contexts.ts'
import { useCommands, type Command } from './state/commands.ts'
import { navigate } from './state/navigation.ts'
import { notify } from './state/notices.ts'
import { panelTab, togglePanel } from './state/panel.ts'
import { changeSettings, theme } from './state/settings.ts'
import { shell } from './state/shell.ts'
import { views } from './views.ts'

/** Offers what the frame itself can do. */
export function useAppCommands({
  openPalette,
  focusNextPane,
}: {
  openPalette: () => void
  focusNextPane: (step: 1 | -1) => void
}): void {
  const api = useApi()

  async function resetPlayground(): Promise<void> {
    try {
      await api.resetPlayground()
      notify({ kind: 'good', message: 'The playground is back in its first state' })
    } catch (error) {
      notify({ kind: 'bad', message: 'Could not reset the playground', problem: toProblem(error) })
    }
  }

  async function openWindow(): Promise<void> {
    try {
      const { code } = await api.openWindow()
      // `noopener`: a tab that was opened by another one would begin with a copy of its session.
      if (code !== undefined) window.open(`/${CODE_FRAGMENT}${code}`, '_blank', 'noopener')
    } catch (error) {
      notify({ kind: 'bad', message: 'Could not open another window', problem: toProblem(error) })
    }
  }

  const fixed: readonly Command[] = [
    ...views.map(({ name, title }, index) => ({
      id: `open-${name}`,
      title: `Open ${title}`,
      group: 'Go to',
      shortcut: `Ctrl+${index + 1}`,
      run: () => navigate({ name }),
    })),
    {
      id: 'open-changes',
      title: 'Review changes',
      group: 'Go to',
      shortcut: 'Ctrl+Shift+R',
      run: () => navigate({ name: 'changes' }),
    },
    {
      id: 'local-mesh',
      title: 'Set up a local mesh',
      group: 'Setup',
      run: () => navigate({ name: 'setup', params: { section: 'local-mesh' } }),
    },
    {
      id: 'new-rule',
      title: 'New rule or wizard',
      group: 'Routing',
      run: () => navigate({ name: 'routing', query: { new: 'choose' } }),
    },
    {
      id: 'palette',
      title: 'Search or run a command',
      group: 'Window',
      shortcut: 'Ctrl+K',
      run: openPalette,
    },
    {
      id: 'next-pane',
      title: 'Focus next pane',
      group: 'Window',
      shortcut: 'F6',
      run: () => focusNextPane(1),
    },
    {
      id: 'last-pane',
      title: 'Focus previous pane',
      group: 'Window',
      shortcut: 'Shift+F6',
      run: () => focusNextPane(-1),
    },
    {
      id: 'panel-problems',
      title: 'Show or hide problems',
      group: 'Window',
      shortcut: 'Ctrl+Shift+M',
      run: () => togglePanel('problems'),
    },
    {
      id: 'panel-activity',
      title: 'Show or hide activity',
      group: 'Window',
      shortcut: 'Ctrl+J',
      run: () => togglePanel('activity'),
    },
    {
      id: 'forward-port',
      title: 'Forward a port…',
      group: 'Window',
      run: () => (panelTab.value = 'forwards'),
    },
    {
      id: 'panel-forwards',
      title: 'Show or hide forwards',
      group: 'Window',
      run: () => togglePanel('forwards'),
    },
    { id: 'panel-logs', title: 'Show or hide logs', group: 'Window', run: () => togglePanel('logs') },
    {
      id: 'theme-light',
      title: 'Use the light theme',
      group: 'Theme',
      run: () => changeSettings({ theme: 'light' }),
    },
    {
      id: 'theme-dark',
      title: 'Use the dark theme',
      group: 'Theme',
      run: () => changeSettings({ theme: 'dark' }),
    },
    {
      id: 'theme-system',
      title: "Use the system's theme",
      group: 'Theme',
      run: () => changeSettings({ theme: 'system' }),
    },
    {
      id: 'theme-toggle',
      title: 'Switch between light and dark',
      group: 'Theme',
      run: () => changeSettings({ theme: theme.value === 'dark' ? 'light' : 'dark' }),
    },
    {
      id: 'all-namespaces',
      title: 'Show all namespaces',
      group: 'Namespaces',
      run: () => chooseNamespaces([]),
    },
    { id: 'reconnect', title: 'Connect again', group: 'Contexts', run: reconnect },
    {
      id: 'reset-playground',
      title: 'Reset the playground',
      group: 'Contexts',
      run: () => void resetPlayground(),
    },
  ]

  useCommands(() => [
    ...fixed,
    {
      id: 'new-window',
      title: shell.value?.kind === 'browser' ? 'Open another tab' : 'New window',
      group: 'Window',
      run: () => void openWindow(),
    },
    ...contexts.value.contexts
      .filter(({ name }) => name !== context.value)
      .map(({ name }) => ({
        id: `context-${name}`,
        title: `Switch to ${name}`,
        group: 'Contexts',
        run: () => switchContext(name),
      })),
  ])
}
