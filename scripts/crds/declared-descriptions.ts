import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import type { Schema } from '../../src/playground/objects/schema.ts'

interface Declarations {
  readonly file: string
  readonly types: ReadonlyMap<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>
  readonly imports: ReadonlyMap<string, string>
  /** The long names under which types are exported. */
  readonly aliases: ReadonlyMap<string, string>
}

const known = new Map<string, Declarations>()

function readDeclarations(file: string): Declarations {
  const read = known.get(file)
  if (read !== undefined) return read
  const types = new Map<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>()
  const imports = new Map<string, string>()
  const aliases = new Map<string, string>()
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true)
  for (const statement of source.statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      types.set(statement.name.text, statement)
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const named = statement.importClause?.namedBindings
      const target = statement.moduleSpecifier.text
      if (named !== undefined && ts.isNamedImports(named) && target.startsWith('.'))
        for (const element of named.elements)
          imports.set(element.name.text, join(dirname(file), target.replace(/\.js$/, '.d.ts')))
    }
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause !== undefined &&
      ts.isNamedExports(statement.exportClause)
    )
      for (const { name, propertyName } of statement.exportClause.elements)
        if (propertyName !== undefined) aliases.set(name.text, propertyName.text)
  }
  const declarations = { file, types, imports, aliases }
  known.set(file, declarations)
  return declarations
}

function commentOf(node: ts.Node): string | undefined {
  const comment = ts
    .getJSDocCommentsAndTags(node)
    .filter(part => ts.isJSDoc(part))
    .map(part => ts.getTextOfJSDocComment(part.comment) ?? '')
    .join('\n')
  // The package's own escapes: `*/` would end a comment.
  return comment === '' ? undefined : comment.replaceAll('\\*', '*').replaceAll('\\/', '/')
}

/** The schema with the descriptions of an interface in a d.ts file. */
export function withDescriptions(schema: Schema, file: string, interfaceName: string): Schema {
  if (!existsSync(file)) throw new Error(`${file} is missing`)
  const declarations = readDeclarations(file)
  const declaration = declarations.types.get(interfaceName)
  if (declaration === undefined) throw new Error(`${file} declares no ${interfaceName}`)
  return describeDeclaration(schema, declaration, declarations)
}

function describeDeclaration(
  schema: Schema,
  declaration: ts.InterfaceDeclaration | ts.TypeAliasDeclaration,
  declarations: Declarations,
): Schema {
  const description = commentOf(declaration)
  const own =
    description === undefined ? schema : { ...schema, description: schema.description ?? description }
  if (ts.isTypeAliasDeclaration(declaration)) return describeType(own, declaration.type, declarations)
  let described = describeMembers(own, declaration.members, declarations)
  for (const clause of declaration.heritageClauses ?? [])
    for (const { expression } of clause.types)
      if (ts.isIdentifier(expression)) described = describeReference(described, expression.text, declarations)
  return described
}

function describeReference(schema: Schema, name: string, declarations: Declarations): Schema {
  const file = declarations.imports.get(name)
  const target = file === undefined || !existsSync(file) ? declarations : readDeclarations(file)
  const declaration = target.types.get(target.aliases.get(name) ?? name)
  return declaration === undefined ? schema : describeDeclaration(schema, declaration, target)
}

function describeType(schema: Schema, type: ts.TypeNode, declarations: Declarations): Schema {
  if (ts.isTypeLiteralNode(type)) return describeMembers(schema, type.members, declarations)
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName)) return schema
  const item = type.typeArguments?.[0]
  if (type.typeName.text === 'Array' && item !== undefined)
    return schema.items === undefined
      ? schema
      : { ...schema, items: describeType(schema.items, item, declarations) }
  return describeReference(schema, type.typeName.text, declarations)
}

function describeMembers(
  schema: Schema,
  members: ts.NodeArray<ts.TypeElement>,
  declarations: Declarations,
): Schema {
  const properties: Record<string, Schema> = { ...schema.properties }
  let additional = schema.additionalProperties
  for (const member of members) {
    if (ts.isIndexSignatureDeclaration(member) && typeof additional === 'object')
      additional = describeType(additional, member.type, declarations)
    if (!ts.isPropertySignature(member) || member.type === undefined) continue
    const name = ts.isStringLiteral(member.name) ? member.name.text : member.name.getText()
    const part = properties[name]
    if (part === undefined) continue
    const description = commentOf(member)
    properties[name] = describeType(
      description === undefined ? part : { ...part, description },
      member.type,
      declarations,
    )
  }
  return {
    ...schema,
    ...(schema.properties === undefined ? {} : { properties }),
    ...(additional === undefined ? {} : { additionalProperties: additional }),
  }
}
