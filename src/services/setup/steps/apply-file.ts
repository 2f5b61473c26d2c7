import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import type { StepContext } from '../../tasks/task.ts'
import { readObjects } from './apply-manifest.ts'
import { applyInStep } from './change-step.ts'

/** Applies a manifest of the app, and reports how far it is. */
export const applyFile = async (
  manifests: string,
  client: KubernetesClient,
  step: StepContext,
  file: string,
): Promise<void> => applyInStep(client, readObjects(await readFile(join(manifests, file), 'utf8')), step)
