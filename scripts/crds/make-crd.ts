import { join } from 'node:path'
import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { Schema } from '../../src/playground/objects/schema.ts'
import { correctedSchema } from './corrected-schema.ts'
import type { CrdNames } from './crd-names.ts'
import { withDescriptions } from './declared-descriptions.ts'
import { schemaOfValidator } from './validator-schema.ts'

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The validators' files are named after what they came from. */
function validatorFile({ package: name, group, kind, model }: CrdNames): string {
  if (name === 'istio') {
    const prefix = group.split('.').map(capitalized).join('')
    return `${prefix}${capitalized(model)}${kind}.js`
  }
  return `IoK8sSigsGatewayApiApis${capitalized(model)}${kind}.js`
}

function schemaOf(names: CrdNames, folder: string): Schema {
  const validated = schemaOfValidator(join(folder, '_schemas', validatorFile(names)))
  const declarations = join(folder, names.group, names.model, `${names.kind}.d.ts`)
  const described = withDescriptions(validated, declarations, `I${names.kind}`)
  return correctedSchema(described, names.kind, names.package === 'gateway-api')
}

/** The CustomResourceDefinition of a kind, from its models in a package's folder. */
export function makeCrd(names: CrdNames, folder: string): KubernetesObject {
  const schema = schemaOf(names, folder)
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${names.group}`,
      ...(names.package === 'istio'
        ? { labels: { 'app.kubernetes.io/part-of': 'istio' } }
        : { annotations: { 'gateway.networking.k8s.io/channel': 'experimental' } }),
    },
    spec: {
      group: names.group,
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.kind.toLowerCase(),
        ...(names.shortNames.length === 0 ? {} : { shortNames: names.shortNames }),
        categories: names.categories,
      },
      scope: names.scope,
      conversion: { strategy: 'None' },
      versions: names.versions.map(version => ({
        name: version,
        served: true,
        storage: version === names.storage,
        schema: { openAPIV3Schema: schema },
        ...(names.kind === 'ReferenceGrant' ? {} : { subresources: { status: {} } }),
        ...(names.columns.length === 0 ? {} : { additionalPrinterColumns: names.columns }),
      })),
    },
  }
}
