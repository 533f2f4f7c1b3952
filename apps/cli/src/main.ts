import { createRequire } from 'node:module';
import { Command } from 'commander';
import { endWithReader, runProgram } from './run-program.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const exitCodesText = `
Exit status: 0 ok, 1 unexpected error, 2 wrong usage, 3 refused (by the API, or for what a file or a model holds), 4 not reachable,
5 a trial failed for another reason than its budget, 6 this machine or the cluster lacks something, 7 the history of a sweep, or an engine
that was made, is not sound, 8 the sweep was cancelled and no trial failed, 130 interrupted.

RANKFORGE_URL and RANKFORGE_KEY name the API; without them it is the one that \`rankforge up\` runs in .rankforge/.`;

/** Puts a command, or a group of them, on the program. */
type Add = (program: Command) => void;

/** Commands by name, in the order of the help. Each is loaded when it is asked for: all together take longer than most of them. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  up: async () => (await import('./commands/up.js')).addUpCommand,
  sweep: async () => (await import('./commands/sweep.js')).addSweepCommands,
  leaderboard: async () => (await import('./commands/leaderboard.js')).addLeaderboardCommand,
  compare: async () => (await import('./commands/compare.js')).addCompareCommand,
  'paper-claims': async () => (await import('./commands/paper-claims.js')).addPaperClaimsCommand,
  standings: async () => (await import('./commands/standings.js')).addStandingsCommand,
  trial: async () => (await import('./commands/trial.js')).addTrialCommands,
  adapter: async () => (await import('./commands/adapter.js')).addAdapterCommands,
  storage: async () => (await import('./commands/storage.js')).addStorageCommand,
  artifacts: async () => (await import('./commands/artifacts.js')).addArtifactsCommands,
  backup: async () => (await import('./commands/backup.js')).addBackupCommand,
  restore: async () => (await import('./commands/backup.js')).addRestoreCommand,
  methods: async () => (await import('./commands/catalog.js')).addMethodsCommand,
  tasks: async () => (await import('./commands/catalog.js')).addTasksCommand,
  base: async () => (await import('./commands/base.js')).addBaseCommands,
  engine: async () => (await import('./commands/engine.js')).addEngineCommands,
  estimate: async () => (await import('./commands/estimate.js')).addEstimateCommand,
  dataset: async () => (await import('./commands/dataset.js')).addDatasetCommands,
  site: async () => (await import('./commands/site.js')).addSiteCommands,
  generator: async () => (await import('./commands/generator.js')).addGeneratorCommands,
  import: async () => (await import('./commands/import.js')).addImportCommands,
  key: async () => (await import('./commands/key.js')).addKeyCommands,
  audit: async () => (await import('./commands/audit.js')).addAuditCommand,
  webhook: async () => (await import('./commands/webhook.js')).addWebhookCommands,
  project: async () => (await import('./commands/project.js')).addProjectCommands,
  worker: async () => (await import('./commands/worker.js')).addWorkerCommand,
  doctor: async () => (await import('./commands/doctor.js')).addDoctorCommand,
};

function withoutCommands(): Command {
  return new Command('rankforge')
    .description('Which method, at which rank, fits my memory and wins, and is the difference real?')
    .option('--json', 'print the value itself instead of a table')
    .option('--url <url>', 'address of the API')
    .option('--key <secret>', 'API key; better in RANKFORGE_KEY, where other users of the machine cannot see it')
    .option('--project <name>', 'project to act in, with a key of the whole installation; or RANKFORGE_PROJECT')
    .addHelpText('after', exitCodesText)
    .version(version)
    .showHelpAfterError('(--help says what there is)')
    .exitOverride();
}

/** The program with the command that is asked for, or with all where none is: for its help, and to say what is near a mistyped name. */
async function commandLine(args: readonly string[]): Promise<Command> {
  const [name] = withoutCommands().parseOptions([...args]).operands;
  const asked = name !== undefined && Object.hasOwn(commands, name) ? [commands[name]!] : Object.values(commands);
  const program = withoutCommands();
  for (const add of await Promise.all(asked.map((load) => load()))) add(program);
  return program;
}

/** The program with all of its commands, for whoever reads them. */
export const wholeCommandLine = (): Promise<Command> => commandLine([]);

/** Whether names lead to a command; names after one that has no commands of its own are its arguments. */
function leadTo(program: Command, [name, ...further]: readonly string[]): boolean {
  if (name === undefined || name.startsWith('-') || program.commands.length === 0) return true;
  const found = program.commands.find((command) => command.name() === name);
  return found !== undefined && leadTo(found, further);
}

/**
 * `help sweep submit`, and `sweep help submit`, is `sweep submit --help`: the help of commander takes one name, and says nothing of one
 * that it does not know. A name that leads to no command is asked for itself, and refused with what is near it.
 */
async function withHelpLast(args: readonly string[]): Promise<string[]> {
  const group = args[1] === 'help' && (await commandLine(args)).commands.find((each) => each.name() === args[0]);
  const at = args[0] === 'help' ? 0 : group && group.commands.length > 0 ? 1 : -1;
  const names = args.filter((_, index) => index !== at);
  if (at < 0 || names.length === at) return [...args];
  return leadTo(await commandLine(names), names) ? [...names, '--help'] : names;
}

/** Runs the command line of this process (`process.argv`) and sets its exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  endWithReader();
  await runCommandLine(argv);
}

/** Runs one command line and sets the exit status of this process. */
export const runCommandLine = (argv: readonly string[]): Promise<void> =>
  runProgram(async () => {
    const args = await withHelpLast(argv.slice(2));
    const program = await commandLine(args);
    await program.parseAsync(args, { from: 'user' });
  });
