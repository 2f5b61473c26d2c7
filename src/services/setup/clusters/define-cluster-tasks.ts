import type { SetupDependencies } from '../setup-dependencies.ts'
import type { TaskDefinition } from '../../tasks/task.ts'
import { defineClusterCreate } from './define-cluster-create.ts'
import { defineClusterDelete } from './define-cluster-delete.ts'
import { defineClusterStart, defineClusterStop } from './define-cluster-power.ts'
import { defineImageLoad } from './define-image-load.ts'
import { defineLoadBalancer } from './define-load-balancer.ts'

/** All long work on clusters of this machine. */
export const defineClusterTasks = (dependencies: SetupDependencies): readonly TaskDefinition[] => [
  defineClusterCreate(dependencies),
  defineClusterDelete(dependencies),
  defineClusterStart(dependencies),
  defineClusterStop(dependencies),
  defineImageLoad(dependencies),
  defineLoadBalancer(dependencies),
]
