import { homedir } from 'node:os'
import { join } from 'node:path'

/** Both `src/cli` and the built `out/main` lie two folders below the installation. */
const ROOT = join(import.meta.dirname, '..', '..')

export const resourcesFolder = join(ROOT, 'resources')
export const pageFolder = join(ROOT, 'out', 'renderer')

/**
 * Where the web shell and the playground keep their state: `MESH_WORKBENCH_DATA`, else the system's place for it (the
 * one that Electron gives the desktop app, so that both shells know the same drafts).
 */
export function dataFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const own = env['MESH_WORKBENCH_DATA']
  if (own) return own
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Mesh Workbench')
  if (platform === 'win32')
    return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Mesh Workbench')
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'Mesh Workbench')
}
