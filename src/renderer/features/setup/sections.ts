import { defineAsyncComponent, type Component } from 'vue'

export interface SetupSection {
  readonly id: string
  readonly title: string
  readonly component: Component
}

/** What the Setup view offers, in the order in which somebody new needs it. */
export const sections: readonly SetupSection[] = [
  {
    id: 'local-mesh',
    title: 'Local mesh',
    component: defineAsyncComponent(() => import('./local-mesh/LocalMeshSection.vue')),
  },
  {
    id: 'clusters',
    title: 'Clusters',
    component: defineAsyncComponent(() => import('./clusters/ClustersSection.vue')),
  },
  {
    id: 'meshes',
    title: 'Meshes',
    component: defineAsyncComponent(() => import('./meshes/MeshesSection.vue')),
  },
  {
    id: 'injection',
    title: 'Injection',
    component: defineAsyncComponent(() => import('./injection/InjectionSection.vue')),
  },
  {
    id: 'tools',
    title: 'Tools',
    component: defineAsyncComponent(() => import('./tools/ToolsSection.vue')),
  },
  {
    id: 'versions',
    title: 'Versions',
    component: defineAsyncComponent(() => import('./versions/VersionsSection.vue')),
  },
]
