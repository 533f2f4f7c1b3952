/**
 * @file Types of Python from the schemas of an OpenAPI document: a `TypedDict` for each object, an alias for each other schema. They
 * say what a value holds; limits of numbers and patterns of texts are the API's to check.
 */

/** Words that no field of a class may be called. */
const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
const isField = (name) => /^[A-Za-z_]\w*$/.test(name) && !keywords.has(name);

/** @param made what the types are made from, for the first line of the module */
const headOf = (made) => `"""Made by \`npm run client\` from ${made}, as they stand in JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, List, Literal, TypedDict, Union

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired
`;

/**
 * @param schemas by their names, as in \`components\` of the document
 * @param made see headOf
 */
export function pythonTypes(schemas, made = 'the OpenAPI document of the API: requests and answers') {
  const module = new PythonModule(Object.keys(schemas));
  for (const [name, schema] of Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    module.add(name, schema);
  return `${headOf(made)}\n${module.definitions.join('\n')}`;
}

class PythonModule {
  /** Objects without a name of their own, by what they hold: one that stands in several places is one type. */
  inline = new Map();
  definitions = [];

  constructor(names) {
    this.names = new Set(names);
  }

  add(name, schema) {
    if (isObject(schema)) return this.typedDict(name, schema);
    const value = this.expression(schema, name, true);
    this.definitions.push(`\n${commentOf(schema, '')}${name} = ${value}\n`);
  }

  typedDict(name, schema) {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties).map(([field, value]) => {
      const type = this.expression(value, name + capitalized(field), false);
      return { field, comment: commentOf(value, '    '), type: required.has(field) ? type : `NotRequired[${type}]` };
    });
    const text = fields.every(({ field }) => isField(field))
      ? asClass(name, schema, fields)
      : asCall(name, schema, fields);
    this.definitions.push(`\n${text}`);
  }

  /** @param isRun whether Python evaluates the expression when it loads the module, so that later names are texts */
  expression(schema, hint, isRun) {
    const of = (inner, suffix = '') => this.expression(inner, hint + suffix, isRun);
    if (schema.$ref) return quoted(schema.$ref.split('/').at(-1), isRun);
    if (schema.enum) return `Literal[${schema.enum.map(literal).join(', ')}]`;
    if ('const' in schema) return `Literal[${literal(schema.const)}]`;
    const several = schema.anyOf ?? schema.oneOf;
    if (several)
      return union(several.map((part, index) => of(part, several.filter(isObject).length > 1 ? `${index + 1}` : '')));
    if (Array.isArray(schema.type)) return union(schema.type.map((type) => of({ ...schema, type })));
    if (isObject(schema)) return quoted(this.inlineName(schema, hint), isRun);
    // JSON has no tuples: what is read is a list, whatever each place holds.
    if (schema.prefixItems) return `List[${union(schema.prefixItems.map((item) => of(item, 'Item')))}]`;
    if (schema.type === 'array') return `List[${this.expression(schema.items ?? {}, singular(hint), isRun)}]`;
    if (schema.type === 'object') return `Dict[str, ${valuesOf(schema, (inner) => of(inner, 'Value'))}]`;
    return plain[schema.type] ?? 'Any';
  }

  inlineName(schema, hint) {
    const key = JSON.stringify(schema);
    const known = this.inline.get(key);
    if (known) return known;
    let name = hint;
    while (this.names.has(name)) name += '_';
    this.names.add(name);
    this.inline.set(key, name);
    this.typedDict(name, schema);
    return name;
  }
}

const plain = { string: 'str', integer: 'int', number: 'float', boolean: 'bool', null: 'None' };

/** An object whose fields are all named. */
const isObject = (schema) =>
  schema.type === 'object' && schema.properties !== undefined && typeof schema.additionalProperties !== 'object';

/** Fields that are named beside others of any name are values like these. */
const valuesOf = ({ properties, additionalProperties }, of) =>
  properties === undefined && typeof additionalProperties === 'object' ? of(additionalProperties) : 'Any';

const quoted = (name, isRun) => (isRun ? `"${name}"` : name);
const literal = (value) =>
  value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : JSON.stringify(value);

function union(types) {
  const distinct = [...new Set(types)];
  return distinct.length === 1 ? distinct[0] : `Union[${distinct.join(', ')}]`;
}

/** @example singular('LeaderboardRows') // 'LeaderboardRow' */
const singular = (name) =>
  /[^su]s$/.test(name) ? name.replace(/ies$|s$/, (end) => (end === 'ies' ? 'y' : '')) : `${name}Item`;

const capitalized = (name) => {
  const letters = name.replace(/\W+/g, '_');
  return letters.charAt(0).toUpperCase() + letters.slice(1);
};

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
const commentOf = ({ description }, indent) => (description ? `${indent}# ${oneLine(description)}\n` : '');

function asClass(name, { description }, fields) {
  const docstring = description
    ? `    """${oneLine(description).replaceAll('\\', '\\\\').replaceAll('"""', "'''")}"""\n\n`
    : '';
  const lines = fields.map(({ field, comment, type }) => `${comment}    ${field}: ${type}\n`);
  return `\nclass ${name}(TypedDict):\n${docstring}${lines.join('') || '    pass\n'}`;
}

/** The form for fields that no class may have. */
function asCall(name, schema, fields) {
  const lines = fields.map(
    ({ field, comment, type }) => `${comment}    ${JSON.stringify(field)}: ${JSON.stringify(type)},\n`,
  );
  return `${commentOf(schema, '')}${name} = TypedDict(\n    "${name}",\n    {\n${lines.join('').replaceAll(/^ {4}/gm, '        ')}    },\n)\n`;
}
