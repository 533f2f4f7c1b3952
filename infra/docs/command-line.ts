/** @file The page of commands, from the programs themselves: `docs/command-line.md`. */
import { wholeCommandLine } from '../../apps/cli/src/main.js';

type Command = Awaited<ReturnType<typeof wholeCommandLine>>;

const isGroup = (command: Command) => command.commands.length > 0;

/** Commands that do something: those without commands of their own. */
const leavesOf = (command: Command): Command[] => (isGroup(command) ? command.commands.flatMap(leavesOf) : [command]);

/** @example 'sweep submit <file>' */
function usageOf(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent; at = at.parent) names.unshift(at.name());
  const values = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [...names, ...values].join(' ');
}

const code = (text: string) => `\`${text}\``;

/** Columns are as wide as their widest cell, as the formatter has them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [title, ...body] = cells.map(line);
  return [title, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

const commandTable = (commands: readonly Command[]) =>
  table(
    ['command', 'what it does', 'options'],
    commands.map((command) => [
      code(usageOf(command)),
      command.description(),
      command.options.map(({ long, flags }) => code(long ?? flags)).join(', '),
    ]),
  );

/** The whole page. */
export async function commandLinePage(): Promise<string> {
  const program = await wholeCommandLine();
  const common = program.options.filter(({ long }) => long !== '--version');
  const groups = program.commands.filter(isGroup);
  return `# Command line

Pages write \`rankforge\` for \`npm run rankforge --\`; \`alias rankforge='npm run --silent rankforge --'\` makes it so, inside the checkout.
\`rankforge COMMAND --help\` says what the options of a command are for, and \`rankforge --help\` which exit statuses there are.
[Settings](settings.md) are variables of the environment. The programs make this page (\`npm run infra:commands\`), and a test holds it to
them.

Every command takes these:

${table(
  ['option', 'what it says'],
  common.map(({ flags, description }) => [code(flags), description]),
)}

## Commands of one word

${commandTable(program.commands.filter((command) => !isGroup(command)))}

${groups.map((group) => `## ${code(group.name())}\n\n${group.description()}.\n\n${commandTable(leavesOf(group))}`).join('\n\n')}
`;
}
