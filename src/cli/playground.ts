import { join, resolve } from 'node:path'
import type { Command } from './command.ts'
import { dataFolder, resourcesFolder } from './folders.ts'
import { untilInterrupted } from './interrupted.ts'
import { readPort } from './port-option.ts'
import { stopInTime } from './stop-in-time.ts'

export const playground: Command = {
  name: 'playground',
  usage: 'playground [--port N] [--kubeconfig FILE] [--ephemeral]',
  summary: 'Runs the simulated cluster until interrupted.',
  details: [
    '  --port N            the port of its API server on 127.0.0.1; without it a free one is taken',
    '  --kubeconfig FILE   where to write its kubeconfig',
    '  --ephemeral         starts from the beginning and keeps nothing',
    '',
    'The first line it prints is the path of its kubeconfig. It ends with Ctrl+C.',
  ],
  options: { port: { type: 'string' }, kubeconfig: { type: 'string' }, ephemeral: { type: 'boolean' } },
  async run(values) {
    const { startPlayground } = await import('../playground/start.ts')
    const port = readPort(values['port'])
    const kubeconfig = values['kubeconfig']
    const isEphemeral = values['ephemeral'] === true
    const { openDataFolder } = await import('../services/storage/open-data-folder.ts')
    const data = isEphemeral ? undefined : await openDataFolder(dataFolder(), 'playground command')
    const playground = await startPlayground({
      resourcesFolder,
      ...(isEphemeral ? {} : { dataFolder: join(dataFolder(), 'playground') }),
      ...(port === undefined ? {} : { port }),
      ...(typeof kubeconfig === 'string' ? { kubeconfigFile: resolve(kubeconfig) } : {}),
    })
    console.log(playground.kubeconfigPath)
    await untilInterrupted()
    return await stopInTime(async () => {
      await playground.stop()
      data?.close()
    })
  },
}
