import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { addAdapterCommands } from './commands/adapter.js';
import { addArtifactsCommands } from './commands/artifacts.js';
import { addAuditCommand } from './commands/audit.js';
import { addBaseCommands } from './commands/base.js';
import { addCatalogCommands } from './commands/catalog.js';
import { addDatasetCommands } from './commands/dataset.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEngineCommands } from './commands/engine.js';
import { addEstimateCommand } from './commands/estimate.js';
import { addImportCommands } from './commands/import.js';
import { addKeyCommands } from './commands/key.js';
import { addLeaderboardCommand } from './commands/leaderboard.js';
import { addPaperClaimsCommand } from './commands/paper-claims.js';
import { addProjectCommands } from './commands/project.js';
import { addStandingsCommand } from './commands/standings.js';
import { addSweepCommands } from './commands/sweep.js';
import { addTrialCommands } from './commands/trial.js';
import { addUpCommand } from './commands/up.js';
import { addWebhookCommands } from './commands/webhook.js';
import { addWorkerCommand } from './commands/worker.js';
import { CommandError, exitCode } from './exit-codes.js';
import { LocalSetupError } from './local/errors.js';
import { say } from './output/print.js';

const exitCodesText = `
Exit status: 0 ok, 1 unexpected error, 2 wrong usage, 3 refused by the API, 4 not reachable, 5 a trial failed for another
reason than its budget, 6 this machine lacks something, 7 the history of a sweep is not sound, 130 interrupted.

RANKFORGE_URL and RANKFORGE_KEY name the API; without them it is the one that \`rankforge up\` runs in .rankforge/.`;

function commandLine(): Command {
  const program = new Command('rankforge')
    .description('Which method, at which rank, fits my memory and wins, and is the difference real?')
    .option('--json', 'print the value itself instead of a table')
    .option('--url <url>', 'address of the API')
    .option('--key <secret>', 'API key; better in RANKFORGE_KEY, where other users of the machine cannot see it')
    .option('--project <name>', 'project to act in, with a key of the whole installation; or RANKFORGE_PROJECT')
    .addHelpText('after', exitCodesText)
    .exitOverride();
  addUpCommand(program);
  addSweepCommands(program);
  addLeaderboardCommand(program);
  addPaperClaimsCommand(program);
  addStandingsCommand(program);
  addTrialCommands(program);
  addAdapterCommands(program);
  addArtifactsCommands(program);
  addCatalogCommands(program);
  addBaseCommands(program);
  addEngineCommands(program);
  addEstimateCommand(program);
  addDatasetCommands(program);
  addImportCommands(program);
  addKeyCommands(program);
  addAuditCommand(program);
  addWebhookCommands(program);
  addProjectCommands(program);
  addWorkerCommand(program);
  addDoctorCommand(program);
  return program;
}

/** Runs the command line of this process (`process.argv`) and sets its exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever reads, such as `head`, may have seen enough: that is the end of the work and no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode ?? exitCode.ok);
    });
  }
  await runCommandLine(argv);
}

/** Runs one command line and sets the exit status of this process. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // Commander has printed its message by itself; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof CommandError) {
    say(pc.red(error.message));
    return error.status;
  }
  if (error instanceof LocalSetupError) {
    say(pc.red(error.message));
    return exitCode.setup;
  }
  say(pc.red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  for (let cause = (error as Error).cause; cause instanceof Error; cause = cause.cause) say(`caused by ${cause.stack}`);
  return exitCode.unexpected;
}
