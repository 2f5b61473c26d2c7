import type { ScalarTag, Tags } from 'yaml'

/**
 * Plain scalars that kubectl and the API server read as YAML 1.1 does and YAML 1.2 does not: `yes` is true, `017`
 * is fifteen. Source: `resolve` in sigs.k8s.io/yaml/goyaml.v2, and kubectl 1.36 with these texts.
 */
const scalarTags: readonly ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
    resolve: text => ['y', 'yes', 'on'].includes(text.toLowerCase()),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    format: 'OCT',
    test: /^[-+]?0[0-7_]*[0-7]$/,
    resolve: text => readWhole(text, /^[-+]?0/, 8),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    format: 'BIN',
    test: /^[-+]?0b_*[01][01_]*$/,
    resolve: text => readWhole(text, /^[-+]?0b/, 2),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    format: 'HEX',
    test: /^[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*$/,
    resolve: text => readWhole(text, /^[-+]?0x/, 16),
  },
  {
    tag: 'tag:yaml.org,2002:float',
    default: true,
    test: /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/,
    resolve: text => Number(text.replaceAll('_', '')),
  },
]

const readWhole = (text: string, start: RegExp, base: number): number =>
  (text.startsWith('-') ? -1 : 1) * Number.parseInt(text.replace(start, '').replaceAll('_', ''), base)

/** The tags of a schema with those of Kubernetes before them. */
export const kubernetesTags = (tags: Tags): Tags => [...scalarTags, ...tags]
