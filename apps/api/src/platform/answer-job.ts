/**
 * Answers the one job of a process that `inProcess` began, and ends it. An error that `run` throws is an answer too. The process
 * ends with the API.
 *
 * @example answerJob(async (order: Order): Promise<Answer> => ({ made: await make(order) }))
 */
export function answerJob<Job>(run: (job: Job) => unknown): void {
  process.once('disconnect', () => process.exit(1));
  process.once('message', async (job: Job) => {
    const answer = await Promise.resolve(job).then(run).catch(failed);
    process.send?.(answer, () => process.disconnect());
  });
}

/** Answers the jobs of a process that a `ProcessPool` keeps, one after the other. The process ends with the API. */
export function answerJobs<Job>(run: (job: Job) => unknown): void {
  process.once('disconnect', () => process.exit(1));
  process.on('message', async (job: Job) => {
    process.send?.(await Promise.resolve(job).then(run).catch(failed));
  });
}

const failed = (error: unknown) => ({
  failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
});
