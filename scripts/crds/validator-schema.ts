import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import type { Schema } from '../../src/playground/objects/schema.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Module {
  readonly functions: ReadonlyMap<string, ts.FunctionDeclaration>
  /** Of imported validators: the file. */
  readonly imports: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, unknown>
  readonly exported: string
}

const modules = new Map<string, Module>()

function literal(node: ts.Expression, lists: ReadonlyMap<string, unknown>): unknown {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken)
    return -Number(literal(node.operand, lists))
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(element => literal(element, lists))
  if (ts.isIdentifier(node)) return lists.get(node.text)
  return undefined
}

function readModule(file: string): Module {
  const known = modules.get(file)
  if (known !== undefined) return known
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
    ts.ScriptKind.JS,
  )
  const functions = new Map<string, ts.FunctionDeclaration>()
  const imports = new Map<string, string>()
  const lists = new Map<string, unknown>()
  let exported = 'validate0'
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name !== undefined)
      functions.set(statement.name.text, statement)
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const named = statement.importClause?.namedBindings
      if (named !== undefined && ts.isNamedImports(named) && statement.moduleSpecifier.text.startsWith('.'))
        for (const element of named.elements)
          imports.set(element.name.text, join(dirname(file), statement.moduleSpecifier.text))
      else if (named !== undefined && ts.isNamedImports(named))
        for (const element of named.elements) imports.set(element.name.text, '')
    }
    if (ts.isVariableStatement(statement))
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(name) || initializer === undefined) continue
        if (name.text === 'validate' && ts.isIdentifier(initializer)) exported = initializer.text
        else lists.set(name.text, literal(initializer, lists))
      }
  }
  const module = { functions, imports, lists, exported }
  modules.set(file, module)
  return module
}

/**
 * The JSON schema that a validator of @kubernetes-models was compiled from. The packages hold only what Ajv made of
 * the CRDs' schemas: a function for each schema, which calls the functions of its parts and names in its errors the
 * keyword and its value.
 */
export function schemaOfValidator(file: string): Schema {
  return schemaOfFunction(file, readModule(file).exported)
}

function schemaOfFunction(file: string, name: string): Schema {
  const module = readModule(file)
  const declaration = module.functions.get(name)
  if (declaration === undefined) {
    const imported = module.imports.get(name)
    // What the package of Kubernetes' own kinds validates is known to the API server.
    if (imported === undefined || imported === '' || imported.includes('ObjectMeta'))
      return { type: 'object' }
    return schemaOfValidator(imported)
  }
  const schema: Mutable<Schema> = {}
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  let pending: Schema[] = []
  const referred: Schema[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const error = errorOf(node, module.lists)
      if (error !== undefined) {
        const { keyword, params } = error
        if (keyword === 'required') required.push(String(params['missingProperty']))
        else if (keyword === 'oneOf' || keyword === 'anyOf') {
          schema[keyword] = pending
          pending = []
        } else if (keyword === 'not') {
          schema.not = pending.at(0) ?? {}
          pending = []
        } else if (!isSeen(schema, keyword)) Object.assign(schema, keywordOf(keyword, params))
      }
    }
    if (
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      /^validate\d+$/.test(node.expression.text)
    ) {
      const part = schemaOfFunction(file, node.expression.text)
      const subject = node.arguments[0]
      if (subject === undefined) throw new Error(`a call without a subject in ${file}`)
      if (ts.isIdentifier(subject)) pending.push(part)
      else if (ts.isPropertyAccessExpression(subject)) properties[subject.name.text] = part
      else if (ts.isElementAccessExpression(subject) && ts.isStringLiteralLike(subject.argumentExpression))
        properties[subject.argumentExpression.text] = part
      else if (ts.isElementAccessExpression(subject) && ts.isIdentifier(subject.argumentExpression)) {
        if (subject.argumentExpression.text.startsWith('key')) schema.additionalProperties = part
        else schema.items = part
      } else throw new Error(`an unknown subject ${subject.getText()} in ${file}`)
    }
    ts.forEachChild(node, visit)
  }
  if (declaration.body !== undefined) visit(declaration.body)
  referred.push(...pending)
  if (Object.keys(properties).length > 0) schema.properties = sortedByName(properties)
  if (required.length > 0) schema.required = [...new Set(required)]
  // A call on the value itself that no keyword claims is a reference, or an entry of allOf, which has no type.
  const conditions = referred.filter(part => part.type === undefined)
  if (conditions.length > 0) schema.allOf = conditions
  return referred
    .filter(part => part.type !== undefined)
    .reduce<Schema>((merged, part) => mergeSchemas(part, merged), schema)
}

const sortedByName = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)))

const isSeen = (schema: Schema, keyword: string): boolean => keyword === 'type' && schema.type !== undefined

function mergeSchemas(part: Schema, own: Schema): Schema {
  const properties = { ...part.properties, ...own.properties }
  const required = [...new Set([...(part.required ?? []), ...(own.required ?? [])])]
  return {
    ...part,
    ...own,
    ...(Object.keys(properties).length === 0 ? {} : { properties: sortedByName(properties) }),
    ...(required.length === 0 ? {} : { required }),
  }
}

interface ValidationError {
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
}

function errorOf(
  node: ts.ObjectLiteralExpression,
  lists: ReadonlyMap<string, unknown>,
): ValidationError | undefined {
  const values = new Map<string, ts.Expression>()
  for (const property of node.properties)
    if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name))
      values.set(property.name.text, property.initializer)
  const keyword = values.get('keyword')
  const params = values.get('params')
  if (keyword === undefined || params === undefined || !ts.isObjectLiteralExpression(params)) return undefined
  return {
    keyword: String(literal(keyword, lists)),
    params: Object.fromEntries(
      params.properties
        .filter(property => ts.isPropertyAssignment(property))
        .map(property => [property.name.getText(), literal(property.initializer, lists)]),
    ),
  }
}

function keywordOf(keyword: string, params: Readonly<Record<string, unknown>>): Partial<Schema> {
  switch (keyword) {
    case 'type':
      return { type: String(params['type']) }
    case 'enum':
      return { enum: params['allowedValues'] as readonly unknown[] }
    case 'pattern':
    case 'format':
      return { [keyword]: params[keyword] }
    case 'exclusiveMinimum':
      return { minimum: Number(params['limit']), exclusiveMinimum: true }
    case 'exclusiveMaximum':
      return { maximum: Number(params['limit']), exclusiveMaximum: true }
    case 'maximum':
    case 'minimum':
    case 'maxLength':
    case 'minLength':
    case 'maxItems':
    case 'minItems':
    case 'maxProperties':
    case 'minProperties':
      return { [keyword]: params['limit'] }
    case 'multipleOf':
      return { multipleOf: Number(params['multipleOf']) }
    case 'uniqueItems':
      return { uniqueItems: true }
    default:
      throw new Error(`an unknown keyword ${keyword}`)
  }
}
