/** @file The page about lines between workers and runners, made from the schemas that both sides are held to. */
const contracts = () => import('@rankforge/contracts');

/** Schemas of the lines and of what stands in them, by name. */
export async function runnerSchemas() {
  const { FromRunner, ToRunner } = await contracts();
  const made = [ToRunner, FromRunner].map((schema) => schema.toJSONSchema({ io: 'input' }));
  return Object.fromEntries(made.flatMap(({ $defs }) => Object.entries($defs)));
}

const linkOf = (ref) => {
  const name = ref.split('/').at(-1);
  return `[${name}](#${name.toLowerCase()})`;
};

function typeOf(schema) {
  if (schema.$ref) return linkOf(schema.$ref);
  if ('const' in schema) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return several.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.type === 'object' && schema.properties)
    return `{ ${Object.entries(schema.properties)
      .map(([name, value]) => `\`${name}\`: ${typeOf(value)}`)
      .join(', ')} }`;
  if (schema.type === 'object') return `object of ${typeOf(schema.additionalProperties)}`;
  if (schema.pattern === '^[0-9a-f]{64}$') return 'SHA-256';
  return schema.type;
}

/** Fields that every line has, told once. */
const common = ['version', 'trial', 'attempt', 'sequence'];

function tableOf(name, { description, properties, required = [] }, fields) {
  const rows = fields.map(
    (field) =>
      `| \`${field}\`${required.includes(field) ? '' : '?'} | ${typeOf(properties[field])} | ${properties[field].description ?? ''} |`,
  );
  const text = description ? `${description}\n\n` : '';
  return `### ${name}\n\n${text}${rows.length > 0 ? `| field | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n` : ''}`;
}

export async function runnerPage() {
  const { runnerVersion, longestRunnerLine, runnerAliveSeconds } = await contracts();
  const schemas = await runnerSchemas();
  const lines = Object.entries(schemas).filter(([, { properties }]) => properties?.type);
  const isOrder = ([, { properties }]) => ['run', 'score', 'stop'].includes(properties.type.const);
  const tablesOf = (some) =>
    some.map(([_name, schema]) =>
      tableOf(
        schema.properties.type.const,
        schema,
        Object.keys(schema.properties).filter((field) => field !== 'type' && !common.includes(field)),
      ),
    );
  const run = schemas.RunnerRun;
  const parts = Object.entries(schemas).filter(([, { properties }]) => properties && !properties.type);
  return `<!-- Made by \`npm run client\` from libs/contracts/src/runner.ts. -->

# Lines between a worker and a runner

A runner is a program in any language that trains what a worker orders. The worker decides: what is trained, on which rows in which
order, at which rates, and what follows from the scores. The runner computes.

The worker starts it with two pipes: file descriptor 3, from which it reads orders, and 4, on which it answers. Standard output and
standard error are its log. A line is one JSON object in UTF-8 and its newline, of at most ${longestRunnerLine} bytes. Fields with a ? may
be left out. Unknown fields are ignored, unknown types are refused, and so is another version than ${runnerVersion}. The end of 3 ends the runner.
[One in 60 lines](../examples/22-outside-runner/runner.py) trains what its order says, by torch and Python peft.

\`ready\` is its first line. After it, the worker sends one order at a time, and the runner answers \`loaded\`, then \`progress\`,
\`checkpoint\` and \`evaluated\` as they come, and \`ended\`. Between them it says \`alive\` every ${runnerAliveSeconds} seconds. \`stop\` may come at any time.

Every line but \`ready\` has these fields too:

${tableOf('Every line', { properties: run.properties, required: common }, common)}
| happens | becomes |
| --- | --- |
| \`ready\` names no such type of peft, dtype or optimizer | nothing is sent: the trial fails, and names the field |
| \`ended\` with \`out-of-memory\` | the trial is over its budget |
| \`ended\` with \`diverged\` | the trial failed: a result |
| the process ends without \`ended\`, also with status 0 | it died: the trial goes on from the last checkpoint that was stored |
| the kernel killed it for memory | as of any training process |
| \`parameters\`, \`decayed\`, \`step\` or \`examples\` are not those ordered | the trial fails: what ran is not what was asked |
| a line of another attempt, or one that came already | it is dropped |
| a line that is no JSON, has an unknown type, or is too long | the runner is ended: it died |

## To the runner

${tablesOf(lines.filter(isOrder)).join('\n')}
## From the runner

${tablesOf(lines.filter((line) => !isOrder(line))).join('\n')}
## Parts

${parts.map(([name, schema]) => tableOf(name, schema, Object.keys(schema.properties))).join('\n')}`;
}
