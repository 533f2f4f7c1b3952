// Made by `npm run client` from the OpenAPI document of the API.
export interface paths {
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: operations["Health.live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Series for Prometheus: those of the key's project; of the installation for its metrics token or an admin of it */
        get: operations["Metrics.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The API can serve requests; says which dependency is down */
        get: operations["Health.ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/adapters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Imported adapters, newest first */
        get: operations["Imported.list"];
        put?: never;
        /** Import an adapter of Python peft: sweeps start from it by its name */
        post: operations["Imported.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/adapters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An imported adapter */
        get: operations["Imported.get"];
        put?: never;
        post?: never;
        /** Delete an imported adapter that no unfinished sweep starts from */
        delete: operations["Imported.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/artifacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of a trial: safetensors, or lines of JSON where it holds answers, orders or texts */
        get: operations["Artifacts.download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/artifacts/collect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove stored files that nothing refers to now; it is done every ten minutes besides */
        post: operations["Artifacts.collect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/artifacts/garbage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Stored files that nothing refers to: what a collection would remove now */
        get: operations["Artifacts.garbage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, newest first: in the own project, or in all for an admin of the installation */
        get: operations["Audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Base models: the folders of the models folder, as they are now */
        get: operations["Catalog.bases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Data sets, newest first */
        get: operations["Datasets.list"];
        put?: never;
        /** Add a data set: read it by a mapping, split it, and report what is in it */
        post: operations["Datasets.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A data set with its report */
        get: operations["Datasets.get"];
        put?: never;
        post?: never;
        /** Delete a data set that no sweep uses */
        delete: operations["Datasets.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/{id}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Examples with the mapping applied */
        get: operations["Datasets.rows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/inspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Columns of a file and its first rows, before a mapping is chosen; nothing is kept */
        post: operations["Datasets.inspect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Preview a data set: first rows and report of what would be stored; nothing is kept */
        post: operations["Datasets.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/diagnosis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions, roles, clocks, TLS, notifications, migrations, the store and workers, as this API finds them now */
        get: operations["Diagnosis.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Predict the memory of trainings from the shapes of a model; nothing is run, and nothing is written */
        post: operations["Estimates.estimate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/estimate/from": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Predict the memory of the training that a configuration of another tool describes, and say what of it was read */
        post: operations["Estimates.estimateFrom"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Stream what happens, as server-sent events whose data is an Event */
        get: operations["Events.stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generators": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Generators of the project, newest first */
        get: operations["Generators.list"];
        put?: never;
        /** Add a generator: a base of this installation, or an endpoint, which is asked for its models */
        post: operations["Generators.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generators/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a generator that no unfinished sweep asks; what it answered stays known */
        delete: operations["Generators.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys of the project, without their secrets; an admin of the installation sees all */
        get: operations["Keys.list"];
        put?: never;
        /** Make a key of the project; its secret is in this answer and never again */
        post: operations["Keys.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key for good */
        delete: operations["Keys.revoke"];
        options?: never;
        head?: never;
        /** Set quotas of a key; those of its project bind as well */
        patch: operations["Keys.change"];
        trace?: never;
    };
    "/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a key a new secret; for the overlap the old one works as well */
        post: operations["Keys.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who wins on a task and base, by how much, and whether the difference is real */
        get: operations["Leaderboard.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboard/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recall of the rows of a board by rank, where the scores of their test splits kept places */
        get: operations["Leaderboard.recall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboard/winner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The training of the row that leads a board, or of another row, whose adapter is taken */
        get: operations["Leaderboard.winner"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leaderboards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Boards that have a result on them, ours first */
        get: operations["Leaderboard.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** To the identity provider */
        get: operations["Login.leave"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/login/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Back from the identity provider: begins a session */
        get: operations["Login.arrive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who makes this request, and in which project */
        get: operations["Session.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/memory-accuracy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far measured peaks were from predicted ones, by method and engine */
        get: operations["Memory.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Methods, optimizers, strategies and recipes with the JSON Schema of their configuration */
        get: operations["Catalog.methods"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/objectives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Objectives that a model can be trained for: metrics, and how a data set is read for each */
        get: operations["Catalog.objectives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/paper-claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What papers say of methods and optimizers, and whether what was measured here agrees; as text/markdown too */
        get: operations["PaperClaims.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peft-experiments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sweeps that run experiments of peft’s method comparison here; nothing is written */
        post: operations["Experiments.read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The own project, or all of them for an admin of the installation: quotas, and what is used */
        get: operations["Projects.list"];
        put?: never;
        /** Make a project */
        post: operations["Projects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set quotas of a project */
        patch: operations["Projects.change"];
        trace?: never;
    };
    "/v1/published-results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a result file of peft’s method comparison on a board of its own */
        post: operations["Published.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/published-results/flowertune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a table of a FlowerTune leaderboard on a board of its own, in the place of an older one */
        post: operations["Published.addTable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put runs that were trained elsewhere on a board; one of the same configuration and seed is replaced */
        post: operations["Runs.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{name}/{base}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a board of runs that were trained elsewhere */
        delete: operations["Runs.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign the page in: begins a session of an HttpOnly cookie and a token for the page */
        post: operations["Session.signIn"];
        /** Sign the page out */
        delete: operations["Session.signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the page may sign in besides by a key */
        get: operations["Login.options"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/project": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** The project the page of an admin of the installation looks at; kept in the session */
        put: operations["Session.choose"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/standings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who ranks best over all boards of this installation, and what of it is more than chance */
        get: operations["Leaderboard.standings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The use of storage: bytes by kind, project and sweep, of the own project or, for an admin of the installation, of all */
        get: operations["Storage.read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sweeps, newest first */
        get: operations["Sweeps.list"];
        put?: never;
        /** Create a sweep and queue its trials */
        post: operations["Sweeps.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A sweep with its request */
        get: operations["Sweeps.get"];
        put?: never;
        post?: never;
        /** Remove a sweep that is over and that nothing stands on, with its trials; those whose results other sweeps took stay for them */
        delete: operations["Sweeps.remove"];
        options?: never;
        head?: never;
        /** Change name, tags and note of a sweep in any state; nothing that is computed depends on them */
        patch: operations["Sweeps.change"];
        trace?: never;
    };
    "/v1/sweeps/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End every trial that has not ended */
        post: operations["Sweeps.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a sweep from the request of this one */
        post: operations["Sweeps.clone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/curves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One metric of every trial, down-sampled, for an overlay */
        get: operations["Sweeps.curves"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/dependencies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sweeps whose models this one starts from, and those that start from its own */
        get: operations["Sweeps.dependencies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add seeds, ranks, learning rates or budgets, or seeds for what its board has tied; what is known is not run again */
        post: operations["Sweeps.extend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the log, attempts and metrics of a sweep agree: nothing lost, nothing done twice */
        get: operations["Sweeps.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start no further trial */
        post: operations["Sweeps.pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/priority": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run what has not started sooner, or later, than other sweeps */
        post: operations["Sweeps.prioritize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/removal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a removal of the sweep would free, what would stay, and what stands in its way */
        get: operations["Sweeps.removal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A report of a sweep as one file, for people who have no key */
        get: operations["Sweeps.report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on after a pause */
        post: operations["Sweeps.resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/retry-failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Queue failed trials again */
        post: operations["Sweeps.retryFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/{id}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Effect of its settings on validation: the score of each configuration, and how much each setting mattered */
        get: operations["Sweeps.settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Preview a sweep: what would run, what would not fit and why, and what is known; nothing is written */
        post: operations["Sweeps.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sweeps/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tags of sweeps, the most used ones first */
        get: operations["Sweeps.tags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tasks with their metrics and the source of their data; data sets of this installation come last */
        get: operations["Catalog.tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Trials, filtered and sorted, page by page */
        get: operations["Trials.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A trial with its configuration, memory, attempts and artifacts */
        get: operations["Trials.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/adapter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download the adapter of a trial: for Python peft, merged into its base model, or our file */
        get: operations["Adapters.download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/answers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answers of a procedure, question by question: what was found, what was answered, and the scores */
        get: operations["Trials.answers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a trial answered, or the first rows of the orders that it made, as a file of another program */
        get: operations["Trials.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The end of the log of each attempt */
        get: operations["Trials.log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metric series of a trial; long ones are down-sampled, keeping extremes */
        get: operations["Trials.metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Places of the relevant documents of each query, or of attacked documents before and after the attack */
        get: operations["Trials.places"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/{id}/texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Texts that a generator wrote for the examples of a training, and what was made of each */
        get: operations["Trials.texts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trials/examples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Test examples of several trials side by side: who has which right, and where they differ */
        get: operations["Trials.compareExamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Webhooks of the project, without their secrets */
        get: operations["Webhooks.list"];
        put?: never;
        /** Add a webhook; the secret that checks its signatures is in this answer and never again */
        post: operations["Webhooks.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a webhook and its deliveries */
        delete: operations["Webhooks.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List deliveries and how they were answered, newest first */
        get: operations["Webhooks.deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/retry-dead": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try again what was given up */
        post: operations["Webhooks.retryDead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a signed test message now, and say how it was answered */
        post: operations["Webhooks.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workers of the last day and their devices, those alive first */
        get: operations["Workers.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Adapter: {
            base: string;
            bytes: number;
            /** @description Of the head that came with it; null where none did. */
            classes: number | null;
            /** @description The method's configuration. */
            config: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            method: string;
            name: string;
            /** @description Of the adapter in our format. */
            sha256: string;
            targets: string[];
        };
        /**
         * @description `native`: our safetensors file. `peft`: a folder that Python peft loads onto the base model. `merged`: the base model with the adapter in its weights, as a Hugging Face folder. Folders come as a tar archive.
         * @enum {string}
         */
        AdapterFormat: "native" | "peft" | "merged";
        AdapterList: {
            items: components["schemas"]["Adapter"][];
        };
        AddRuns: {
            /** @description The base model, e.g. its id on a hub: `meta-llama/Llama-3.2-3B` is `llama-3-2-3b`. */
            base: string;
            /** @description Default: that of the board, or accuracy of a new one. Has to be that of the board where it is there. */
            metric?: {
                /**
                 * @description May be left out of accuracy, f1, exact-match, loss, perplexity.
                 * @enum {string}
                 */
                direction?: "minimize" | "maximize";
                name: string;
                /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                range?: [
                    number | null,
                    number | null
                ];
                /** @enum {string} */
                scale?: "mean" | "exp-mean";
            };
            /** @description The name of the board, which is `runs:` and this in the place of a task. */
            name: string;
            runs: components["schemas"]["ElsewhereRun"][];
            /** @description Default: the name. Has to be that of the board where it is there. */
            title?: string;
        };
        AnswerPage: {
            answers: components["schemas"]["AnswerRecord"][];
            /** @description Answers that are kept: those of its first 1000 questions. */
            kept: number;
            /** @description Name of the score that answers are sorted by. */
            metric: string;
            /** @description Of the split. */
            questions: number;
            /** @enum {string} */
            split: "validation" | "test";
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
        };
        AnswerRecord: {
            answer: string;
            /** @description Passages that stood before whoever answered, the best first. */
            context: {
                /** @description Its place among the documents, from 0. */
                document: number;
                /** @description Share of its words that is evidence of the question. */
                evidence: number;
                /** @description Whether it has a right answer as a run of its words. */
                hasAnswer?: boolean;
                /** @description Of the search; absent where it was given. */
                score?: number;
                text: string;
            }[];
            /** @description The verdict of a judge, where one was asked. */
            judged?: boolean;
            nearest: {
                /** @description The right answer that the answer shares most with. */
                right: string;
                /** @description Words that both have, as scores read them. */
                shared: string[];
            };
            /** @description Of the judge quest-eval: questions about the right answer, and how much the answer says. */
            quest?: {
                f1: number;
                questions: {
                    question: string;
                    /** @description By the right answer; null where it does not say. */
                    right: string | null;
                    /** @description By the answer; null where it does not say. */
                    said: string | null;
                }[];
                recall: number;
            };
            question: string;
            /**
             * @description What it asks for; absent where it is an answer.
             * @enum {string}
             */
            request?: "answer" | "continue" | "correct" | "summarize";
            /** @description Answers that are right. */
            right: string[];
            scores: {
                [key: string]: number;
            };
            /** @description Other statements that did, such as relations of a graph. */
            statements?: {
                kind: string;
                text: string;
            }[];
        };
        Artifact: {
            bytes: number;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /**
             * @description `turn`: what a client of a federation sends, and what it keeps for its next round. `answers`: what a procedure answered, see `GET /v1/trials/{id}/answers`. `orders`: the first rows of the queries of the test split, see `GET /v1/trials/{id}/export`. `texts`: what a generator wrote for the examples of a training, see `GET /v1/trials/{id}/texts`. `places`: where relevant or attacked documents stand, see `GET /v1/trials/{id}/places`.
             * @enum {string}
             */
            kind: "adapter" | "checkpoint" | "turn" | "answers" | "orders" | "texts" | "places" | "scores";
            sha256: string;
            step: number;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
        };
        Attempt: {
            device: string | null;
            endedAt: string | null;
            engine: components["schemas"]["EngineName"];
            leaseToken: number;
            number: number;
            outcome: ("succeeded" | "failed" | "over-budget" | "cancelled" | "handed-back" | "waits" | "lease-lost" | "child-died" | "timed-out") | null;
            /** @description Other trials that trained in the same process, on the same copy of the base; none: it was alone. */
            packedWith: string[];
            reason: string | null;
            resumedFromStep: number | null;
            /** Format: date-time */
            startedAt: string;
            workerId: string | null;
            workerName: string | null;
        };
        /** @enum {string} */
        AuditAction: "sweep.create" | "sweep.clone" | "sweep.change" | "sweep.extend" | "sweep.priority" | "sweep.cancel" | "sweep.pause" | "sweep.resume" | "sweep.retry" | "sweep.remove" | "dataset.create" | "dataset.delete" | "adapter.import" | "adapter.delete" | "adapter.download" | "artifact.download" | "artifact.collect" | "published.import" | "runs.add" | "runs.remove" | "key.create" | "key.change" | "key.rotate" | "key.revoke" | "project.create" | "project.change" | "webhook.create" | "webhook.change" | "webhook.delete" | "webhook.test" | "generator.create" | "generator.delete" | "session.sign-in";
        AuditEntry: {
            action: components["schemas"]["AuditAction"];
            /** @description Name of the key or person, as it was then. */
            actor: string;
            actorKeyId: string | null;
            /** @description Where the request came from. */
            address: string | null;
            /** Format: date-time */
            at: string;
            detail: {
                [key: string]: unknown;
            };
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            project: components["schemas"]["ProjectName"] | null;
            /** @description Finds the request in the log of the API. */
            requestId: string | null;
            /** @description Id of what it was done to. */
            subject: string | null;
        };
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            nextCursor?: string;
        };
        Base: {
            architecture: string;
            input: {
                contextLength: number;
                /** @enum {string} */
                kind: "tokens";
                vocabularySize: number;
            } | {
                channels: number;
                height: number;
                /** @enum {string} */
                kind: "image";
                width: number;
            } | {
                /** @description Ids that each field has. */
                cardinalities: number[];
                /** @enum {string} */
                kind: "fields";
            } | {
                /** @description Numbers of an example at most. */
                count: number;
                /** @enum {string} */
                kind: "features";
            };
            layers: number;
            name: string;
            parameters: number;
            /** @description What the model was made from, and its files with their digests. */
            provenance: {
                [key: string]: unknown;
            };
            /** @description Of the folder: its configuration, tokenizer and weights. */
            sha256: string;
            /** @description Linear layers an adapter can be put on. */
            targets: string[];
            width: number;
            /** @description It predicts the next token; one that does not trains a head. */
            writes: boolean;
        };
        BaseList: {
            bases: components["schemas"]["Base"][];
            /** @description Folders among the base models that cannot be used, with what is wrong with them. */
            unusable: {
                name: string;
                reason: string;
            }[];
        };
        BoardList: {
            boards: {
                base: string;
                kind: components["schemas"]["SweepKind"];
                /**
                 * Format: date-time
                 * @description When the newest sweep that has a result on it was made, or its newest result came in.
                 */
                newestAt: string;
                /** @description Made of results that others published, or of runs that were trained elsewhere; the latter by their `runs:`. */
                published: boolean;
                /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
                task: string;
                title: string;
            }[];
        };
        BoardRecall: {
            rows: {
                /** @description Mean recall down to each rank, from 1. */
                recall: number[];
                /** @description Scores of the test split that it is the mean of: those of its first 20 trainings. */
                scores: number;
                /** @description Of the row on the board that the same query gives. */
                trialIds: string[];
            }[];
            /** @description Trainings the places of whose scores cannot be read; their rows are left out. */
            unreadable: string[];
        };
        BoardReference: {
            /** @description A predictor that reads no input, or a method that is a lower reference. */
            name: string;
            score: number;
        };
        /** @description The answer of a board in short. */
        BoardVerdict: {
            /** @description Rows that fit no budget or limit that was asked for. */
            doesNotFit: number;
            /** @description The agreement of engines, by rows that are alike but for it. Absent where none compete. */
            engines?: {
                /** @description The margin was asked for. */
                asked: boolean;
                pairs: {
                    /** @description Mean over the seeds that both have of one score minus the other; of perplexities of their ratio, less 1. Null where `unjudged` says why. */
                    difference: number | null;
                    engines: [
                        string,
                        string
                    ];
                    /** @description A difference that matters: the one that was asked for, else the deviation that another seed gives both rows. */
                    margin: number | null;
                    rows: [
                        number,
                        number
                    ];
                    unjudged: string | null;
                    /** @description Shown to be less than the margin (two one-sided tests at α, each seed against itself). */
                    within: boolean;
                }[];
            };
            /** @description That two rows are tied does not say that they are equal. Absent where no row is tied. */
            equivalent?: {
                /** @description The margin was asked for. Otherwise it is the deviation that another seed gives the leader. */
                asked: boolean;
                /** @description A difference that matters, in the unit of the score; of perplexities a part of the other one. */
                margin: number;
                /** @description Rows of `tied` that are shown to differ from the leader by less (two one-sided tests at α). */
                rows: number[];
            };
            /** @description Index of the row that leads; null where none has a score. */
            leader: number | null;
            /** @description The budget that was asked for. */
            memoryBudgetMiB: number | null;
            /** @description Rows with a score of methods that train nothing: one run stands for every seed, and more tell nothing. */
            seedless: number[];
            /** @description Further seeds of the leader and of the nearest tied row, each that trains, that would tell them apart on this board with a chance of `power`, if the difference is as large as it looks. Absent where no row is tied, neither trains, or nothing says it. */
            seeds?: {
                /** @description An estimate. Null: more than `most`. */
                further: number | null;
                /** @description 80 % interval of the number, since the difference and its variance are estimates. Null: more than `most`. */
                interval: [
                    number | null,
                    number | null
                ];
                /** @description The difference is smaller than its own standard error. */
                isBelowError: boolean;
                most: number;
                power: number;
                /** @description The row of `tied` with the nearest score. */
                row: number;
            };
            /** @description Rows that cannot be told apart from it, though nothing is missing for the test. */
            tied: number[];
            /** @description Rows that are not judged: they or the leader have one seed, and how much was luck of the seed is unknown. */
            undecided: number[];
        };
        BoardWinner: {
            /** @description Formats in which its adapter can be had, the best first; empty where it left none. */
            formats: components["schemas"]["AdapterFormat"][];
            metric: string;
            /** @description The row, as people read it. */
            name: string;
            /** @description Code in Python that loads the first of the formats from the folder that its archive unpacks to; null where transformers has no class of the model. */
            python: string | null;
            row: number;
            seed: number;
            /** @description Seeds of the row with a score on validation. */
            seeds: number;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
            /** @description The score of this seed on validation, which chose it. */
            validation: number;
        };
        /** @description What wins within one memory budget, and what does not fit it. */
        BudgetAnswer: {
            /** @description Every row that does not fit, the smallest first. */
            doesNotFit: {
                /** @description The most that was predicted or measured. */
                bytes: number | null;
                name: string;
                /** @description Smallest budget of the sweeps that it fits. */
                smallestBudgetMiB: number | null;
            }[];
            /** @description Further seeds that would tell the leader from the nearest tied row; null where nothing says it. */
            furtherSeeds: number | null;
            /** @description Null where no row within the budget has a score. */
            leader: {
                /** @description Its method, with its optimizer and what else competes, without the rank. */
                contender: string;
                interval: [
                    number,
                    number
                ] | null;
                /** @description As people read it. */
                name: string;
                /** @description Mean over seeds on the test split. */
                score: number | null;
                trialIds: string[];
            } | null;
            /** @description Null: the results of the board name no budget, and none was asked for. */
            memoryBudgetMiB: number | null;
            /** @description The answer in words. */
            text: string;
            /** @description Rows that cannot be told apart from the leader. */
            tied: {
                /** @description Its method, with its optimizer and what else competes, without the rank. */
                contender: string;
                interval: [
                    number,
                    number
                ] | null;
                /** @description As people read it. */
                name: string;
                /** @description Mean over seeds on the test split. */
                score: number | null;
                trialIds: string[];
            }[];
            /** @description Rows that are not judged against the leader. */
            undecided: {
                /** @description Its method, with its optimizer and what else competes, without the rank. */
                contender: string;
                interval: [
                    number,
                    number
                ] | null;
                /** @description As people read it. */
                name: string;
                /** @description Mean over seeds on the test split. */
                score: number | null;
                trialIds: string[];
            }[];
        };
        /** @description Bytes, between which 95 of 100 runs are to lie. */
        ByteInterval: {
            high: number;
            low: number;
        };
        CardBytes: {
            /** @description Bytes of its memory, by its data sheet. */
            bytes: number;
            /** @description Bytes that are left for what torch reserves. */
            left: number;
            name: string;
            /** @description Bytes that driver, CUDA context and libraries are assumed to take: no measurement. */
            overhead: number;
            title: string;
        };
        ChangeKey: {
            quotas: {
                /** @description MiB of device memory that running trials have reserved at once. Further trials wait. */
                maxReservedMiB?: number | null;
                /** @description Trials that run at once. Further ones wait. */
                maxRunningTrials?: number | null;
                /** @description MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused. */
                maxStoredMiB?: number | null;
            };
        };
        ChangePriority: {
            /** @description Larger runs first. */
            priority: number;
        };
        ChangeProject: {
            quotas: {
                /** @description MiB of device memory that running trials have reserved at once. Further trials wait. */
                maxReservedMiB?: number | null;
                /** @description Trials that run at once. Further ones wait. */
                maxRunningTrials?: number | null;
                /** @description MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused. */
                maxStoredMiB?: number | null;
            };
        };
        ChangeSweep: {
            /** @description Beside the present ones. */
            addTags?: (string & (unknown & unknown))[];
            name?: string;
            /** @description In the place of the present one; null or "": none. */
            note?: string | null;
            /** @description Those that it does not have change nothing. */
            removeTags?: (string & (unknown & unknown))[];
            /** @description In the place of all present ones. */
            tags?: (string & (unknown & unknown))[];
        };
        /**
         * @description Lays out conversations in place of the template of the base model. `chatml` needs a tokenizer with <|im_start|> and <|im_end|>; `lines` writes roles as words, as in "User: …".
         * @enum {string}
         */
        ChatTemplateName: "chatml" | "lines";
        ChooseProject: {
            name: string;
        };
        /** @description A tool that trains each configuration, before the command scores it. */
        CommandPreset: {
            /** @description Keys of its YAML, e.g. base and data. Method, rank, learning rate, steps and seed come from the trial. */
            settings: {
                [key: string]: unknown;
            };
            /**
             * @description Its command is on the PATH of the worker.
             * @enum {string}
             */
            tool: "axolotl" | "llamafactory";
        };
        ComparedExample: {
            /** @description The example as people read it, texts shortened, by field; absent where texts are withheld. */
            fields?: {
                [key: string]: string;
            };
            /** @description In the test split, from 0. */
            place: number;
            /** @description The answer that each wrote, of the first questions of a procedure, or the class that it said, where that follows from what is kept: the right one, or of two the other. Null: nobody kept it. Absent: no answer of any is kept. */
            said?: (string | null)[];
            /** @description Of each trial, in the order of `trials`; null where it is no number, which is the worst. */
            scores: (number | null)[];
        };
        ComparedExamples: {
            compared: components["schemas"]["ExampleComparison"] | null;
            /** @description Trials that are left out, each with the reason. */
            left: {
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                reason: string;
            }[];
            /** @description Why nothing is compared, in words. */
            none?: string;
        };
        CreateAdapter: {
            base: string;
            /** @description The content of `adapter_config.json`. */
            config: {
                [key: string]: unknown;
            };
            name: string;
        };
        CreateDataset: {
            format: components["schemas"]["DatasetFormat"];
            mapping: components["schemas"]["DatasetMapping"];
            name: string;
            /** @description A file (a folder for images, beir, trec and crud-rag) below the data folder of the API, in place of an upload. */
            path?: string;
            /** @description Leave out the rows of a table that have an empty cell among those that are read, and count them in the report. Default: such a row is refused. */
            skipEmpty?: boolean;
            /**
             * @default {
             *       "by": "hash",
             *       "validation": 0.1,
             *       "test": 0.1
             *     }
             */
            split?: components["schemas"]["DatasetSplitInput"];
        };
        CreateEstimate: {
            /** @description Forward passes of one optimizer step, whose gradients are added up; default: 1. */
            accumulate?: number;
            /**
             * @description How an engine of this platform holds scores of attention; default: chunked above 512 tokens. That of torch is in `torch`.
             * @enum {string}
             */
            attention?: "whole" | "chunked";
            /** @description A base model of this installation; or give `config`. */
            base?: string;
            /**
             * @description Examples of a forward pass.
             * @default 1
             */
            batch?: number;
            /** @description Bytes that are to suffice. */
            budget?: number;
            /**
             * @description Blocks that are run again in the backward pass. Default: none; `block` where torch prepares a quantized base.
             * @enum {string}
             */
            checkpointing?: "none" | "block";
            /** @description Outputs of a head that is trained; default: none where the model gives outputs without one, as the next token, and 2 elsewhere. */
            classes?: number;
            /**
             * @description Type of products with frozen kernels on an engine of this platform; default: float32. `tensorflow` and `torch` take `bfloat16`.
             * @enum {string}
             */
            computeDtype?: "float32" | "bfloat16";
            /** @description The content of a `config.json`, as Hugging Face writes it or as we do; no weights are needed. */
            config?: {
                [key: string]: unknown;
            };
            /**
             * @description Type of the kernels of the base; default: float32, and in torch bfloat16.
             * @enum {string}
             */
            dtype?: "float32" | "bfloat16" | "float16" | "int8" | "nf4";
            /** @default wasm */
            engine?: components["schemas"]["EngineName"];
            /** @description Examples of an epoch, for the time of one on `gpu`. */
            examples?: number;
            /** @description A card whose memory is to suffice, e.g. `rtx-4090`, in the place of `budget`. Of `torch`; without either, each row names the cards that hold it. */
            gpu?: string;
            /** @description Default: all that fine-tune. */
            methods?: string[];
            /**
             * @description In its default configuration.
             * @default adamw
             */
            optimizer?: string;
            /** @description The price of an hour of a card, by its name: cheaper cards are named first. */
            prices?: {
                [key: string]: number;
            };
            /** @description Default: that of each method. */
            ranks?: number[];
            /** @description Tokens of an example; default: 512, or all that a shorter model takes. */
            sequence?: number;
            /**
             * @description Linear layers that get an adapter, by their name within a block.
             * @default [
             *       "query",
             *       "value"
             *     ]
             */
            targets?: string[];
            /** @description Asks for the bytes of transformers and peft on CUDA; absent: those of an engine of this platform. */
            torch?: components["schemas"]["TorchSetup"];
        };
        CreateFileEstimate: {
            /** @description The `adapter_config.json` beside a file that has none itself. */
            adapter?: {
                [key: string]: unknown;
            };
            /** @description A base model of this installation, in the place of the one that the file names. */
            base?: string;
            /** @description Bytes that are to suffice. */
            budget?: number;
            /** @description The `config.json` of the base, where the file names one that is not known here. */
            config?: {
                [key: string]: unknown;
            };
            /** @description Examples of an epoch, for the time of one on `gpu`. */
            examples?: number;
            /** @description The configuration of axolotl, LLaMA-Factory, TRL or peft: the text of a file in YAML or JSON. */
            file: string;
            /** @description A card whose memory is to suffice, e.g. `rtx-4090`, in the place of `budget`. Of `torch`; without either, each row names the cards that hold it. */
            gpu?: string;
            /** @description Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1. */
            gpus?: number;
            /** @description The price of an hour of a card, by its name: cheaper cards are named first. */
            prices?: {
                [key: string]: number;
            };
            /**
             * @description How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.
             * @enum {string}
             */
            shard?: "ddp" | "zero1" | "zero2" | "zero3" | "fsdp";
        };
        CreateGenerator: {
            base: string;
            /** @enum {string} */
            kind: "base";
            name: string;
            /**
             * @description `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML. Absent: `model` where the model has a chat template, else `plain`.
             * @enum {string}
             */
            template?: "model" | "plain" | "chatml";
        } | {
            /**
             * @description `completions` continues a prompt, and scores it where the endpoint can repeat one.
             * @default chat
             * @enum {string}
             */
            api?: "chat" | "completions";
            /** @description Variable of the environment of API and workers that holds its key; absent: it needs none. */
            keyFrom?: string;
            /** @enum {string} */
            kind: "endpoint";
            model: string;
            name: string;
            /** @description What its tokens cost, in a currency of yours; absent: boards say nothing of money. */
            price?: components["schemas"]["TokenPrice"];
            /** @description What `/chat/completions` follows, e.g. `http://127.0.0.1:8000/v1`. */
            url: string;
        } | {
            /** @enum {string} */
            kind: "adapter";
            name: string;
            /**
             * @description `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML. Absent: `model` where the model has a chat template, else `plain`.
             * @enum {string}
             */
            template?: "model" | "plain" | "chatml";
            /**
             * Format: uuid
             * @description A training of the project that succeeded, on a base that predicts the next token.
             */
            trial: string;
        } | {
            /**
             * @description Most tokens that are read and written in all, if the model reads as many. Memory grows with it.
             * @default 4096
             */
            context?: number;
            /** @description A GGUF file that lies in the models folder of the installation. */
            file: string;
            /** @enum {string} */
            kind: "gguf";
            name: string;
            /**
             * @description `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML. Absent: `model` where the model has a chat template, else `plain`.
             * @enum {string}
             */
            template?: "model" | "plain" | "chatml";
        };
        CreateKey: {
            expiresInDays?: number;
            /**
             * @description An admin of every project instead of a key of this one; only such an admin makes another.
             * @default false
             */
            installation?: boolean;
            /** @description What it is for. */
            name: string;
            /**
             * @description Those of its project bind as well.
             * @default {}
             */
            quotas?: {
                /** @description MiB of device memory that running trials have reserved at once. Further trials wait. */
                maxReservedMiB?: number | null;
                /** @description Trials that run at once. Further ones wait. */
                maxRunningTrials?: number | null;
                /** @description MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused. */
                maxStoredMiB?: number | null;
            };
            /** @default submitter */
            role?: components["schemas"]["Role"];
        };
        CreateProject: {
            name: string;
        };
        CreateSweep: {
            /** @description A pretraining from scratch takes its shapes and its tokenizer. */
            base: string;
            chatTemplate?: components["schemas"]["ChatTemplateName"];
            /** @description The program of a script and its arguments, e.g. `["python", "train.py", "--lr", "{learningRate}"]`. `{name}` stands for a setting of the method or a fact of the trial. No shell reads it. */
            command?: string[];
            /**
             * @description Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.
             * @default wasm
             */
            engine?: components["schemas"]["EngineName"] | components["schemas"]["EngineName"][];
            /** @description Of a federation: its clients, rounds and scenarios. Methods then name their `strategy`. */
            federation?: components["schemas"]["RequestedFederation"];
            /** @description The folder that a script runs in, in one that the installation allows. */
            folder?: string;
            /** @description The generator that procedures of an evaluation ask, or recipes of a fine-tuning that have texts written, by its name. See `GET /v1/generators`. */
            generator?: string;
            /**
             * @description Of a pretraining: what it starts from. Default: weights drawn from the trial's seed.
             * @enum {string}
             */
            initial?: "base" | "random";
            /** @default finetune */
            kind?: components["schemas"]["SweepKind"];
            /** @description A list, or a range for a search that samples. Default: each method's own first learning rate. */
            learningRate?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale?: "log" | "linear";
            };
            /** @description How much of further measures a trial may take, as predicted before it runs, in the unit of the measure. Each training has one trial under each memory budget with each limit. */
            limits?: {
                [key: string]: number[];
            };
            /** @description Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget. */
            memoryBudgetMiB: number[];
            methods: components["schemas"]["MethodAxis"][];
            name: string;
            /** @description Plain text about the sweep, for people. */
            note?: string;
            /** @description Validation metric that chooses configurations. Default: the task's primary metric. */
            objective?: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                metric: string;
            };
            /**
             * Format: uuid
             * @description A training, or a sweep for its best training on validation: the model that it leaves, its adapter merged, is what `base` stands for. The sweep waits until it has ended.
             */
            on?: string;
            /** @description Of a script: axolotl or LLaMA-Factory trains each configuration first, by a file that the trial renders; `command` then scores what is in `{output}`. */
            preset?: components["schemas"]["CommandPreset"];
            /**
             * @description Larger runs first.
             * @default 50
             */
            priority?: number;
            /** @description Rules of the comparison; "fair" takes the defaults of that one. Omitted: every configuration that the search asks for competes. */
            protocol?: "fair" | components["schemas"]["Protocol"];
            /**
             * @description A list, a range for a search that samples, or "max": the largest rank that fits each budget.
             * @default [
             *       8
             *     ]
             */
            rank?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale?: "log" | "linear";
            } | "max";
            /** @description Of a compression: optimizer steps after it, in place of `training.steps`; 0 is without recovery. Each is a row of the board. Default: 0. */
            recoverySteps?: number[];
            /**
             * @description Further attempts after a lost worker or a crash.
             * @default 2
             */
            retries?: number;
            /**
             * @description Take results already known for the same trial instead of running it again.
             * @default true
             */
            reuse?: boolean;
            /** @description Trains promising configurations further than others. Omitted: all to the last step. */
            scheduler?: components["schemas"]["Scheduler"];
            /**
             * @default {
             *       "kind": "grid"
             *     }
             */
            search?: components["schemas"]["Search"];
            /**
             * @default [
             *       0,
             *       1,
             *       2
             *     ]
             */
            seed?: number[];
            /** @description Once a training did not fit its budget, larger ranks of it that are predicted to need no less end as `OVER_BUDGET` under that budget and smaller ones, and are not run. Default: each is tried. */
            skipLargerRanks?: boolean;
            /** @description Words to find the sweep by, at most 16, in lower case. Nothing that is computed depends on them. */
            tags?: (string & (unknown & unknown))[];
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
            /**
             * @description Missing fields take the task's defaults.
             * @default {}
             */
            training?: {
                /**
                 * @description Micro-batches per optimizer step.
                 * @default 1
                 */
                accumulate?: number;
                /** @description Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis. */
                apartBlocks?: number | number[];
                /** @description `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis. */
                attention?: ("auto" | "whole" | "chunked") | ("auto" | "whole" | "chunked")[];
                /** @description Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis. */
                baseDtype?: ("float32" | "bfloat16" | "float16" | "int8" | "nf4") | ("float32" | "bfloat16" | "float16" | "int8" | "nf4")[];
                batchSize?: number;
                /** @description Steps between checkpoints. Default: 50, and of a federation those of a round. */
                checkpointEvery?: number;
                /** @description `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis. */
                checkpointing?: ("none" | "block") | ("none" | "block")[];
                /**
                 * @description Global gradient norm is clipped to this; null: it is not.
                 * @default 1
                 */
                clipNorm?: number | null;
                /** @description Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis. */
                computeDtype?: ("float32" | "bfloat16") | ("float32" | "bfloat16")[];
                /** @description Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis. */
                devices?: number | number[];
                /** @description Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis. */
                doubleQuantization?: ("on" | "off") | ("on" | "off")[];
                /** @default 0 */
                dropout?: number;
                /** @description Steps between validations; default: only at the end. */
                evalEvery?: number;
                /**
                 * @description `perLayer` updates each parameter in the backward pass and frees its gradient: less memory, the same numbers. It needs `clipNorm` null and `accumulate` 1. Default: `tree`, all after the pass.
                 * @enum {string}
                 */
                execution?: "tree" | "perLayer";
                /** @description Learning rate of a head made for the task, on the same schedule, whatever the learning rates that are tried. Default: that of all else. */
                headLearningRate?: number;
                /**
                 * @description Cuts each batch into the largest micro-batches that fit the budget. A step sees the same examples; `batchSize` and `accumulate` of the trial say how.
                 * @enum {string}
                 */
                microBatch?: "auto";
                /** @description Steps between measurements of the largest queries and keys, for low-rank updates; default: none. */
                normEvery?: number;
                /** @description Of a ranker: places of a row that are the query's, special tokens before it among them; the text has the others, and either is padded by itself. Default: the text follows on the query. */
                queryTokens?: number;
                /**
                 * @default cosine
                 * @enum {string}
                 */
                schedule?: "constant" | "linear" | "cosine";
                sequenceLength?: number;
                /** @description What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis. */
                shard?: ("ddp" | "zero2" | "zero3" | "fsdp") | ("ddp" | "zero2" | "zero3" | "fsdp")[];
                /** @description 0 evaluates what training starts from. */
                steps?: number;
                /** @description Linear layers that a method is put on, by their name within a block. Default: query and value for a fine-tuning, else all. */
                targets?: string[];
                /**
                 * @description Of a ranker with `queryTokens`: the title of a text, its first line where more follow, stands behind the query in its places, so that blocks apart read both together. Default: titles stay with their texts.
                 * @enum {boolean}
                 */
                titleWithQuery?: true;
                /** @default 0 */
                warmupSteps?: number;
            };
            /** @default 3600 */
            trialTimeoutSeconds?: number;
        };
        CreateSweepOutput: {
            /** @description A pretraining from scratch takes its shapes and its tokenizer. */
            base: string;
            chatTemplate?: components["schemas"]["ChatTemplateName"];
            /** @description The program of a script and its arguments, e.g. `["python", "train.py", "--lr", "{learningRate}"]`. `{name}` stands for a setting of the method or a fact of the trial. No shell reads it. */
            command?: string[];
            /**
             * @description Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.
             * @default wasm
             */
            engine: components["schemas"]["EngineName"] | components["schemas"]["EngineName"][];
            /** @description Of a federation: its clients, rounds and scenarios. Methods then name their `strategy`. */
            federation?: components["schemas"]["RequestedFederationOutput"];
            /** @description The folder that a script runs in, in one that the installation allows. */
            folder?: string;
            /** @description The generator that procedures of an evaluation ask, or recipes of a fine-tuning that have texts written, by its name. See `GET /v1/generators`. */
            generator?: string;
            /**
             * @description Of a pretraining: what it starts from. Default: weights drawn from the trial's seed.
             * @enum {string}
             */
            initial?: "base" | "random";
            /** @default finetune */
            kind: components["schemas"]["SweepKind"];
            /** @description A list, or a range for a search that samples. Default: each method's own first learning rate. */
            learningRate?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale: "log" | "linear";
            };
            /** @description How much of further measures a trial may take, as predicted before it runs, in the unit of the measure. Each training has one trial under each memory budget with each limit. */
            limits?: {
                [key: string]: number[];
            };
            /** @description Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget. */
            memoryBudgetMiB: number[];
            methods: components["schemas"]["MethodAxisOutput"][];
            name: string;
            /** @description Plain text about the sweep, for people. */
            note?: string;
            /** @description Validation metric that chooses configurations. Default: the task's primary metric. */
            objective?: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                metric: string;
            };
            /**
             * Format: uuid
             * @description A training, or a sweep for its best training on validation: the model that it leaves, its adapter merged, is what `base` stands for. The sweep waits until it has ended.
             */
            on?: string;
            /** @description Of a script: axolotl or LLaMA-Factory trains each configuration first, by a file that the trial renders; `command` then scores what is in `{output}`. */
            preset?: components["schemas"]["CommandPreset"];
            /**
             * @description Larger runs first.
             * @default 50
             */
            priority: number;
            /** @description Rules of the comparison; "fair" takes the defaults of that one. Omitted: every configuration that the search asks for competes. */
            protocol?: components["schemas"]["ProtocolOutput"];
            /**
             * @description A list, a range for a search that samples, or "max": the largest rank that fits each budget.
             * @default [
             *       8
             *     ]
             */
            rank: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale: "log" | "linear";
            } | "max";
            /** @description Of a compression: optimizer steps after it, in place of `training.steps`; 0 is without recovery. Each is a row of the board. Default: 0. */
            recoverySteps?: number[];
            /**
             * @description Further attempts after a lost worker or a crash.
             * @default 2
             */
            retries: number;
            /**
             * @description Take results already known for the same trial instead of running it again.
             * @default true
             */
            reuse: boolean;
            /** @description Trains promising configurations further than others. Omitted: all to the last step. */
            scheduler?: components["schemas"]["SchedulerOutput"];
            /**
             * @default {
             *       "kind": "grid"
             *     }
             */
            search: components["schemas"]["SearchOutput"];
            /**
             * @default [
             *       0,
             *       1,
             *       2
             *     ]
             */
            seed: number[];
            /** @description Once a training did not fit its budget, larger ranks of it that are predicted to need no less end as `OVER_BUDGET` under that budget and smaller ones, and are not run. Default: each is tried. */
            skipLargerRanks?: boolean;
            /** @description Words to find the sweep by, at most 16, in lower case. Nothing that is computed depends on them. */
            tags?: (string & (unknown & unknown))[];
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
            /**
             * @description Missing fields take the task's defaults.
             * @default {}
             */
            training: {
                /**
                 * @description Micro-batches per optimizer step.
                 * @default 1
                 */
                accumulate?: number;
                /** @description Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis. */
                apartBlocks?: number | number[];
                /** @description `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis. */
                attention?: ("auto" | "whole" | "chunked") | ("auto" | "whole" | "chunked")[];
                /** @description Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis. */
                baseDtype?: ("float32" | "bfloat16" | "float16" | "int8" | "nf4") | ("float32" | "bfloat16" | "float16" | "int8" | "nf4")[];
                batchSize?: number;
                /** @description Steps between checkpoints. Default: 50, and of a federation those of a round. */
                checkpointEvery?: number;
                /** @description `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis. */
                checkpointing?: ("none" | "block") | ("none" | "block")[];
                /**
                 * @description Global gradient norm is clipped to this; null: it is not.
                 * @default 1
                 */
                clipNorm?: number | null;
                /** @description Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis. */
                computeDtype?: ("float32" | "bfloat16") | ("float32" | "bfloat16")[];
                /** @description Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis. */
                devices?: number | number[];
                /** @description Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis. */
                doubleQuantization?: ("on" | "off") | ("on" | "off")[];
                /** @default 0 */
                dropout?: number;
                /** @description Steps between validations; default: only at the end. */
                evalEvery?: number;
                /**
                 * @description `perLayer` updates each parameter in the backward pass and frees its gradient: less memory, the same numbers. It needs `clipNorm` null and `accumulate` 1. Default: `tree`, all after the pass.
                 * @enum {string}
                 */
                execution?: "tree" | "perLayer";
                /** @description Learning rate of a head made for the task, on the same schedule, whatever the learning rates that are tried. Default: that of all else. */
                headLearningRate?: number;
                /**
                 * @description Cuts each batch into the largest micro-batches that fit the budget. A step sees the same examples; `batchSize` and `accumulate` of the trial say how.
                 * @enum {string}
                 */
                microBatch?: "auto";
                /** @description Steps between measurements of the largest queries and keys, for low-rank updates; default: none. */
                normEvery?: number;
                /** @description Of a ranker: places of a row that are the query's, special tokens before it among them; the text has the others, and either is padded by itself. Default: the text follows on the query. */
                queryTokens?: number;
                /**
                 * @default cosine
                 * @enum {string}
                 */
                schedule?: "constant" | "linear" | "cosine";
                sequenceLength?: number;
                /** @description What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis. */
                shard?: ("ddp" | "zero2" | "zero3" | "fsdp") | ("ddp" | "zero2" | "zero3" | "fsdp")[];
                /** @description 0 evaluates what training starts from. */
                steps?: number;
                /** @description Linear layers that a method is put on, by their name within a block. Default: query and value for a fine-tuning, else all. */
                targets?: string[];
                /**
                 * @description Of a ranker with `queryTokens`: the title of a text, its first line where more follow, stands behind the query in its places, so that blocks apart read both together. Default: titles stay with their texts.
                 * @enum {boolean}
                 */
                titleWithQuery?: true;
                /** @default 0 */
                warmupSteps?: number;
            };
            /** @default 3600 */
            trialTimeoutSeconds: number;
        };
        CreateWebhook: {
            events: components["schemas"]["WebhookEvent"][];
            /** Format: uri */
            url: string;
        };
        Dataset: {
            bytes: number;
            /** Format: date-time */
            createdAt: string;
            format: components["schemas"]["DatasetFormat"];
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            mapping: components["schemas"]["DatasetMapping"];
            name: string;
            report: components["schemas"]["DatasetReport"];
            /** @description Of the examples as they are trained on; part of every trial key. */
            sha256: string;
            /** @description Name of the uploaded file, or the path. */
            source: string;
            split: components["schemas"]["DatasetSplit"];
            /** @description Sweeps that use it; it can be deleted when there is none. */
            sweeps: number;
            /** @description What a sweep names as its task. */
            task: string;
        };
        /** @enum {string} */
        DatasetFormat: "csv" | "tsv" | "jsonl" | "json" | "parquet" | "beir" | "trec" | "letor" | "crud-rag" | "rankify" | "images" | "sites";
        DatasetInspection: {
            columns: string[];
            rows: {
                [key: string]: string;
            }[];
        };
        DatasetList: {
            datasets: components["schemas"]["Dataset"][];
        };
        DatasetMapping: {
            /** @description What is learned, by the name of the objective. */
            objective: string;
        } & {
            [key: string]: string | number | string[];
        };
        DatasetPreview: {
            report: components["schemas"]["DatasetReport"];
            rows: components["schemas"]["DatasetRow"][];
        };
        DatasetReport: {
            /** @description Class balance; null where there are no classes, or only sites can count them. */
            classes: {
                examples: {
                    test: number;
                    train: number;
                    validation: number;
                };
                name: string;
            }[] | null;
            /** @description Absent where every text has one answer. */
            contradictions?: {
                first: {
                    answers: {
                        answer: string;
                        count: number;
                        rows: string[];
                    }[];
                    text: string;
                }[];
                /** @description Rows of these texts. */
                rows: number;
                /** @description Texts that have two classes, or two numbers. */
                texts: number;
            };
            /** @description Classes that may be none of their own; each is one as it is written. Absent where there are none. */
            doubtfulClasses?: {
                /** @description Names that differ in case, blanks or the form of their characters alone, group by group. */
                alike: string[][];
                /** @description Names that programs write for a missing value, e.g. `NaN`. */
                missing: string[];
            };
            duplicates: {
                /** @description Examples of validation and test that are like one of an earlier split. */
                acrossSplits: number;
                /** @description Examples that are like an earlier one. */
                examples: number;
                /** @description The first of those across splits; `rows` says where each stands. */
                pairs: {
                    rows: [
                        string,
                        string
                    ];
                    splits: [
                        "train" | "validation" | "test",
                        "train" | "validation" | "test"
                    ];
                    texts: [
                        string,
                        string
                    ];
                }[];
                /**
                 * @description `near`: word 3-grams with a Jaccard similarity of 0.5 or more. `exact`: equal after normalisation. `none`: examples lie at sites, and each looked among its own.
                 * @enum {string}
                 */
                search: "near" | "exact" | "none";
            };
            /** @description Rows with an empty cell: left out, as was asked for. Absent where they are refused. */
            emptyRows?: number;
            examples: {
                test: number;
                train: number;
                validation: number;
            };
            /** @description Present where rows say which user took which item. */
            interactions?: {
                /** @description Rows below the least rating: left out. */
                belowRating: number;
                items: number;
                /** @description Rows of a user with an item that an earlier one has: left out. */
                repeated: number;
                /** @description Items that nobody took in the training split. */
                untrainedItems: number;
                /** @description Users that the training split has. */
                users: number;
                /** @description Rows of users whom the training split does not have: left out. */
                withoutTraining: number;
            };
            /** @description Of the training split; null where no number is predicted. */
            numbers: {
                deviation: number;
                largest: number;
                mean: number;
                smallest: number;
            } | null;
            /** @description Absent where rows are examples. */
            queries?: {
                /** @description Rows of the query with most. */
                largest: number;
                /** @description Relevant rows that are not among the candidates of their query. */
                lostRelevant: number;
                rows: number;
                /** @description Queries that no order of their rows scores above 0. */
                withoutRelevant: number;
                /** @description Queries of the source that nobody judged: left out. */
                withoutRows: number;
            };
            /** @description Absent where no row is repeated. */
            repeated?: {
                first: {
                    count: number;
                    rows: string[];
                    text: string;
                }[];
                /** @description Rows that equal an earlier one to the letter, answer and all. */
                rows: number;
                texts: number;
            };
            /** @description Classes of which a split has none, or another share than the whole by more than three standard deviations. Absent where there are none. */
            skewed?: {
                classes: number;
                first: {
                    name: string;
                    rows: string[];
                    splits: ("train" | "validation" | "test")[];
                }[];
            };
        };
        DatasetRow: {
            fields: {
                [key: string]: string;
            };
            /** @description Where it stands in the source. */
            row: string;
            /** @enum {string} */
            split: "train" | "validation" | "test";
        };
        DatasetRows: {
            rows: components["schemas"]["DatasetRow"][];
        };
        /** @description By a hash of the content, near-duplicates kept together; by what a column says; or by the column of times, what came last being tested on. */
        DatasetSplit: {
            /** @enum {string} */
            by: "hash";
            /** @description Of a stratified split: another gives another split. Default: 0. */
            seed?: number;
            /** @description Each class gives its share to every split. Default: yes where there are classes; data sets of before have none of it. */
            stratified?: boolean;
            /** @default 0.1 */
            test: number;
            /** @default 0.1 */
            validation: number;
        } | {
            /** @enum {string} */
            by: "column";
            column: string;
            /**
             * @description What the column says for each split.
             * @default {
             *       "train": "train",
             *       "validation": "validation",
             *       "test": "test"
             *     }
             */
            values: {
                test: string;
                train: string;
                validation: string;
            };
        } | {
            /** @enum {string} */
            by: "time";
            /** @default 0.1 */
            test: number;
            /** @default 0.1 */
            validation: number;
        };
        /** @description By a hash of the content, near-duplicates kept together; by what a column says; or by the column of times, what came last being tested on. */
        DatasetSplitInput: {
            /** @constant */
            by: "hash";
            /** @description Of a stratified split: another gives another split. Default: 0. */
            seed?: number;
            /** @description Each class gives its share to every split. Default: yes where there are classes; data sets of before have none of it. */
            stratified?: boolean;
            /** @default 0.1 */
            test?: number;
            /** @default 0.1 */
            validation?: number;
        } | {
            /** @constant */
            by: "column";
            column: string;
            /**
             * @description What the column says for each split.
             * @default {
             *       "train": "train",
             *       "validation": "validation",
             *       "test": "test"
             *     }
             */
            values?: {
                test: string;
                train: string;
                validation: string;
            };
        } | {
            /** @constant */
            by: "time";
            /** @default 0.1 */
            test?: number;
            /** @default 0.1 */
            validation?: number;
        };
        Delivery: {
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it is tried next, while it is PENDING.
             */
            dueAt: string;
            endedAt: string | null;
            error: string | null;
            /**
             * Format: uuid
             * @description Also the `webhook-id` header: what comes twice has the same.
             */
            id: string;
            /**
             * @description DEAD: given up after the last attempt.
             * @enum {string}
             */
            state: "PENDING" | "DELIVERED" | "DEAD";
            /** @description HTTP status of the last answer. */
            status: number | null;
            type: string;
        };
        DeliveryPage: {
            items: components["schemas"]["Delivery"][];
            nextCursor?: string;
        };
        Diagnosis: {
            findings: components["schemas"]["Finding"][];
            /** @description Of the API that answers. */
            version: string;
        };
        /** @description A run that was trained elsewhere: one configuration with one seed. */
        ElsewhereRun: {
            /**
             * @description Null where nobody says it.
             * @default null
             */
            adapterBytes?: number | null;
            /**
             * @description Further settings that tell configurations apart, e.g. `alpha`.
             * @default {}
             */
            config?: {
                [key: string]: string | number | boolean | null;
            };
            /**
             * @description e.g. "NVIDIA A100 40GB".
             * @default null
             */
            device?: string | null;
            /**
             * @description Score of each example of the test set, in one order for all runs of the board: 0 or 1 for accuracy, the negative log-likelihood for perplexity.
             * @default null
             */
            examples?: number[] | null;
            /**
             * @description Null where nobody says it.
             * @default null
             */
            learningRate?: number | null;
            method: string;
            /** @default adamw */
            optimizer?: string;
            /**
             * @default finished
             * @enum {string}
             */
            outcome?: "finished" | "out-of-memory" | "failed";
            /**
             * @description Most memory of the device that was in use; of a run that was out of memory, how much was in use or asked for.
             * @default null
             */
            peakBytes?: number | null;
            /**
             * @description Null where the method has none, or nobody says it.
             * @default null
             */
            rank?: number | null;
            /**
             * @description Why it failed.
             * @default null
             */
            reason?: string | null;
            /**
             * @description Score on the test set. Beside `examples` it has to be what they make.
             * @default null
             */
            score?: number | null;
            /** @default 0 */
            seed?: number;
            /**
             * @description Optimizer steps that were planned. 0: nothing was trained, and one run stands for every seed.
             * @default null
             */
            steps?: number | null;
            /**
             * @description Null where nobody counted.
             * @default null
             */
            trainableParameters?: number | null;
            /**
             * @description Score on validation by the metric of the board: it chooses among the configurations of a method.
             * @default null
             */
            validation?: number | null;
        };
        /** @enum {string} */
        EngineName: "wasm" | "cpu" | "tensorflow" | "webgpu" | "torch" | "command";
        Estimate: {
            /** @description Forward passes of one optimizer step. */
            accumulate: number;
            /**
             * @description Absent: chunked above 512 tokens.
             * @enum {string}
             */
            attention?: "whole" | "chunked";
            batch: number;
            budget: number | null;
            /** @description The card that was asked about: `budget` is what is left of it. */
            card?: components["schemas"]["CardBytes"];
            /** @description Cards that rows name, in their order. */
            cards?: components["schemas"]["CardBytes"][];
            /** @enum {string} */
            checkpointing: "none" | "block";
            /** @description Outputs of a head that is trained; null where the model's own are, as the next token. */
            classes: number | null;
            /**
             * @description Absent: float32, and in torch as it is set up.
             * @enum {string}
             */
            computeDtype?: "float32" | "bfloat16";
            /** @enum {string} */
            dtype: "float32" | "bfloat16" | "float16" | "int8" | "nf4";
            engine: components["schemas"]["EngineName"];
            model: {
                architecture: string;
                layers: number;
                parameters: number;
                /** @description Linear layers that an adapter can be put on. */
                targets: string[];
                width: number;
            };
            /** @description Bytes that a process of the engine can hold under any budget: rows fit within these too. Null where its device alone says. */
            mostBytes: number | null;
            /** @description Sentences on the model that a reader of the rows must know. */
            notes: string[];
            optimizer: string;
            /**
             * @description Whose bytes they are: what an engine of this platform holds, or transformers and peft on CUDA.
             * @enum {string}
             */
            profile: "rankforge" | "torch";
            /** @description Methods that cannot be trained, with the reason. */
            refused: {
                /** @description The field that is to be changed, as in a sweep and its training, where there is one. */
                field?: string;
                method: string;
                /** @description Null where neither method nor optimizer has one. */
                rank: number | null;
                reason: string;
            }[];
            /** @description The smallest peak first. */
            rows: components["schemas"]["EstimateRow"][];
            sequence: number;
            targets: string[];
            torch?: components["schemas"]["TorchSetupOutput"];
        };
        EstimateChange: {
            /** @enum {string} */
            attention?: "whole" | "chunked" | "sdpa" | "eager" | "flash";
            batch?: number;
            /** @enum {string} */
            checkpointing?: "none" | "block";
            /** @enum {string} */
            dtype?: "float32" | "bfloat16" | "float16" | "int8" | "nf4";
            gpus?: number;
            rank?: number;
            sequence?: number;
            /** @enum {string} */
            shard?: "ddp" | "zero1" | "zero2" | "zero3" | "fsdp";
            /** @description Bytes at the peak with the change; of torch those reserved at most. */
            total: number;
        };
        /** @description One method at one rank. */
        EstimateRow: {
            /** @description Why the engines here cannot compute it. */
            beyondEngine?: string;
            /** @description Names of the cards that hold it, the cheapest first of those with a price, then the smallest. */
            cards?: string[];
            /** @description Changes of which each makes a row fit that does not for certain, that of lowest cost first; empty where none does. */
            changes?: components["schemas"]["EstimateChange"][];
            /** @description Absent without a budget. Null: uncertain, as the budget lies within the interval of `reserved`. */
            fits?: boolean | null;
            /** @description The largest number that fits while all else stays. Null: not even 1 fits, or there is no such number. */
            largest?: {
                batch: number | null;
                rank: number | null;
                sequence: number | null;
            };
            memory: components["schemas"]["MemoryByPart"];
            method: string;
            /** @description Null where neither method nor optimizer has one. */
            rank: number | null;
            /** @description Seconds of a step on `gpu` and hours of an epoch, where 20 to 50 % of its rate of products is reached: an assumption. */
            time?: {
                epoch?: {
                    high: number;
                    low: number;
                };
                step: {
                    high: number;
                    low: number;
                };
            };
            /** @description Bytes in torch beside `memory`, which is what is allocated at the peak. */
            torch?: {
                /** @description Bounds of each; a budget is held to those of `reserved`. */
                intervals: {
                    allocated: components["schemas"]["ByteInterval"];
                    reserved: components["schemas"]["ByteInterval"];
                    steady: components["schemas"]["ByteInterval"];
                };
                /**
                 * @description The moment of the peak.
                 * @enum {string}
                 */
                moment: "loss" | "block" | "update";
                /** @description Bytes of optimizer state in paged memory. */
                paged: number;
                /** @description Bytes that the allocator takes from the driver. */
                reserved: number;
                /** @description Bytes allocated between two steps. */
                steady: number;
            };
            trainableParameters: number;
        };
        ExampleComparison: {
            /** @description Examples on which scores of two trials are unlike. */
            differ: number;
            /** @description Of the test split. */
            examples: number;
            /** @description Examples that are asked for. */
            found: number;
            items: components["schemas"]["ComparedExample"][];
            metric: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                name: string;
                /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                range: [
                    number | null,
                    number | null
                ];
            };
            pairs: components["schemas"]["ExamplePair"][];
            /** @description Who is right, a digit for each trial, 1 where it is: the patterns that occur, the most frequent first. Null where scores are not right or wrong. */
            patterns: {
                examples: number;
                pattern: string;
            }[] | null;
            /** @enum {string} */
            split: "test";
            task: string;
            /** @description Those that were scored, in the order of the request. */
            trials: {
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                /** @description The metric on all examples; null where it is no number. */
                score: number | null;
                /**
                 * Format: uuid
                 * @description The trial that read the test split for it.
                 */
                scoringId: string;
            }[];
            /** @description Why examples have no texts, or none is listed, in words. */
            withheld?: string;
        };
        ExamplePair: {
            /** @description Place in `trials`. */
            a: number;
            /** @description Examples on which a scores better; where scores are right or wrong: that a alone has right. */
            aAhead: number;
            /** @description Holm's, over all pairs of the answer. */
            adjustedPValue: number | null;
            b: number;
            bAhead: number;
            /** @description Null where scores are not right or wrong. */
            bothRight: number | null;
            /** @description Examples on which both score the same, `bothRight` included. */
            equal: number;
            /** @description McNemar's exact test, two-sided, where scores are right or wrong: about these two models on examples like these, and not about what another seed would give. */
            pValue: number | null;
        };
        ExtendSweep: {
            /** @description For the methods that have no learning rates of their own in the request. */
            learningRate?: number[];
            memoryBudgetMiB?: number[];
            /** @description For the methods that have no ranks of their own in the request. */
            rank?: number[];
            seed?: number[];
            /** @description Further seeds for the row that leads the board of the completed sweep and for those tied with it, of their chosen configurations alone. The board then says that they were added after a look at it. In a request of its own. */
            tied?: {
                /** @description Default: as many as the verdict of the sweep's board says. */
                seeds?: number;
            };
        };
        FairLedger: {
            /** @description Training batches that tuning trials read before their first step, which no step counts. */
            calibrationBatches: number;
            /** @description Where the chosen learning rate stands on an end of those that were tried, or was the only one: better ones may lie beyond. Null: it lies between others, or none is chosen yet. */
            edge: ("smallest" | "largest" | "only") | null;
            /** @description Of the tuning trials, those beyond an edge: see `extensions`. */
            extended: number;
            failed: number;
            /** @description Fresh seeds whose training failed or did not fit: no score is of them. */
            finalLost: number;
            /** @description Fresh seeds of the chosen configuration. */
            finalSeeds: number[];
            /** @description Learning rates that were tried in tuning, ascending. */
            learningRates: number[];
            /** @description Tuning trials that did not fit the budget. */
            overBudget: number;
            /** @description Of the tuning trials that finished. */
            tuningSeconds: number;
            /** @description Optimizer steps done in tuning. */
            tuningSteps: number;
            /** @description Trials of the tuning, whatever became of them. */
            tuningTrials: number;
        };
        Federation: {
            /** @description Absent: nobody attacks. */
            adversaries?: {
                attack: string;
                /**
                 * @description A changed update is multiplied by it.
                 * @default 10
                 */
                factor: number;
                /** @description Attackers among all clients, rounded. */
                share: number;
            };
            localSteps: number;
            /** @description Absent: no turn is lost. */
            lost?: number;
            participation: {
                /** @description Absent: all of them. */
                quorum?: number;
                /** @enum {string} */
                sampling: "fixed" | "poisson";
                share: number;
            };
            partition: components["schemas"]["FederationPartitionOutput"];
            /** @description Absent: nothing is clipped. */
            privacy?: {
                /** @description Largest norm of a client's change. */
                clip: number;
                /**
                 * @description The δ for which ε is said.
                 * @default 0.00001
                 */
                delta: number;
                /** @description Deviation of the noise on the sum, over the clip. */
                noise: number;
            };
            /** @description Ranks of clients by name; others have that of the configuration. */
            ranks?: {
                [key: string]: number;
            };
            rounds: number;
            /** @enum {boolean} */
            secureAggregation?: true;
        };
        FederationPartition: {
            /** @enum {string} */
            by: "field";
            /** @description A client for each value of this field of the examples. */
            field: string;
        } | {
            /** @description Concentration of the mixtures of classes: small numbers give each client few classes. */
            beta: number;
            /** @enum {string} */
            by: "dirichlet";
            clients: number;
            /**
             * @description Seed of the draws: the same clients for every trial.
             * @default 0
             */
            seed?: number;
        } | {
            /** @enum {string} */
            by: "size";
            /**
             * @description Seed of the draws: the same clients for every trial.
             * @default 0
             */
            seed?: number;
            /** @description Shares of the examples, in any unit: a client for each. */
            shares: number[];
        };
        FederationPartitionOutput: {
            /** @enum {string} */
            by: "field";
            /** @description A client for each value of this field of the examples. */
            field: string;
        } | {
            /** @description Concentration of the mixtures of classes: small numbers give each client few classes. */
            beta: number;
            /** @enum {string} */
            by: "dirichlet";
            clients: number;
            /**
             * @description Seed of the draws: the same clients for every trial.
             * @default 0
             */
            seed: number;
        } | {
            /** @enum {string} */
            by: "size";
            /**
             * @description Seed of the draws: the same clients for every trial.
             * @default 0
             */
            seed: number;
            /** @description Shares of the examples, in any unit: a client for each. */
            shares: number[];
        };
        FederationReport: {
            /** @description Of all messages, from clients and to them. */
            bytes: {
                down: number;
                up: number;
            };
            clients: {
                /** @enum {boolean} */
                attacks?: true;
                /** @description Of all its messages, those before the first round included. Absent in older results. */
                bytes?: {
                    down: number;
                    up: number;
                };
                examples: number;
                name: string;
                /** @description Rounds whose model its message is part of. */
                rounds: number;
            }[];
            history: {
                /** @description Distance of the next update from the mean of those of clients, relative to it. */
                aggregationError?: number;
                bytes: {
                    down: number;
                    up: number;
                };
                /** @description By places in `clients`. Absent in older results, where nobody sends anything, and of many clients and rounds. */
                bytesByClient?: {
                    down: number[];
                    up: number[];
                };
                /** @description Of the rounds so far, where noise bounds it. */
                epsilon?: number;
                /** @description Why the round changed nothing. */
                failed?: string;
                /** @description Places of clients that sent nothing. */
                lost?: number[];
                /** @description Places in `clients`. */
                participants: number[];
                round: number;
            }[];
            /** @description Of those before the first round: frozen tensors, gradients of first values. */
            setUp: {
                down: number;
                up: number;
            };
        };
        FileEstimate: {
            estimate: components["schemas"]["Estimate"];
            file: {
                /** @description The base that the file names. */
                base?: string;
                /** @description Keys that are known to be without bearing, or off. */
                ignored: components["schemas"]["ToolKey"][];
                /** @description Keys that are not known. */
                notRead: components["schemas"]["ToolKey"][];
                /** @description Keys that the estimate follows from. */
                read: components["schemas"]["ToolKey"][];
                title: string;
                tool: string;
                /** @description What the tool switches on by itself and the estimate leaves out of account. */
                without?: string;
            };
        };
        Finding: {
            /** @description What to do; absent where nothing is to be done. */
            advice?: string;
            found: string;
            name: string;
            /**
             * @description warn: it works, and less well or less safely than it should; fail: something does not work.
             * @enum {string}
             */
            state: "ok" | "warn" | "fail";
        };
        Flips: {
            /** @description Of the trained model: right. */
            after: number;
            /** @description Of the teacher: right. */
            before: number;
            /** @description The teacher was right and the trained model is wrong: NFR. */
            negative: number;
            /** @description Examples, or tokens whose loss counts. */
            outputs: number;
            /** @description The teacher was wrong and the trained model is right. */
            positive: number;
        };
        /** @description A table of a FlowerTune leaderboard. */
        FlowerTable: {
            entries: {
                average: number;
                /**
                 * @description What was sent, as printed: "2.9 GB".
                 * @default null
                 */
                communication?: string | null;
                /** @default null */
                date?: string | null;
                model: string;
                rank?: number;
                /** @description Percentages of right answers by the heading of their column, e.g. `STEM`. */
                scores: {
                    [key: string]: number;
                };
                /** @default  */
                team?: string;
            }[];
        };
        Forgetting: {
            after: number;
            before: number;
            /** @description What the base model was made from. */
            data: string;
            examples: number;
            /** @enum {boolean} */
            measured: true;
        } | {
            /** @enum {boolean} */
            measured: false;
            reason: string;
        };
        Garbage: {
            bytes: number;
            /** @description Unfinished uploads included. */
            files: number;
            /** @description Files that were stored within this time are left alone. */
            graceSeconds: number;
        };
        Generator: {
            /** Format: date-time */
            createdAt: string;
            generator: components["schemas"]["TrialGenerator"];
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description Its digest is of weights. Of an endpoint it is of what this says of itself: it may answer otherwise. */
            reproducible: boolean;
        };
        GeneratorList: {
            generators: components["schemas"]["Generator"][];
        };
        GridEdge: {
            /** @description As a sweep names it: `learningRate`, `rank`, `config.<field>`, `optimizerConfig.<field>`, `recipeConfig.<field>` or `strategyConfig.<field>`. */
            axis: string;
            /**
             * @description `only`: no other value was tried.
             * @enum {string}
             */
            side: "lowest" | "highest" | "only";
            /** @description Every value of the axis, ascending. */
            tried: number[];
            value: number;
        };
        HistoryReport: {
            attempts: number;
            events: number;
            metricPoints: number;
            /** @description Empty where the history is sound; at most 100 of each rule. */
            problems: {
                found: string;
                rule: string;
                trialId: string | null;
            }[];
            /** @description What was checked. */
            rules: string[];
            trials: number;
        };
        InspectDataset: {
            format: components["schemas"]["DatasetFormat"];
            path?: string;
        };
        Key: {
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            lastUsedAt: string | null;
            name: string;
            /** @description First characters of the secret, to recognise it by. */
            prefix: string;
            /** @description Until then the secret before the last rotation works as well. */
            previousEndsAt: string | null;
            /** @description Null: an admin of the whole installation. */
            project: components["schemas"]["ProjectName"] | null;
            quotas: components["schemas"]["Quotas"];
            revokedAt: string | null;
            role: components["schemas"]["Role"];
            rotatedAt: string | null;
            /** @description By the sweeps, data sets and adapters that it made, in every project. */
            usage: components["schemas"]["Usage"];
        };
        KeyList: {
            keys: components["schemas"]["Key"][];
        };
        KeyWithSecret: {
            key: components["schemas"]["Key"];
            secret: string;
        };
        Leaderboard: {
            alpha: number;
            /** @description The texts of `answers`, a line each; null where there are none. */
            answer: string | null;
            /** @description What wins within each memory budget of its sweeps, the smallest first, or within the one that was asked for. A budget of which nothing can be said yet is left out. */
            answers: components["schemas"]["BudgetAnswer"][];
            base: string;
            /** @description Budgets that sweeps of this task and base have used. */
            budgetsMiB: number[];
            comparisons: {
                /** @description Index of a row. */
                a: number;
                /** @description Holm in the form of Shaffer, over the pairs that are tested; 1 where this one is not. Where seeds were added, the smallest of all looks that saw the difference on the same side: what a look told apart stays so. */
                adjustedPValue: number;
                b: number;
                /**
                 * @description Luck that interval and p hold.
                 * @enum {string}
                 */
                covers: "seeds-and-examples" | "examples-only" | "seeds-only";
                /** @description a minus b, or a divided by b where `effect` is `ratio`. */
                difference: number;
                /**
                 * @description `ratio` for metrics that are an exponential of a mean, such as perplexity: a divided by b.
                 * @enum {string}
                 */
                effect: "difference" | "ratio";
                /** @description Not adjusted for the number of comparisons. */
                interval: [
                    number,
                    number
                ];
                /** @description The look that `adjustedPValue` is of, where it is not that of all seeds: 0 is the first. */
                look?: number;
                /** @description Both were scored on the same examples, or where these are not known, with seeds in common. */
                paired: boolean;
                pValue: number;
                /** @description Those of all comparisons hold together. It leaves out 0 (or the ratio 1) exactly where `adjustedPValue` is at most `alpha`; an end that is 0 (or 1) is then left out itself. */
                simultaneousInterval: [
                    number,
                    number
                ];
                /** @description Why no test can tell the two rows apart: a training of a single seed does not show how much its seed does. Null: they are tested. */
                untested: string | null;
            }[];
            /** @description No trial of the board is still to run. */
            complete: boolean;
            kind: components["schemas"]["SweepKind"];
            /** @description Limits that these sweeps have used, by measure: the configurations within one are asked for by `atMost`. */
            limits: {
                [key: string]: number[];
            };
            metric: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                name: string;
                /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                range: [
                    number | null,
                    number | null
                ];
            };
            /** @description Set where the results were not made here: whose they are, and what they cannot say. Runs trained elsewhere have boards whose task begins with `runs:`. */
            published: {
                remark: string;
                source: string;
            } | null;
            references: components["schemas"]["BoardReference"][];
            rows: {
                adapter?: string;
                adapterBytes: number | null;
                /** @description Seeds of the row that were added after a look at the board; absent: none. */
                added?: {
                    /** @description How often seeds were added after a look at the board. */
                    looks: number;
                    seeds: number;
                };
                apartBlocks?: number;
                attention?: string;
                baseDtype?: string;
                checkpointing?: string;
                competingEngine?: string;
                /** @description Of a compress sweep, where the training finished. */
                compression: {
                    /** @description Test score of the base model as it was. */
                    before: number | null;
                    /** @description In float32, but for what a method packs tighter. */
                    bytes: number;
                    /** @description Stored by the whole compressed model. */
                    parameters: number;
                    /** @description Stored bytes of those of the base model. */
                    ratio: number;
                } | null;
                computeDtype?: string;
                /** @description Configurations of the method, the optimizer, the strategy and the recipe in one. A field that two of them have is named with its part, such as `config.beta1` and `optimizerConfig.beta1`. */
                config: {
                    [key: string]: unknown;
                };
                devices?: number;
                doubleQuantization?: string;
                /** @description Edges of its own grid that the chosen configuration lies on. Empty for a board of configurations. */
                edges: components["schemas"]["GridEdge"][];
                /** @description Where a fair protocol tuned it. */
                fair?: components["schemas"]["FairLedger"];
                /** @description Chosen as the largest that fits the budget by prediction, where the sweep asked for that. */
                fitted?: ("rank" | "microBatch")[];
                flips: components["schemas"]["Flips"] | null;
                forgetting: components["schemas"]["Forgetting"] | null;
                generator?: string;
                /** @description Letters, from a to z, then a₂ to z₂ and so on: two rows that share a letter cannot be told apart. */
                group: string | null;
                /** @description Where a scheduler left some of its configurations at a rung. */
                halved?: components["schemas"]["RungLedger"];
                /** @description 95 % interval over what `intervalCovers` says; null where nothing says how certain the score is. */
                interval: [
                    number,
                    number
                ] | null;
                intervalCovers: ("seeds-and-examples" | "examples-only" | "seeds-only") | null;
                /** @description Share of the parameters of a kernel that a compression was asked to keep. */
                keeps: number | null;
                learningRate: number | null;
                measuredPeakBytes: number | null;
                /** @description Further measures by name, as far as there are any. */
                measures: {
                    [key: string]: number;
                };
                medianStepMs: number | null;
                method: string;
                /** @description As people read it. */
                name: string;
                /** @description What the method or the optimizer repeats after some steps, and never came to in these trainings; absent: nothing. */
                neverFired?: string[];
                optimizer: string;
                /** @description No other row is better in score and takes less of the cost, by default fewer bytes. */
                pareto: boolean;
                predicted: components["schemas"]["MemoryByPart"] | null;
                rank: number | null;
                /** @description Why it does not fit, failed or has no score; of a row with one, which of its seeds are not in it. */
                reason: string | null;
                recipe?: string;
                /** @description Mean over seeds on the test split. */
                score: number | null;
                /** @description Seeds that the score is of; of a row without one, those that were trained. `reason` says where they are not all. */
                seeds: number;
                /** @description Settings of the training, beside `config`, in which rows of this board differ; hashes by their first 8 digits. Absent where there are none. */
                settings?: {
                    [key: string]: unknown;
                };
                shard?: string;
                /** @description Smallest budget of the sweeps that it fits. */
                smallestBudgetMiB: number | null;
                /**
                 * @description A row without a score says the state of its own trials: `running` where one runs, `queued` where all that may still run wait.
                 * @enum {string}
                 */
                status: "scored" | "unscored" | "does-not-fit" | "failed" | "running" | "queued";
                /** @description Optimizer steps of a training; null where they are not known. */
                steps: number | null;
                strategy?: string;
                tokensPerSecond: number | null;
                trainableParameters: number | null;
                /** @description Set where rows of several ranks come from one training: the rank it was trained at. */
                trainedRank: number | null;
                trialIds: string[];
                tuningSteps: number;
                /** @description Configurations × seeds tried for this method. */
                tuningTrials: number;
                /** @description Mean over seeds of the validation metric that chose the configuration. */
                validation: number | null;
            }[];
            /** @description The one of this board. */
            scenario: string | null;
            /** @description Scenarios of federations that its sweeps have, each a board of its own; empty elsewhere. */
            scenarios: string[];
            task: string;
            testExamples: number | null;
            /** @description Where every test example is right or wrong: the share that the first seed of the leading row has right, with what the number of examples alone leaves open (95 % interval of Wilson). */
            testShare?: {
                high: number;
                low: number;
                share: number;
            };
            verdict: components["schemas"]["BoardVerdict"];
        };
        Me: {
            /** @description May act in every project and manage projects. */
            installation: boolean;
            name: string;
            /** @description The project this request acts in. */
            project: components["schemas"]["ProjectName"];
            role: components["schemas"]["Role"];
        };
        /** @description Measured peak of trainings divided by the predicted one. */
        MemoryAccuracy: {
            rows: {
                engine: string;
                largest: number;
                median: number;
                method: string;
                /** @description The median is further from 1 than the tolerance. */
                off: boolean;
                /** @description Trainings that fitted by prediction and not by measure. */
                overBudget: number;
                smallest: number;
                trainings: number;
            }[];
            tolerance: number;
        };
        /** @description Bytes at the peak of a training step, by part. */
        MemoryByPart: {
            activations: number;
            adapters: number;
            gradients: number;
            optimizer: number;
            /** @description Of a prediction: its peak beside a whole base that several trials share, and what of it stays between its steps. */
            packed?: {
                peak: number;
                resident: number;
            };
            total: number;
            weights: number;
            workspace: number;
        };
        Method: {
            config: {
                [key: string]: unknown;
            };
            evidence: {
                /** @enum {string} */
                level: "full" | "partial";
                reason?: string;
            };
            /** @description Kinds of sweep it is for. */
            kinds: components["schemas"]["SweepKind"][];
            learningRates: number[];
            /** @description It cannot be trained without a second base model with a finished adapter; of one that trains nothing: it examines such a ranker. */
            learnsFromTeacher: boolean;
            /** @description Floats that a step under AdamW holds for one layer besides the frozen base, of so many trained scalars and rows of tokens. */
            memoryFormula: string;
            name: string;
            paper: {
                arxiv?: string;
                title: string;
                year: number;
            } | null;
            /** @description Trained scalars of one layer. */
            parameterFormula: string;
            startsAtBase: boolean;
            summary: string;
            title: string;
            /** @description False: it trains nothing, and has no learning rate, rank or optimizer. It is for tasks that order the rows of queries. */
            trains: boolean;
            usesRank: boolean;
        };
        MethodAxis: {
            /** @description Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis. */
            apartBlocks?: number | number[];
            /** @description `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis. */
            attention?: ("auto" | "whole" | "chunked") | ("auto" | "whole" | "chunked")[];
            /** @description Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis. */
            baseDtype?: ("float32" | "bfloat16" | "float16" | "int8" | "nf4") | ("float32" | "bfloat16" | "float16" | "int8" | "nf4")[];
            /** @description `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis. */
            checkpointing?: ("none" | "block") | ("none" | "block")[];
            /** @description Of a federation: ranks of clients by name, at most the rank; others have that. */
            clientRanks?: {
                [key: string]: number;
            };
            /** @description Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis. */
            computeDtype?: ("float32" | "bfloat16") | ("float32" | "bfloat16")[];
            /** @default {} */
            config?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            /** @description Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis. */
            devices?: number | number[];
            /** @description Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis. */
            doubleQuantization?: ("on" | "off") | ("on" | "off")[];
            /** @description An adapter of this method to start from: an imported one by its name, or that of a finished trial by its id. Its configuration, rank and targets hold; 0 steps evaluate it. */
            from?: string;
            learningRate?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale?: "log" | "linear";
            };
            name: string;
            /** @default adamw */
            optimizer?: string;
            /** @default {} */
            optimizerConfig?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            rank?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale?: "log" | "linear";
            } | "max";
            /** @description What training does around the method: which examples it sees, and by which loss. Omitted: those of the task. */
            recipe?: string;
            recipeConfig?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            /** @description What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis. */
            shard?: ("ddp" | "zero2" | "zero3" | "fsdp") | ("ddp" | "zero2" | "zero3" | "fsdp")[];
            /** @description Of a federation: how clients train, and how their messages become the next model. */
            strategy?: string;
            strategyConfig?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            /** @description A base model with a finished adapter to learn from or to compare with: an imported adapter by its name, or that of a finished trial by its id. It has the vocabulary and the head of the sweep. Methods that need one learn from it; for all, the scoring counts flips against it. An attack, and a certificate, are of that ranker: a training of the project by its id. */
            teacher?: string;
        };
        MethodAxisOutput: {
            /** @description Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis. */
            apartBlocks?: number | number[];
            /** @description `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis. */
            attention?: ("auto" | "whole" | "chunked") | ("auto" | "whole" | "chunked")[];
            /** @description Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis. */
            baseDtype?: ("float32" | "bfloat16" | "float16" | "int8" | "nf4") | ("float32" | "bfloat16" | "float16" | "int8" | "nf4")[];
            /** @description `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis. */
            checkpointing?: ("none" | "block") | ("none" | "block")[];
            /** @description Of a federation: ranks of clients by name, at most the rank; others have that. */
            clientRanks?: {
                [key: string]: number;
            };
            /** @description Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis. */
            computeDtype?: ("float32" | "bfloat16") | ("float32" | "bfloat16")[];
            /** @default {} */
            config: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            /** @description Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis. */
            devices?: number | number[];
            /** @description Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis. */
            doubleQuantization?: ("on" | "off") | ("on" | "off")[];
            /** @description An adapter of this method to start from: an imported one by its name, or that of a finished trial by its id. Its configuration, rank and targets hold; 0 steps evaluate it. */
            from?: string;
            learningRate?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale: "log" | "linear";
            };
            name: string;
            /** @default adamw */
            optimizer: string;
            /** @default {} */
            optimizerConfig: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            rank?: number[] | {
                max: number;
                min: number;
                /**
                 * @description Whether equal ratios or equal differences are equally likely.
                 * @default log
                 * @enum {string}
                 */
                scale: "log" | "linear";
            } | "max";
            /** @description What training does around the method: which examples it sees, and by which loss. Omitted: those of the task. */
            recipe?: string;
            recipeConfig?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            /** @description What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis. */
            shard?: ("ddp" | "zero2" | "zero3" | "fsdp") | ("ddp" | "zero2" | "zero3" | "fsdp")[];
            /** @description Of a federation: how clients train, and how their messages become the next model. */
            strategy?: string;
            strategyConfig?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
            /** @description A base model with a finished adapter to learn from or to compare with: an imported adapter by its name, or that of a finished trial by its id. It has the vocabulary and the head of the sweep. Methods that need one learn from it; for all, the scoring counts flips against it. An attack, and a certificate, are of that ranker: a training of the project by its id. */
            teacher?: string;
        };
        MethodList: {
            /** @description Attacks that clients of a federation may make. */
            attacks: string[];
            methods: components["schemas"]["Method"][];
            optimizers: components["schemas"]["Optimizer"][];
            recipes: components["schemas"]["Recipe"][];
            strategies: components["schemas"]["Strategy"][];
        };
        MetricSeries: {
            name: string;
            steps: number[];
            /** @description Points recorded, before down-sampling. */
            total: number;
            values: number[];
        };
        MetricSeriesList: {
            series: components["schemas"]["MetricSeries"][];
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
        };
        Objective: {
            /** @description How a file of a user is read for it; null where none is. */
            dataset: {
                columns: {
                    description: string | null;
                    /** @description Field of the mapping that names the column. */
                    field: string;
                    /** @enum {string} */
                    holds: "text" | "texts" | "class" | "number" | "numbers" | "grade" | "rating" | "time" | "request" | "messages";
                    /** @description Option of the command line that names the column. */
                    option: string;
                    /** @description A mapping may leave it out. */
                    optional: boolean;
                    /** @description Fields that a mapping leaves out where it names this one. */
                    replaces?: string[];
                    title: string;
                }[];
                /** @description Formats of files that it is read from. */
                formats: components["schemas"]["DatasetFormat"][];
                /**
                 * @description A file of rows, or a folder of images.
                 * @enum {string}
                 */
                from: "table" | "images";
                /** @description JSON Schema of the mapping of a data set. */
                mapping: {
                    [key: string]: unknown;
                };
                /** @description By format: what fields of the mapping are where a request leaves them out. */
                usual: {
                    [key: string]: {
                        [key: string]: string | number;
                    };
                };
            } | null;
            /** @description The first ranks unless a sweep says otherwise. */
            metrics: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                name: string;
                /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                range: [
                    number | null,
                    number | null
                ];
            }[];
            name: string;
            /** @description What is learned, for people. */
            title: string;
            /**
             * @description What batches and splits count, and what statistics pair: a query has several rows, and a user several items.
             * @enum {string}
             */
            unit: "window" | "example" | "query" | "user";
        };
        ObjectiveList: {
            objectives: components["schemas"]["Objective"][];
        };
        Optimizer: {
            config: {
                [key: string]: unknown;
            };
            evidence: {
                /** @enum {string} */
                level: "full" | "partial";
                reason?: string;
            };
            name: string;
            paper: {
                arxiv?: string;
                title: string;
                year: number;
            } | null;
            /** @description Floats of state that are kept for one trained tensor of so many numbers (size), a matrix of in by out. In brackets: formulas of tensors that are treated otherwise. */
            stateFormula: string;
            title: string;
            usesRank: boolean;
        };
        PaperClaim: {
            /** @description How it is tried here; null where nothing here can tell. */
            compare: {
                kind: components["schemas"]["SweepKind"];
                /** @enum {string} */
                measure: "score" | "trained" | "memory";
                other: {
                    adapter?: string;
                    apartBlocks?: number;
                    attention?: string;
                    baseDtype?: string;
                    checkpointing?: string;
                    competingEngine?: string;
                    computeDtype?: string;
                    devices?: number;
                    doubleQuantization?: string;
                    generator?: string;
                    method: string;
                    optimizer: string;
                    recipe?: string;
                    shard?: string;
                    strategy?: string;
                };
                own: {
                    adapter?: string;
                    apartBlocks?: number;
                    attention?: string;
                    baseDtype?: string;
                    checkpointing?: string;
                    competingEngine?: string;
                    computeDtype?: string;
                    devices?: number;
                    doubleQuantization?: string;
                    generator?: string;
                    method: string;
                    optimizer: string;
                    recipe?: string;
                    shard?: string;
                    strategy?: string;
                };
            } | null;
            /** @description One for each board that has both contenders. */
            evidence: {
                /** @description Holm, over the pairs of the board. */
                adjustedPValue: number | null;
                base: string;
                /** @description Null where the base is no longer there. */
                baseParameters: number | null;
                /** @description Why the verdict is no more than it is; null where it needs no reason. */
                because: string | null;
                /** @description The claimed size as `difference` has it; null where none is given, or in a unit that the board has not. */
                claimed: number | null;
                /** @description Own minus other, or own divided by other where `effect` is `ratio`. */
                difference: number;
                /** @enum {string} */
                effect: "difference" | "ratio";
                /** @description 95 % for all comparisons of the board together, as the adjusted p; null for counts and bytes. */
                interval: [
                    number,
                    number
                ] | null;
                /** @description Of a comparison of scores. */
                metric: string | null;
                other: number;
                own: number;
                /** @description Own and other; equal wherever both have one and a verdict is given. */
                ranks: [
                    number | null,
                    number | null
                ];
                /** @description Of the contender with fewer. */
                seeds: number;
                sweepIds: string[];
                task: string;
                /** @enum {string} */
                verdict: "agrees" | "smaller than claimed" | "same direction" | "contradicts" | "not told apart" | "not tested here" | "not comparable";
            }[];
            name: string;
            /** @enum {string} */
            of: "method" | "optimizer";
            source: string;
            text: string;
            title: string;
            /** @description Why nothing here can tell; null where it is tried. */
            untold: string | null;
            /** @enum {string} */
            verdict: "agrees" | "smaller than claimed" | "same direction" | "contradicts" | "not told apart" | "not tested here" | "not comparable" | "mixed" | "not measured";
        };
        PaperClaimList: {
            alpha: number;
            paperClaims: components["schemas"]["PaperClaim"][];
            /** @description Methods and optimizers with a paper and no paper claim on record. */
            without: string[];
        };
        PeftExperiments: {
            /** @description A pretraining from scratch takes its shapes and its tokenizer. */
            base: string;
            /**
             * @description Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.
             * @default wasm
             */
            engine?: components["schemas"]["EngineName"] | components["schemas"]["EngineName"][];
            experiments: {
                /** @description Null where there is no such file: every weight is trained. */
                adapterConfig: {
                    [key: string]: unknown;
                } | null;
                name: string;
                /** @description With the defaults of `default_training_params.json`. */
                trainingParams: {
                    /** @default 4 */
                    batch_size?: number;
                    /** @default 1 */
                    grad_norm_clip?: number;
                    /** @default cosine */
                    lr_scheduler?: string | null;
                    /** @default 5000 */
                    max_steps?: number;
                    /** @default {} */
                    optimizer_kwargs?: {
                        [key: string]: unknown;
                    };
                    /** @default AdamW */
                    optimizer_type?: string;
                };
            }[];
            /** @description Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget. */
            memoryBudgetMiB: number[];
            name: string;
            /**
             * @default [
             *       0,
             *       1,
             *       2
             *     ]
             */
            seed?: number[];
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
            /**
             * @description Replaces what the experiments say themselves.
             * @default {}
             */
            training?: {
                batchSize?: number;
                sequenceLength?: number;
                /** @description 0 evaluates what training starts from. */
                steps?: number;
                /** @default 0 */
                warmupSteps?: number;
            };
        };
        PeftExperimentSweeps: {
            refused: {
                name: string;
                reason: string;
            }[];
            /** @description One for each set of targets and training options. */
            sweeps: components["schemas"]["CreateSweepOutput"][];
        };
        /** @description A result file of peft’s method comparison. */
        PeftResult: {
            meta_info: {
                dataset_info: {
                    [key: string]: {
                        sha?: string | null;
                    };
                };
            };
            run_info: {
                /** Format: date-time */
                created_at: string;
                /** @default  */
                error_msg?: string;
                experiment_name: string & (unknown & unknown);
                peft_config: {
                    peft_type?: string | null;
                    r?: number | null;
                } | null;
                train_config: {
                    batch_size: number;
                    dtype: string;
                    max_steps: number;
                    model_id: string;
                    optimizer_kwargs: {
                        lr?: number;
                    };
                    optimizer_type: string;
                    seed: number;
                };
            };
            train_info: {
                accelerator_memory_max?: number;
                /** @description The same, in files of the earlier harness. */
                cuda_memory_max?: number;
                file_size: number;
                metrics: {
                    [key: string]: number | null;
                }[];
                /** @description The earlier harness did not count them. */
                num_trainable_params?: number;
                status: string;
                train_time: number;
            };
        };
        PlacesOfQuery: {
            /** @description Its documents that count: all that are relevant, those in no order included, or all that were attacked. */
            of: number;
            /** @description Its words, where it has any. */
            query?: string;
            rows: {
                /** @description Of an attacked document: its place before the attack. */
                before?: number;
                /** @description From 1. */
                place: number;
            }[];
            /** @description Documents in its order. */
            size: number;
        };
        PlacesPage: {
            /**
             * @description Documents whose places these are.
             * @enum {string}
             */
            documents: "relevant" | "attacked";
            items: components["schemas"]["PlacesOfQuery"][];
            /** @description Queries that are kept: the first 1000; of a relevant document, a place up to 100. */
            kept: number;
            /** @description Attacked documents of the queries that are kept whose place became better, stayed, and became worse: on the page of the first query alone. */
            moved?: {
                better: number;
                same: number;
                worse: number;
            };
            /** @description How many attacked documents of the queries that are kept went from one place to another: the 1000 pairs of places with most documents, on the page of the first query alone. */
            moves: {
                after: number;
                before: number;
                documents: number;
            }[];
            /** @description Queries that were scored. */
            queries: number;
            /** @description Of relevant documents: the mean recall of all queries down to each rank, from 1 to at most 100. */
            recall?: number[];
            /** @enum {string} */
            split: "validation" | "test";
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
        };
        Problem: {
            detail?: string;
            errors?: {
                message: string;
                path: string;
            }[];
            instance?: string;
            status: number;
            title: string;
            /** @description URI reference that names the kind of problem, e.g. `/problems/validation`. */
            type: string;
        };
        Project: {
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            name: string;
            quotas: components["schemas"]["Quotas"];
            usage: components["schemas"]["Usage"];
        };
        ProjectList: {
            projects: components["schemas"]["Project"][];
        };
        ProjectName: {
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            name: string;
        };
        Propensities: {
            estimated: number[];
            /** @description As the clicks were simulated. */
            true: number[];
        };
        Protocol: {
            /**
             * @description Where the best configuration of a method has the smallest or the largest of its learning rates, it is tried with one beyond, so many times at most. The ledger counts them.
             * @default 0
             */
            extensions?: number;
            /**
             * @description Fresh seeds that the chosen configuration of each method is trained and scored with, once.
             * @default 5
             */
            finalSeeds?: number;
            /** @enum {string} */
            kind: "fair";
            /**
             * @description Seed of the draws.
             * @default 0
             */
            seed?: number;
            /** @description Configurations of each method, which try every value of each of its axes equally often; each is trained with every seed of the sweep. Default: 8, or as many as every method has. */
            tuningTrials?: number;
        };
        ProtocolOutput: {
            /**
             * @description Where the best configuration of a method has the smallest or the largest of its learning rates, it is tried with one beyond, so many times at most. The ledger counts them.
             * @default 0
             */
            extensions: number;
            /**
             * @description Fresh seeds that the chosen configuration of each method is trained and scored with, once.
             * @default 5
             */
            finalSeeds: number;
            /** @enum {string} */
            kind: "fair";
            /**
             * @description Seed of the draws.
             * @default 0
             */
            seed: number;
            /** @description Configurations of each method, which try every value of each of its axes equally often; each is trained with every seed of the sweep. Default: 8, or as many as every method has. */
            tuningTrials?: number;
        };
        PublishedResult: {
            base: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description It was imported before; nothing was written. */
            known: boolean;
            name: string;
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
        };
        Quotas: {
            /** @description MiB of device memory that running trials have reserved at once. Further trials wait. */
            maxReservedMiB: number | null;
            /** @description Trials that run at once. Further ones wait. */
            maxRunningTrials: number | null;
            /** @description MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused. */
            maxStoredMiB: number | null;
        };
        Readiness: {
            dependencies: {
                detail?: string;
                name: string;
                up: boolean;
            }[];
            /** @description HMAC-SHA-256 of the challenge and the port under RANKFORGE_LAUNCH_SECRET, where both were given */
            proof?: string;
            ready: boolean;
            version: string;
        };
        ReadLengths: {
            /** @description Share of them that are longer. */
            cut: number;
            /**
             * @description The request names no length: it is the one at which 95 % of the examples are read whole.
             * @enum {boolean}
             */
            fromData?: true;
            /** @description Share of the tokens to be learned that are cut; null where the loss counts on none of the text. */
            learnedCut: number | null;
            /** @description Tokens of the longest of them. */
            longest: number;
            /** @description Examples of the training split that were looked at; of queries, rows. */
            sampled: number;
            sequenceLength: number;
        };
        /** @description What training does around a method: which examples it sees, and by which loss. */
        Recipe: {
            config: {
                [key: string]: unknown;
            };
            evidence: {
                /** @enum {string} */
                level: "full" | "partial";
                reason?: string;
            };
            name: string;
            /** @description Objectives of tasks that it can be followed on. */
            objectives: string[];
            paper: {
                arxiv?: string;
                title: string;
                year: number;
            } | null;
            summary: string;
            title: string;
        };
        RemovalObstacle: {
            /**
             * Format: uuid
             * @description Of what stands on it; for a state the sweep itself.
             */
            id: string;
            name: string;
            /** @description What to do about it, in words. */
            says: string;
            /**
             * @description state: the sweep itself is not over. sweep: another one starts from a model of it, or names one of its trainings. generator: it writes with the adapter of one.
             * @enum {string}
             */
            what: "state" | "sweep" | "generator";
        };
        RequestedFederation: {
            /**
             * @description Clients that attack in every round; `none` is without.
             * @default [
             *       {
             *         "attack": "none"
             *       }
             *     ]
             */
            adversaries?: ({
                /** @enum {string} */
                attack: "none";
            } | {
                attack: string;
                /**
                 * @description A changed update is multiplied by it.
                 * @default 10
                 */
                factor?: number;
                /** @description Attackers among all clients, rounded. */
                share: number;
            })[];
            /**
             * @description Each turn of a client is a trial on the queue, which any worker may run. Default: clients take turns in one process. The numbers are the same.
             * @default false
             */
            asTrials?: boolean;
            /**
             * @description With `asTrials`: the turns of a client run on a worker that says it holds the data of its site. Default: on any worker.
             * @default false
             */
            held?: boolean;
            /** @description Optimizer steps of a client in a round; `training.steps` is this times the rounds. */
            localSteps: number;
            /**
             * @description Shares of the turns that are lost, each by itself: such a client sends nothing in that round.
             * @default [
             *       0
             *     ]
             */
            lost?: number[];
            /**
             * @description Shares of the clients that take part in a round.
             * @default [
             *       1
             *     ]
             */
            participation?: number[];
            partition: components["schemas"]["FederationPartition"];
            /** @description Clips changes of clients and adds noise to their sum. Omitted: neither. */
            privacy?: {
                /** @description Largest norm of a client's change. */
                clip: number;
                /**
                 * @description The δ for which ε is said.
                 * @default 0.00001
                 */
                delta?: number;
                noise: number[];
                /**
                 * @description What ε speaks of.
                 * @default client
                 * @enum {string}
                 */
                unit?: "client";
            };
            /**
             * @description Share of the clients of a round whose messages are enough, where some are lost; with fewer the round changes nothing.
             * @default 1
             */
            quorum?: number;
            /** @description Rounds of training at clients and aggregation. */
            rounds: number;
            /** @description With `asTrials`: a client that has sent nothing so long after its round began is lost to it. Default: it is waited for. */
            roundSeconds?: number;
            /**
             * @description `fixed`: as many clients in every round; `poisson`: each by itself with this probability, as privacy needs. Default: fixed, or poisson with privacy.
             * @enum {string}
             */
            sampling?: "fixed" | "poisson";
            /**
             * @description The server learns the sum of messages alone. With `asTrials`: where clients are sites whose cards name keys.
             * @default false
             */
            secureAggregation?: boolean;
        };
        RequestedFederationOutput: {
            /**
             * @description Clients that attack in every round; `none` is without.
             * @default [
             *       {
             *         "attack": "none"
             *       }
             *     ]
             */
            adversaries: ({
                /** @enum {string} */
                attack: "none";
            } | {
                attack: string;
                /**
                 * @description A changed update is multiplied by it.
                 * @default 10
                 */
                factor: number;
                /** @description Attackers among all clients, rounded. */
                share: number;
            })[];
            /**
             * @description Each turn of a client is a trial on the queue, which any worker may run. Default: clients take turns in one process. The numbers are the same.
             * @default false
             */
            asTrials: boolean;
            /**
             * @description With `asTrials`: the turns of a client run on a worker that says it holds the data of its site. Default: on any worker.
             * @default false
             */
            held: boolean;
            /** @description Optimizer steps of a client in a round; `training.steps` is this times the rounds. */
            localSteps: number;
            /**
             * @description Shares of the turns that are lost, each by itself: such a client sends nothing in that round.
             * @default [
             *       0
             *     ]
             */
            lost: number[];
            /**
             * @description Shares of the clients that take part in a round.
             * @default [
             *       1
             *     ]
             */
            participation: number[];
            partition: components["schemas"]["FederationPartitionOutput"];
            /** @description Clips changes of clients and adds noise to their sum. Omitted: neither. */
            privacy?: {
                /** @description Largest norm of a client's change. */
                clip: number;
                /**
                 * @description The δ for which ε is said.
                 * @default 0.00001
                 */
                delta: number;
                noise: number[];
                /**
                 * @description What ε speaks of.
                 * @default client
                 * @enum {string}
                 */
                unit: "client";
            };
            /**
             * @description Share of the clients of a round whose messages are enough, where some are lost; with fewer the round changes nothing.
             * @default 1
             */
            quorum: number;
            /** @description Rounds of training at clients and aggregation. */
            rounds: number;
            /** @description With `asTrials`: a client that has sent nothing so long after its round began is lost to it. Default: it is waited for. */
            roundSeconds?: number;
            /**
             * @description `fixed`: as many clients in every round; `poisson`: each by itself with this probability, as privacy needs. Default: fixed, or poisson with privacy.
             * @enum {string}
             */
            sampling?: "fixed" | "poisson";
            /**
             * @description The server learns the sum of messages alone. With `asTrials`: where clients are sites whose cards name keys.
             * @default false
             */
            secureAggregation: boolean;
        };
        RetriedDeliveries: {
            retried: number;
        };
        RobustnessReport: {
            /** @description Share of pairs that an imitation orders as the ranker does; null where nothing imitates it. */
            agreement: number | null;
            /** @description Of the words of triggers by the generator; null where none was asked. */
            perplexity: number | null;
            /** @description Queries that were examined. */
            queries: number;
            /** @description Lists that the attacker had the ranker score, and gradients. */
            questions: number;
        };
        /** @enum {string} */
        Role: "viewer" | "submitter" | "admin";
        RotateKey: {
            /** @description A new end of the key; without it the one it has stays. */
            expiresInDays?: number;
            /**
             * @description How long the old secret goes on working; 0 ends it at once.
             * @default 24
             */
            overlapHours?: number;
        };
        RungLedger: {
            /** @description The closest to the best of their rungs; `stopped` counts the others as well. */
            configurations: {
                /** @description The best validation value of its method there. */
                best: number;
                /** @description Chance that the best of the method was dropped by the luck of the examples, over all its rungs. */
                error: number;
                /** @description Validation examples that the two were compared on. */
                examples: number | null;
                learningRate: number;
                /** @description Of the test against the best on the same examples; null where their scores are not kept. */
                pValue: number | null;
                rank: number | null;
                /** @description From 1, of `rungs`. */
                rung: number;
                rungs: number;
                /** @description Optimizer step at which the rung ends. */
                step: number;
                /** @description It loses to the best there within the error that the scheduler allows. */
                surely: boolean;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                trialId: string;
                /** @description Its validation value there, over its seeds. */
                value: number;
            }[];
            error: number;
            /** @description Configurations that went no further than a rung. */
            stopped: number;
            /** @description Of these, those that lose to the best of their rung for sure. */
            surely: number;
        };
        RunMetric: {
            /** @enum {string} */
            direction: "minimize" | "maximize";
            name: string;
            /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
            range: [
                number | null,
                number | null
            ];
            /**
             * @description `mean`: a score is the mean of its examples. `exp-mean`: the exponential of their mean, as perplexity is of negative log-likelihoods; means, intervals and tests are made before it.
             * @enum {string}
             */
            scale: "mean" | "exp-mean";
        };
        RunsAdded: {
            /** @description Runs that the board did not have. */
            added: number;
            base: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description Runs that the board has just so already. */
            known: number;
            metric: components["schemas"]["RunMetric"];
            name: string;
            /** @description Runs in the place of one of the same configuration and seed. */
            replaced: number;
            /** @description Runs that the board has now. */
            runs: number;
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
            /** @description Examples of its test set; null where no run has scores by example. */
            testExamples: number | null;
            title: string;
        };
        RunsRemoved: {
            base: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            name: string;
            /** @description Runs that were on it. */
            runs: number;
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
            title: string;
        };
        Scheduler: {
            /**
             * @description Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
             * @default 0.05
             */
            error?: number;
            /** @enum {string} */
            kind: "asha";
            /** @description Optimizer steps at which the lowest rung ends. */
            minSteps: number;
            /**
             * @description Configurations of a method that may train at once, so that the best go on before all have begun.
             * @default 8
             */
            parallel?: number;
            /**
             * @description One of so many goes on to the next rung.
             * @default 3
             */
            reduction?: number;
            /** @description Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all. */
            rungSeeds?: number;
            /** @description Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split. */
            validationExamples?: number;
        } | {
            /**
             * @description Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
             * @default 0.05
             */
            error?: number;
            /** @enum {string} */
            kind: "hyperband";
            /** @description Optimizer steps at which the lowest rung ends. */
            minSteps: number;
            /**
             * @description Configurations of a method that may train at once, so that the best go on before all have begun.
             * @default 8
             */
            parallel?: number;
            /**
             * @description One of so many goes on to the next rung.
             * @default 3
             */
            reduction?: number;
            /** @description Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all. */
            rungSeeds?: number;
            /** @description Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split. */
            validationExamples?: number;
        } | {
            /** @enum {string} */
            kind: "median";
            /**
             * @description Ended trainings that must have been evaluated at the same step.
             * @default 3
             */
            minTrials?: number;
            /**
             * @description Trainings of a method that must have ended before any of it is stopped.
             * @default 5
             */
            startupTrials?: number;
            /**
             * @description Steps before which none is stopped.
             * @default 0
             */
            warmupSteps?: number;
        };
        SchedulerOutput: {
            /**
             * @description Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
             * @default 0.05
             */
            error: number;
            /** @enum {string} */
            kind: "asha";
            /** @description Optimizer steps at which the lowest rung ends. */
            minSteps: number;
            /**
             * @description Configurations of a method that may train at once, so that the best go on before all have begun.
             * @default 8
             */
            parallel: number;
            /**
             * @description One of so many goes on to the next rung.
             * @default 3
             */
            reduction: number;
            /** @description Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all. */
            rungSeeds?: number;
            /** @description Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split. */
            validationExamples?: number;
        } | {
            /**
             * @description Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
             * @default 0.05
             */
            error: number;
            /** @enum {string} */
            kind: "hyperband";
            /** @description Optimizer steps at which the lowest rung ends. */
            minSteps: number;
            /**
             * @description Configurations of a method that may train at once, so that the best go on before all have begun.
             * @default 8
             */
            parallel: number;
            /**
             * @description One of so many goes on to the next rung.
             * @default 3
             */
            reduction: number;
            /** @description Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all. */
            rungSeeds?: number;
            /** @description Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split. */
            validationExamples?: number;
        } | {
            /** @enum {string} */
            kind: "median";
            /**
             * @description Ended trainings that must have been evaluated at the same step.
             * @default 3
             */
            minTrials: number;
            /**
             * @description Trainings of a method that must have ended before any of it is stopped.
             * @default 5
             */
            startupTrials: number;
            /**
             * @description Steps before which none is stopped.
             * @default 0
             */
            warmupSteps: number;
        };
        Search: {
            /** @enum {string} */
            kind: "grid";
        } | {
            /** @enum {string} */
            kind: "random";
            /** @default 0 */
            seed?: number;
            /** @description Configurations drawn without replacement from the grid; each runs with every seed and budget. */
            trials: number;
        } | {
            /** @enum {string} */
            kind: "sobol";
            /** @default 0 */
            seed?: number;
            /** @description Configurations of each method, the same number for all; each runs with every seed and budget. */
            trials: number;
        } | {
            /** @enum {string} */
            kind: "tpe";
            /**
             * @description Configurations of a method that may train at once. More is faster and learns less from each.
             * @default 4
             */
            parallel?: number;
            /** @default 0 */
            seed?: number;
            /** @description Configurations of each method, the same number for all; each runs with every seed and budget. */
            trials: number;
        };
        SearchOutput: {
            /** @enum {string} */
            kind: "grid";
        } | {
            /** @enum {string} */
            kind: "random";
            /** @default 0 */
            seed: number;
            /** @description Configurations drawn without replacement from the grid; each runs with every seed and budget. */
            trials: number;
        } | {
            /** @enum {string} */
            kind: "sobol";
            /** @default 0 */
            seed: number;
            /** @description Configurations of each method, the same number for all; each runs with every seed and budget. */
            trials: number;
        } | {
            /** @enum {string} */
            kind: "tpe";
            /**
             * @description Configurations of a method that may train at once. More is faster and learns less from each.
             * @default 4
             */
            parallel: number;
            /** @default 0 */
            seed: number;
            /** @description Configurations of each method, the same number for all; each runs with every seed and budget. */
            trials: number;
        };
        Selection: {
            /** @description Indices of the training split, ascending. */
            examples: number[];
            /** @description Examples of the training split. */
            of: number;
            /** @description Of each field, and of the class: the share of the chosen examples that has each value. */
            shares: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /** @description Whether vLLM serves the adapter, in the format `peft`, beside its base model. */
        Servability: {
            /** @description What `--max-lora-rank` must be at least. */
            maxLoraRank?: number;
            /** @description Why not, one sentence each. */
            reasons: string[];
            servable: boolean;
        };
        SignedIn: {
            /** @description May act in every project and manage projects. */
            installation: boolean;
            name: string;
            /** @description Is sent in the header `rankforge-page` with every request of the session: its cookie alone opens nothing. */
            pageToken: string;
            /** @description The project this request acts in. */
            project: components["schemas"]["ProjectName"];
            role: components["schemas"]["Role"];
        };
        SignIn: {
            key: string;
        };
        SignInOptions: {
            provider: boolean;
        };
        Standings: {
            alpha: number;
            boards: {
                base: string;
                complete: boolean;
                metric: {
                    /** @enum {string} */
                    direction: "minimize" | "maximize";
                    name: string;
                    /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                    range: [
                        number | null,
                        number | null
                    ];
                };
                task: string;
                title: string;
            }[];
            /** @description Best mean place first; those without one last. */
            rows: {
                adapter?: string;
                apartBlocks?: number;
                attention?: string;
                baseDtype?: string;
                /** @description In the order of `boards`. */
                cells: ({
                    /** @description Letters, from a to z, then a₂ to z₂ and so on: two rows that share a letter cannot be told apart. */
                    group: string | null;
                    /** @description 95 % interval over what `intervalCovers` says; null where nothing says how certain the score is. */
                    interval: [
                        number,
                        number
                    ] | null;
                    /** @description Among the contenders ranked here; ties share a mean. */
                    place: number | null;
                    rank: number | null;
                    /** @description Why it does not fit, failed or has no score; of a row with one, which of its seeds are not in it. */
                    reason: string | null;
                    /** @description Mean over seeds on the test split. */
                    score: number | null;
                    /**
                     * @description A row without a score says the state of its own trials: `running` where one runs, `queued` where all that may still run wait.
                     * @enum {string}
                     */
                    status: "scored" | "unscored" | "does-not-fit" | "failed" | "running" | "queued";
                } | null)[];
                checkpointing?: string;
                competingEngine?: string;
                computeDtype?: string;
                devices?: number;
                doubleQuantization?: string;
                generator?: string;
                /** @description Rows that share a letter differ by less than the critical difference. */
                group: string | null;
                /** @description Over all boards that have scores; null where one of them has none of it. */
                meanPlace: number | null;
                method: string;
                optimizer: string;
                recipe?: string;
                shard?: string;
                strategy?: string;
            }[];
            /** @description Null with fewer than two boards or two contenders that are on all of them. */
            test: {
                chiSquared: number;
                /** @description Mean places that differ by at least so much differ (Nemenyi). */
                criticalDifference: number;
                /** @description Friedman's test in the form of Iman and Davenport. */
                pValue: number;
            } | null;
        };
        /** @enum {string} */
        StorageKind: "adapters" | "checkpoints" | "predictions" | "datasets" | "bases" | "metrics" | "logs" | "trials" | "events";
        StorageReport: {
            /** @description Of the whole database; null in the report of a project. */
            databaseBytes: number | null;
            /** @description The disk that files are stored on; null in the report of a project, or where it cannot be asked. */
            disk: {
                bytes: number;
                freeBytes: number;
            } | null;
            /** @description Largest first. A file that several rows name is counted once. Base models and events are of the whole installation, and in its report alone. */
            kinds: {
                bytes: number;
                kind: components["schemas"]["StorageKind"];
            }[];
            /** @description Largest first; a file that two projects have counts in both. */
            projects: {
                fileBytes: number;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                name: string;
                rowBytes: number;
            }[];
            /** @description Largest first, as many as were asked for. */
            sweeps: {
                /** @description A file that two sweeps have counts in both. */
                fileBytes: number;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                name: string;
                project: components["schemas"]["ProjectName"];
                /** @description What is left of it goes in the background, or is kept for other sweeps. */
                removed: boolean;
                /** @description Its share of the tables of PostgreSQL, estimated. */
                rowBytes: number;
                state: components["schemas"]["SweepState"];
            }[];
        };
        /** @description How the clients of a federation train, and what becomes of their messages. */
        Strategy: {
            config: {
                [key: string]: unknown;
            };
            evidence: {
                /** @enum {string} */
                level: "full" | "partial";
                reason?: string;
            };
            name: string;
            /**
             * @description Clients may have ranks of their own.
             * @enum {boolean}
             */
            ownRanks?: true;
            paper: {
                arxiv?: string;
                title: string;
                year: number;
            } | null;
            summary: string;
            title: string;
        };
        Sweep: {
            base: string;
            /** Format: date-time */
            createdAt: string;
            /** @description Trials of a paused sweep that are still running: they run to their end. */
            draining: number;
            /** @description The first, where it compares several. */
            engine: components["schemas"]["EngineName"];
            /** @description Of the steps and scorings that are left, from the pace while its trials ran: hours in which the sweep was paused or the platform was stopped are no part of it. Until a training has ended or a scoring was ever timed, of the steps alone. Null before the first steps. */
            etaSeconds: number | null;
            finishedAt: string | null;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description Trials over budget because a smaller rank was, and not run: see `skipLargerRanks`. */
            implied: number;
            kind: components["schemas"]["SweepKind"];
            /** @description Trials whose result was taken from another trial with the same key. */
            known: number;
            name: string;
            /** @description Plain text, for people. */
            note: string | null;
            priority: number;
            /** @description Why the platform paused it; of a running one, why no further trial can be made or begun for now. */
            reason: string | null;
            /** @description Scorings of the test split that run or ran here, and those that are still to be made: of each contender one configuration with each seed, under each budget that gives it others to choose from. */
            scorings: {
                done: number;
                total: number;
            };
            state: components["schemas"]["SweepState"];
            stepsDone: number;
            /** @description Optimizer steps of all trials that run or will run. */
            stepsTotal: number;
            /** @description In order. */
            tags: string[];
            task: string;
            /** @description Trials of the whole plan, with the scorings that it comes to. It falls where fewer are made, as after failures. */
            total: number;
            trials: components["schemas"]["TrialCounts"];
            /** @description Trials of the plan that have no row yet: they are created as earlier ones are taken. */
            uncreated: number;
            /** @description What has to end before its first trial is made. */
            waitsFor: {
                /** @description Of what it waits for. */
                state: string;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                sweepId: string;
                sweepName: string;
                /** @description Null where it waits for the whole sweep. */
                trialId: string | null;
            } | null;
        };
        SweepActionResult: {
            changed: number;
            sweep: components["schemas"]["Sweep"];
        };
        SweepCurves: {
            curves: {
                adapter?: string;
                apartBlocks?: number;
                attention?: string;
                baseDtype?: string;
                checkpointing?: string;
                competingEngine?: string;
                computeDtype?: string;
                devices?: number;
                doubleQuantization?: string;
                generator?: string;
                learningRate: number;
                method: string;
                optimizer: string;
                rank: number | null;
                recipe?: string;
                seed: number;
                shard?: string;
                steps: number[];
                strategy?: string;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                trialId: string;
                values: number[];
            }[];
            metric: string;
            /** @description There are more trainings than curves. */
            truncated: boolean;
        };
        SweepDependencies: {
            edges: {
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                from: string;
                /**
                 * Format: uuid
                 * @description The sweep that starts from a model of `from`.
                 */
                to: string;
                /** @description Whose model; null until one is chosen. */
                trialId: string | null;
            }[];
            sweeps: {
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                kind: components["schemas"]["SweepKind"];
                name: string;
                reason: string | null;
                state: components["schemas"]["SweepState"];
                /** @description It has no trial yet, for what it starts from has not ended. */
                waits: boolean;
            }[];
        };
        SweepDetail: {
            base: string;
            /** Format: date-time */
            createdAt: string;
            /** @description Trials of a paused sweep that are still running: they run to their end. */
            draining: number;
            /** @description The first, where it compares several. */
            engine: components["schemas"]["EngineName"];
            /** @description Of the steps and scorings that are left, from the pace while its trials ran: hours in which the sweep was paused or the platform was stopped are no part of it. Until a training has ended or a scoring was ever timed, of the steps alone. Null before the first steps. */
            etaSeconds: number | null;
            finishedAt: string | null;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description Trials over budget because a smaller rank was, and not run: see `skipLargerRanks`. */
            implied: number;
            kind: components["schemas"]["SweepKind"];
            /** @description Trials whose result was taken from another trial with the same key. */
            known: number;
            name: string;
            /** @description Plain text, for people. */
            note: string | null;
            priority: number;
            /** @description Why the platform paused it; of a running one, why no further trial can be made or begun for now. */
            reason: string | null;
            /** @description Scorings of the test split that run or ran here, and those that are still to be made: of each contender one configuration with each seed, under each budget that gives it others to choose from. */
            scorings: {
                done: number;
                total: number;
            };
            spec: components["schemas"]["CreateSweepOutput"];
            state: components["schemas"]["SweepState"];
            stepsDone: number;
            /** @description Optimizer steps of all trials that run or will run. */
            stepsTotal: number;
            /** @description In order. */
            tags: string[];
            task: string;
            /** @description Trials of the whole plan, with the scorings that it comes to. It falls where fewer are made, as after failures. */
            total: number;
            trials: components["schemas"]["TrialCounts"];
            /** @description Trials of the plan that have no row yet: they are created as earlier ones are taken. */
            uncreated: number;
            /** @description What has to end before its first trial is made. */
            waitsFor: {
                /** @description Of what it waits for. */
                state: string;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                sweepId: string;
                sweepName: string;
                /** @description Null where it waits for the whole sweep. */
                trialId: string | null;
            } | null;
        };
        /**
         * @description `finetune`: adapt a base model to a task. `pretrain`: train a whole model on next tokens, from scratch or further. `compress`: make a base model smaller, and recover it. `federate`: adapt a base model to a task by clients that exchange messages. `evaluate`: compare procedures that ask a generator, or attacks on a ranker, beside methods that train nothing. `command`: run a program of one's own with each configuration.
         * @enum {string}
         */
        SweepKind: "finetune" | "pretrain" | "compress" | "federate" | "evaluate" | "command";
        SweepPage: {
            items: components["schemas"]["Sweep"][];
            nextCursor?: string;
        };
        SweepPreview: {
            /** @description From step times measured on this installation, over the slots of live workers; null when nothing comparable has run. */
            estimatedSeconds: number | null;
            /** @description Those of them that are not run because a smaller rank does not fit. */
            implied: number;
            known: number;
            /** @description What the length of an example cuts, where the task is a data set of this installation. Absent: nothing of its examples can be cut, they lie at sites, or they could not be read. */
            lengths?: components["schemas"]["ReadLengths"];
            overBudget: number;
            rows: {
                adapter?: string;
                apartBlocks?: number;
                attention?: string;
                baseDtype?: string;
                budgets: {
                    fits: boolean;
                    /** @description The smaller rank that does not fit, by which this one is not run. */
                    impliedByRank?: number;
                    /** @description The most that the training may take, by measure and in its unit. */
                    limits?: {
                        [key: string]: number;
                    };
                    memoryBudgetMiB: number;
                    reason?: string;
                }[];
                checkpointing?: string;
                competingEngine?: string;
                computeDtype?: string;
                /** @description Configurations of the method, the optimizer, the strategy and the recipe in one. A field that two of them have is named with its part, such as `config.beta1` and `optimizerConfig.beta1`. */
                config: {
                    [key: string]: unknown;
                };
                devices?: number;
                doubleQuantization?: string;
                /** @description Of a federation whose noise bounds it: predicted. */
                epsilon?: number;
                /** @description Chosen as the largest that fits the budget by prediction, where the sweep asked for that. */
                fitted?: ("rank" | "microBatch")[];
                generator?: string;
                /** @description Trials of this row whose result is known already. */
                known: number;
                /** @description Null where nothing is trained. */
                learningRate: number | null;
                /** @description Of a federation: predicted bytes of all messages, from clients and to them. */
                messages?: {
                    down: number;
                    setUp: {
                        down: number;
                        up: number;
                    };
                    up: number;
                };
                method: string;
                /** @description Examples of one forward pass. */
                microBatch?: number;
                /** @description What the method or the optimizer repeats after some steps, and never comes to in this run, e.g. `galore: never refreshes its subspace in 100 steps (gap 200)`; absent: nothing. */
                neverFired?: string[];
                /** @description Tensors that the optimizer leaves to another rule than its own, and options that are of no use to it or to the method, and why; absent: none. */
                notice?: string;
                optimizer: string;
                predicted: components["schemas"]["MemoryByPart"];
                rank: number | null;
                recipe?: string;
                /** @description Of a federation: see `scenario` of a board. */
                scenario?: string;
                seeds: number;
                shard?: string;
                steps: number;
                strategy?: string;
                trainableParameters: number;
                /** @description Said of what is allowed and hardly meant. */
                warning?: string;
                /** @description Why kernels are whole here that the model it starts from could hold as two factors, e.g. `trains kernels`. */
                wholeKernels?: string;
            }[];
            /** @description The search decides while it runs what is tried: the rows are ends and middles of its axes, and nothing of it is known. */
            sampled: boolean;
            /** @description Scorings that follow, which are trials of the sweep too. */
            scorings: number;
            /** @description Trainings that will really run: known, linked and over-budget trials are not. With those of a fair protocol whose settings the tuning chooses. */
            toRun: number;
            /** @description Without the scorings. */
            trials: number;
            truncated: boolean;
        };
        SweepRemoval: {
            attempts: number;
            base: string;
            /** @description Freed on disk by the next collections of files. */
            fileBytes: number;
            /** @description Stored files that nothing else names. */
            files: number;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description Sweeps that took results of it, at most 20, newest first. */
            keptFor: {
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                name: string;
            }[];
            /** @description Trials whose results other sweeps took, and those that these came from: they stay, unseen, until those sweeps go as well. */
            keptTrials: number;
            metricPoints: number;
            name: string;
            /** @description Empty where it can be removed; at most 20 of each. */
            obstacles: components["schemas"]["RemovalObstacle"][];
            /** @description Of rows in PostgreSQL, estimated: PostgreSQL fills the room anew, and returns it seldom. */
            rowBytes: number;
            task: string;
            /** @description Trials that go, with their attempts, logs, metrics and files. */
            trials: number;
        };
        SweepSettings: {
            /** @description How far the trainings went whose scores these are. */
            budget: {
                /** @description The fewest steps of whole trainings, where steps are a setting; `steps` are the most. */
                fewest?: number;
                /** @description Optimizer steps. */
                steps: number;
                /** @description With a score there, of the configurations that are listed. */
                trainings: number;
                /** @description Examples of the validation split that they were judged by. Absent: all of them. */
                validationExamples?: number;
                /** @description Trainings to the last step; others ended at a rung of a scheduler. */
                whole: boolean;
            };
            /** @description Every budget of the sweep, the smallest first. */
            budgets: {
                /** @description The fewest steps of whole trainings, where steps are a setting; `steps` are the most. */
                fewest?: number;
                /** @description Optimizer steps. */
                steps: number;
                /** @description With a score there, of the configurations that are listed. */
                trainings: number;
                /** @description Examples of the validation split that they were judged by. Absent: all of them. */
                validationExamples?: number;
                /** @description Trainings to the last step; others ended at a rung of a scheduler. */
                whole: boolean;
            }[];
            configurations: {
                /** @description Mean score over its seeds that tuned; null where none is scored. */
                mean: number | null;
                /** @description Its place in `methods`. */
                method: number;
                trainings: {
                    /** @description It judges what was chosen before, with a fresh seed: it is no part of the mean. */
                    judging: boolean;
                    /**
                     * @description `stopped`: a scheduler trained it no further than `step`. `unscored`: its score is no finite number. `open`: it may still run.
                     * @enum {string}
                     */
                    outcome: "scored" | "stopped" | "over-budget" | "failed" | "unscored" | "cancelled" | "open";
                    /** @description Validation value of the objective, where it was scored. */
                    score: number | null;
                    seed: number;
                    /** @description Optimizer steps done. */
                    step: number;
                    /**
                     * Format: uuid
                     * @description UUID, version 7: ids sort by creation time.
                     */
                    trialId: string;
                }[];
                /** @description By the name of the setting; a setting that its method does not have is left out. */
                values: {
                    [key: string]: number | string | boolean;
                };
            }[];
            /** @enum {string} */
            direction: "minimize" | "maximize";
            importance: {
                /** @description Of the intervals. */
                confidence: number;
                /** @description Over all methods first, where there are several. */
                groups: {
                    /** @description With a score of as many seeds as the fullest of their method; where the answer is `sampled`, of those that were drawn. */
                    configurations: number;
                    /** @description Its place in `methods`; null: over all of them. */
                    method: number | null;
                    /** @description Largest first. Empty where there are fewer configurations than `least`. */
                    settings: {
                        high: number;
                        low: number;
                        /** @description A setting, or `method` over all methods. */
                        name: string;
                        /** @description How often an importance as large came about where scores were dealt to configurations at random. */
                        pValue: number;
                        /** @description Its part of the importance of all settings, by PED-ANOVA. */
                        share: number;
                    }[];
                }[];
                /** @description Configurations below which nothing is said: the order of settings would mostly be chance. */
                least: number;
            };
            methods: {
                adapter?: string;
                apartBlocks?: number;
                attention?: string;
                baseDtype?: string;
                checkpointing?: string;
                /** @description Place in `configurations` of the best of its whole trainings, as the board chooses. Null where none has a score, and where each configuration is a row of the board. */
                chosen: number | null;
                competingEngine?: string;
                computeDtype?: string;
                devices?: number;
                doubleQuantization?: string;
                /** @description Settings of which the chosen value is the outermost tried. */
                edges: components["schemas"]["GridEdge"][];
                generator?: string;
                method: string;
                optimizer: string;
                recipe?: string;
                /** @description Of a federation. */
                scenario?: string;
                shard?: string;
                strategy?: string;
            }[];
            metric: string;
            /** @description It has more than are listed: a random sample, and the best of each method with it. */
            sampled: boolean;
            /** @description Settings that take several values within a method. */
            settings: {
                /** @description As a sweep names it: `learningRate`, `rank`, `training.steps`, `config.<field>`, `optimizerConfig.<field>`, `recipeConfig.<field>` or `strategyConfig.<field>`. */
                name: string;
                /**
                 * @description `list`: its values have no order.
                 * @enum {string}
                 */
                scale: "log" | "linear" | "list";
            }[];
            /** @description Configurations of the sweep, with whatever budget. */
            total: number;
        };
        /** @enum {string} */
        SweepState: "RUNNING" | "PAUSED" | "COMPLETED" | "CANCELLED";
        SweepTagList: {
            /** @description The most used ones first, 1000 at most. */
            tags: {
                /** @description Sweeps that have it. */
                sweeps: number;
                tag: string;
            }[];
        };
        Task: {
            /**
             * @description Its examples are conversations, which a chat template lays out: a sweep may name one.
             * @enum {boolean}
             */
            conversations?: true;
            /** @description Version of the data that is prepared from the source. Absent: as it was when trials were first kept. */
            dataVersion?: number;
            defaults: {
                batchSize: number;
                sequenceLength: number;
                steps: number;
            };
            description: string;
            metrics: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                name: string;
                /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                range: [
                    number | null,
                    number | null
                ];
            }[];
            name: string;
            /** @description What is learned, by the name of the objective. */
            objective: string;
            /** @description Fields that its examples have beside their input, with their values: a federation may divide them so. */
            origins?: {
                [key: string]: string[];
            };
            primaryMetric: {
                /** @enum {string} */
                direction: "minimize" | "maximize";
                name: string;
                /** @description Lowest and highest value that it can have; null where there is none. Intervals stay inside. */
                range: [
                    number | null,
                    number | null
                ];
            };
            /**
             * @description What its examples are: the kind of input of a base that can learn it.
             * @enum {string}
             */
            reads: "tokens" | "image" | "fields" | "features";
            source: {
                licence: string;
                package: string;
                version: string;
            };
            title: string;
            /** @description Tokens are predicted: a base that can learn it predicts the next token. */
            writes: boolean;
        };
        TaskList: {
            tasks: components["schemas"]["Task"][];
        };
        TokenPrice: {
            /** @description Of a million tokens of prompts. */
            read: number;
            /** @description Of a million tokens that it writes. */
            written: number;
        };
        ToolKey: {
            key: string;
            /** @description Absent of what does not stand in the file. */
            line?: number;
        };
        TorchSetup: {
            /**
             * @description Type of adapters: peft makes them float32, or leaves them in that of the model.
             * @default float32
             * @enum {string}
             */
            adapters?: "float32" | "model";
            /**
             * @description Implementation of attention.
             * @default sdpa
             * @enum {string}
             */
            attention?: "sdpa" | "eager" | "flash";
            /** @description `torch.autocast` to bfloat16. Default: where the base is prepared. */
            autocast?: boolean;
            /**
             * @description Scales of nf4 are quantized too: `bnb_4bit_use_double_quant`.
             * @default true
             */
            doubleQuantization?: boolean;
            /** @description Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1. */
            gpus?: number;
            /**
             * @description Type in which the loss is computed.
             * @default float32
             * @enum {string}
             */
            logits?: "float32" | "model";
            /**
             * @description `fused`: Liger's linear cross-entropy, which makes the logits of some tokens at a time.
             * @default whole
             * @enum {string}
             */
            loss?: "whole" | "fused";
            /**
             * @description Batches are padded, so that attention gets a mask.
             * @default true
             */
            padded?: boolean;
            /**
             * @description A base in int8 or nf4 is prepared by `prepare_model_for_kbit_training`: tables, head, norms and the residual stream are float32.
             * @default true
             */
            prepared?: boolean;
            /**
             * @description How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.
             * @enum {string}
             */
            shard?: "ddp" | "zero1" | "zero2" | "zero3" | "fsdp";
            /**
             * @description How the optimizer runs; those of bitsandbytes are of adamw alone.
             * @default foreach
             * @enum {string}
             */
            update?: "foreach" | "for-loop" | "fused" | "per-layer" | "8bit" | "paged" | "paged-8bit";
        };
        TorchSetupOutput: {
            /**
             * @description Type of adapters: peft makes them float32, or leaves them in that of the model.
             * @default float32
             * @enum {string}
             */
            adapters: "float32" | "model";
            /**
             * @description Implementation of attention.
             * @default sdpa
             * @enum {string}
             */
            attention: "sdpa" | "eager" | "flash";
            /** @description `torch.autocast` to bfloat16. Default: where the base is prepared. */
            autocast?: boolean;
            /**
             * @description Scales of nf4 are quantized too: `bnb_4bit_use_double_quant`.
             * @default true
             */
            doubleQuantization: boolean;
            /** @description Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1. */
            gpus?: number;
            /**
             * @description Type in which the loss is computed.
             * @default float32
             * @enum {string}
             */
            logits: "float32" | "model";
            /**
             * @description `fused`: Liger's linear cross-entropy, which makes the logits of some tokens at a time.
             * @default whole
             * @enum {string}
             */
            loss: "whole" | "fused";
            /**
             * @description Batches are padded, so that attention gets a mask.
             * @default true
             */
            padded: boolean;
            /**
             * @description A base in int8 or nf4 is prepared by `prepare_model_for_kbit_training`: tables, head, norms and the residual stream are float32.
             * @default true
             */
            prepared: boolean;
            /**
             * @description How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.
             * @enum {string}
             */
            shard?: "ddp" | "zero1" | "zero2" | "zero3" | "fsdp";
            /**
             * @description How the optimizer runs; those of bitsandbytes are of adamw alone.
             * @default foreach
             * @enum {string}
             */
            update: "foreach" | "for-loop" | "fused" | "per-layer" | "8bit" | "paged" | "paged-8bit";
        };
        TrainingOptions: {
            /**
             * @description Micro-batches per optimizer step.
             * @default 1
             */
            accumulate: number;
            /** @description Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. */
            apartBlocks?: number;
            /**
             * @description `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens.
             * @enum {string}
             */
            attention?: "auto" | "whole" | "chunked";
            /**
             * @description Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`.
             * @enum {string}
             */
            baseDtype?: "float32" | "bfloat16" | "float16" | "int8" | "nf4";
            batchSize: number;
            /**
             * @description Steps between checkpoints.
             * @default 50
             */
            checkpointEvery: number;
            /**
             * @description `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept.
             * @enum {string}
             */
            checkpointing?: "none" | "block";
            /**
             * @description Global gradient norm is clipped to this; null: it is not.
             * @default 1
             */
            clipNorm: number | null;
            /**
             * @description Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`.
             * @enum {string}
             */
            computeDtype?: "float32" | "bfloat16";
            /** @description Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. */
            devices?: number;
            /**
             * @description Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`.
             * @enum {string}
             */
            doubleQuantization?: "on" | "off";
            /** @default 0 */
            dropout: number;
            /** @description Steps between validations; default: only at the end. */
            evalEvery?: number;
            /**
             * @description `perLayer` updates each parameter in the backward pass and frees its gradient: less memory, the same numbers. It needs `clipNorm` null and `accumulate` 1. Default: `tree`, all after the pass.
             * @enum {string}
             */
            execution?: "tree" | "perLayer";
            /** @description Learning rate of a head made for the task, on the same schedule, whatever the learning rates that are tried. Default: that of all else. */
            headLearningRate?: number;
            /** @description Steps between measurements of the largest queries and keys, for low-rank updates; default: none. */
            normEvery?: number;
            /** @description Of a ranker: places of a row that are the query's, special tokens before it among them; the text has the others, and either is padded by itself. Default: the text follows on the query. */
            queryTokens?: number;
            /**
             * @default cosine
             * @enum {string}
             */
            schedule: "constant" | "linear" | "cosine";
            sequenceLength: number;
            /**
             * @description What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`.
             * @enum {string}
             */
            shard?: "ddp" | "zero2" | "zero3" | "fsdp";
            /** @description 0 evaluates what training starts from. */
            steps: number;
            /**
             * @description Linear layers that get an adapter, by their name within a block.
             * @default [
             *       "query",
             *       "value"
             *     ]
             */
            targets: string[];
            /**
             * @description Of a ranker with `queryTokens`: the title of a text, its first line where more follow, stands behind the query in its places, so that blocks apart read both together. Default: titles stay with their texts.
             * @enum {boolean}
             */
            titleWithQuery?: true;
            /** @default 0 */
            warmupSteps: number;
        };
        Trial: {
            adapter?: string;
            apartBlocks?: number;
            attempts: number;
            attention?: string;
            baseDtype?: string;
            checkpointing?: string;
            competingEngine?: string;
            computeDtype?: string;
            /** Format: date-time */
            createdAt: string;
            devices?: number;
            dominantPart: ("weights" | "adapters" | "gradients" | "optimizer" | "activations" | "workspace") | null;
            doubleQuantization?: string;
            finishedAt: string | null;
            generator?: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description The trial of a smaller rank that did not fit, by which this one was not run. */
            impliedById: string | null;
            /** @description Content key: equal keys are computed once. */
            key: string;
            /** @enum {string} */
            kind: "train" | "federate" | "aggregate" | "client-turn" | "client-score" | "baseline" | "evaluate" | "score" | "baseline-test" | "evaluate-test" | "command" | "command-test";
            /** @description The trial with the same key whose result this one takes. */
            leaderId: string | null;
            /** @description Null where nothing is trained. */
            learningRate: number | null;
            /** @description Of further measures, where the sweep has any. */
            limits?: {
                [key: string]: number;
            };
            /** @description Training loss of the last recorded step. */
            loss: number | null;
            measuredBytes: number | null;
            memoryBudgetMiB: number;
            method: string;
            /** @description Validation value of the sweep objective. */
            objective: number | null;
            optimizer: string;
            /** @description Position in its sweep, from 1. */
            ordinal: number;
            /** @description Of a client's turn: the trial of its federation. */
            partOf?: {
                /** @description Its place among the clients, from 0. */
                client: number;
                /** @description From 1. */
                round: number;
                /** @description Data that its worker must hold; null: every worker can run it. */
                site: string | null;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                trialId: string;
            };
            predictedBytes: number;
            rank: number | null;
            /** @description Why it failed, or does not fit, in words; of one that is queued, asked for by its id, why it cannot begin. */
            reason: string | null;
            recipe?: string;
            /** @description Of a scoring: value of the sweep objective on the test split. */
            score: number | null;
            /** @description For `score`: the trained trial. */
            scoresTrialId: string | null;
            seed: number;
            shard?: string;
            startedAt: string | null;
            state: components["schemas"]["TrialState"];
            /** @description Optimizer steps done. */
            step: number;
            steps: number;
            strategy?: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            sweepId: string;
        };
        /** @description The program that a trial runs, with its placeholders, and the folder it runs in. */
        TrialCommand: {
            folder: string;
            preset?: components["schemas"]["CommandPreset"];
            words: string[];
        };
        TrialCounts: {
            CANCELLED: number;
            FAILED: number;
            OVER_BUDGET: number;
            PENDING: number;
            PRUNED: number;
            QUEUED: number;
            RUNNING: number;
            SUCCEEDED: number;
        };
        TrialDetail: {
            adapter?: string;
            apartBlocks?: number;
            artifacts: components["schemas"]["Artifact"][];
            attemptList: components["schemas"]["Attempt"][];
            attempts: number;
            attention?: string;
            base: string;
            baseDtype?: string;
            checkpointing?: string;
            competingEngine?: string;
            computeDtype?: string;
            /** Format: date-time */
            createdAt: string;
            devices?: number;
            dominantPart: ("weights" | "adapters" | "gradients" | "optimizer" | "activations" | "workspace") | null;
            doubleQuantization?: string;
            engine: components["schemas"]["EngineName"];
            finishedAt: string | null;
            /** @description In which its adapter can be downloaded, the one to offer first in front. Empty where it has no adapter, or not yet. */
            formats: components["schemas"]["AdapterFormat"][];
            generator?: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description The trial of a smaller rank that did not fit, by which this one was not run. */
            impliedById: string | null;
            /** @description Present where its own sweep was removed: the sweeps for which it stays, at most 20, newest first. They took its result, or one that came from it. */
            keptFor?: {
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                id: string;
                name: string;
            }[];
            /** @description Content key: equal keys are computed once. */
            key: string;
            /** @enum {string} */
            kind: "train" | "federate" | "aggregate" | "client-turn" | "client-score" | "baseline" | "evaluate" | "score" | "baseline-test" | "evaluate-test" | "command" | "command-test";
            /** @description The trial with the same key whose result this one takes. */
            leaderId: string | null;
            /** @description Null where nothing is trained. */
            learningRate: number | null;
            /** @description Of further measures, where the sweep has any. */
            limits?: {
                [key: string]: number;
            };
            /** @description Training loss of the last recorded step. */
            loss: number | null;
            measured: components["schemas"]["MemoryByPart"] | null;
            measuredBytes: number | null;
            memoryBudgetMiB: number;
            method: string;
            /** @description Validation value of the sweep objective. */
            objective: number | null;
            optimizer: string;
            /** @description Position in its sweep, from 1. */
            ordinal: number;
            /** @description Of a client's turn: the trial of its federation. */
            partOf?: {
                /** @description Its place among the clients, from 0. */
                client: number;
                /** @description From 1. */
                round: number;
                /** @description Data that its worker must hold; null: every worker can run it. */
                site: string | null;
                /**
                 * Format: uuid
                 * @description UUID, version 7: ids sort by creation time.
                 */
                trialId: string;
            };
            predicted: components["schemas"]["MemoryByPart"];
            predictedBytes: number;
            rank: number | null;
            /** @description Why it failed, or does not fit, in words; of one that is queued, asked for by its id, why it cannot begin. */
            reason: string | null;
            recipe?: string;
            result: components["schemas"]["TrialResult"] | null;
            /** @description Of a scoring: value of the sweep objective on the test split. */
            score: number | null;
            /** @description For `score`: the trained trial. */
            scoresTrialId: string | null;
            seed: number;
            /** @description Null for a scoring, and where the method or the base model is not there any more. */
            servable: components["schemas"]["Servability"] | null;
            shard?: string;
            spec: components["schemas"]["TrialSpec"];
            startedAt: string | null;
            state: components["schemas"]["TrialState"];
            /** @description Optimizer steps done. */
            step: number;
            steps: number;
            strategy?: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            sweepId: string;
            task: string;
            /** @description Whether its base writes with the adapter that it leaves, so that it may be added as a generator. */
            writes: boolean;
        };
        TrialGenerator: {
            base: string;
            /** @description Its own chat template, where it is asked by that. */
            chat?: {
                /**
                 * Format: date
                 * @description What a template that asks for the day is told.
                 */
                date?: string;
                /** @description Of the text of the template, the special tokens that it names, and the date. */
                sha256: string;
                /** @description Absent: that of the base model. */
                template?: components["schemas"]["ChatTemplateName"];
            };
            /** @enum {string} */
            kind: "base";
            name: string;
            /** @description Digest of all that is known of it. */
            sha256: string;
            /**
             * @description `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.
             * @default plain
             * @enum {string}
             */
            template: "model" | "plain" | "chatml";
        } | {
            /**
             * @description `completions` continues a prompt, and scores it where the endpoint can repeat one.
             * @default chat
             * @enum {string}
             */
            api: "chat" | "completions";
            /** @description Variable of the environment of API and workers that holds its key; absent: it needs none. */
            keyFrom?: string;
            /** @enum {string} */
            kind: "endpoint";
            model: string;
            name: string;
            /** @description What its tokens cost, in a currency of yours; absent: boards say nothing of money. */
            price?: components["schemas"]["TokenPrice"];
            /** @description Digest of all that is known of it. */
            sha256: string;
            url: string;
        } | {
            /** @description Put into the base model in this order; the last is what the training left. */
            adapters: {
                adapter: string;
                /** @description That it is served at. */
                rank?: number;
            }[];
            /** @description The base model of the training. */
            base: string;
            /** @description Its own chat template, where it is asked by that. */
            chat?: {
                /**
                 * Format: date
                 * @description What a template that asks for the day is told.
                 */
                date?: string;
                /** @description Of the text of the template, the special tokens that it names, and the date. */
                sha256: string;
                /** @description Absent: that of the base model. */
                template?: components["schemas"]["ChatTemplateName"];
            };
            /** @enum {string} */
            kind: "adapter";
            name: string;
            /** @description Digest of all that is known of it. */
            sha256: string;
            /**
             * @description `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.
             * @default plain
             * @enum {string}
             */
            template: "model" | "plain" | "chatml";
            /**
             * Format: uuid
             * @description A training of the project that succeeded, on a base that predicts the next token.
             */
            trial: string;
        } | {
            /** @description Predicted bytes while it is open: the file, with keys and values of its whole context. */
            bytes: number;
            /** @description Its own chat template, where it is asked by that. */
            chat?: {
                /**
                 * Format: date
                 * @description What a template that asks for the day is told.
                 */
                date?: string;
                /** @description Of the text of the template, the special tokens that it names, and the date. */
                sha256: string;
                /** @description Absent: that of the base model. */
                template?: components["schemas"]["ChatTemplateName"];
            };
            /**
             * @description Most tokens that are read and written in all, if the model reads as many. Memory grows with it.
             * @default 4096
             */
            context: number;
            /** @description A GGUF file that lies in the models folder of the installation. */
            file: string;
            /** @description Digest of the file. */
            fileSha256: string;
            /** @enum {string} */
            kind: "gguf";
            name: string;
            /** @description Digest of all that is known of it. */
            sha256: string;
            /**
             * @description `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.
             * @default plain
             * @enum {string}
             */
            template: "model" | "plain" | "chatml";
        };
        TrialLog: {
            lines: {
                attempt: number;
                text: string;
            }[];
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
        };
        TrialPage: {
            items: components["schemas"]["Trial"][];
            nextCursor?: string;
        };
        TrialResult: {
            adapterBytes?: number;
            /** @description Of the scoring of a compression: the test split with the base model as it was. */
            before?: {
                [key: string]: number;
            };
            /** @description Of the scoring of a federation: by client. */
            byClient?: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** @description Of a training whose recipe searches the corpus. */
            encodedTexts?: number;
            /** @description Of a federated training. */
            federation?: components["schemas"]["FederationReport"];
            /** @description Of a training that reads queries with feedback. */
            feedbackDrift?: number;
            /** @description Of a scoring, where the trial has a teacher. */
            flips?: components["schemas"]["Flips"];
            /** @description Of a scoring. */
            forgetting?: components["schemas"]["Forgetting"];
            /** @description Of a training that searches by an index. */
            indexRecall?: number;
            medianStepMs?: number;
            /** @description Of an evaluation by a procedure. */
            procedure?: {
                /** @description Share of pairs of which both orders said the same; null where none was shown in both. */
                agreement: number | null;
                /** @description Answers that were asked for. */
                calls: number;
                /** @description Share of answers that a judge took for right, where one was asked. */
                judged?: number;
                /** @description Of its tokens, at the price of the generator: known answers cost what they did at first. */
                price?: number;
                queries: number;
                /** @description Means of the judge quest-eval over the answers that it could make questions of. */
                quest?: {
                    f1: number;
                    recall: number;
                };
                /** @description Of these, answers that were known from earlier runs. */
                replayed: number;
                /** @description Of the generator, when it gave the answers. */
                seconds: number;
                /** @description Of the generator; null where it did not say. */
                tokens: {
                    read: number;
                    written: number;
                } | null;
            };
            /** @description Of a training from clicks that learns them. */
            propensities?: components["schemas"]["Propensities"];
            /** @description Of an evaluation that examines a ranker. */
            robustness?: components["schemas"]["RobustnessReport"];
            seconds: number;
            /** @description Of a training whose recipe chooses its examples. */
            selection?: components["schemas"]["Selection"];
            /** @description Of a training whose recipe chooses its examples by gradients. */
            selectionGradients?: number;
            /** @description Validation by rank, where one training serves several. */
            served?: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            stepCpuMs?: number;
            /** @description Of a compression. */
            stored?: {
                base: {
                    bytes: number;
                    parameters: number;
                };
                /** @description In float32, but for what a method packs tighter. */
                bytes: number;
                /** @description Of the whole model as it is kept to be used. */
                parameters: number;
            };
            test?: {
                [key: string]: number;
            };
            tokensPerSecond?: number;
            trainableParameters?: number;
            /** @description Of a training whose recipe chooses its examples by gradients. */
            transportCost?: number;
            /** @description Of a scoring. */
            trivial?: {
                metrics: {
                    [key: string]: number;
                };
                /** @description How it predicts, e.g. `majority class`. */
                name: string;
            };
            validation?: {
                [key: string]: number;
            };
            /** @description Of the scoring of a federation: by metric. */
            worst?: {
                [key: string]: {
                    client: string;
                    value: number;
                };
            };
            /** @description Of a training whose recipe asks a generator. */
            writer?: {
                /** @description Answers that were asked for. */
                calls: number;
                /** @description Of its tokens, at the price of the generator: known answers cost what they did at first. */
                price?: number;
                /** @description Of these, answers that were known from earlier runs. */
                replayed: number;
                /** @description Of the generator, when it gave the answers. */
                seconds: number;
                /** @description Of the generator; null where it did not say. */
                tokens: {
                    read: number;
                    written: number;
                } | null;
            };
        };
        TrialSpec: {
            /** @description Name of that adapter, where it was imported. */
            adapter?: string;
            base: string;
            /** @description The template that made texts of its conversations. Absent: its examples are none. */
            chat?: {
                /**
                 * Format: date
                 * @description What a template that asks for the day is told.
                 */
                date?: string;
                /** @description Of the text of the template, the special tokens that it names, and the date. */
                sha256: string;
                /** @description Absent: that of the base model. */
                template?: components["schemas"]["ChatTemplateName"];
            };
            /** @description The program of the sweep that a trial runs. */
            command?: components["schemas"]["TrialCommand"];
            /** @description The engine again, where the sweep compares several. No number follows from it. */
            competingEngine?: components["schemas"]["EngineName"];
            /** @description SHA-256 of the examples, where the task is a data set of this installation. */
            dataset?: string;
            /** @description Version of the data of a built-in task. Absent: the data is as it was when trials were first kept. */
            dataVersion?: number;
            /** @description Tokens by which texts end, of which the first is learned, where files beside the base model name others than its `config.json`, or in another order. */
            ends?: number[];
            engine: components["schemas"]["EngineName"];
            /** @description Of a trial that runs by rounds of clients. */
            federation?: components["schemas"]["Federation"];
            /** @description Chosen as the largest that fits the budget by prediction, where the sweep asked for that. */
            fitted?: ("rank" | "microBatch")[];
            /** @description Hash of the adapter that training starts from. */
            from?: string;
            /** @description Of a procedure, or a recipe, that asks one. */
            generator?: components["schemas"]["TrialGenerator"];
            /**
             * @description Weights of the model before training, where they are not those of the base model.
             * @enum {string}
             */
            initial?: "random";
            /**
             * @description Of the sweep. Absent: fine-tuning.
             * @enum {string}
             */
            kind?: "pretrain" | "compress" | "federate" | "evaluate" | "command";
            learningRate: number;
            method: string;
            methodConfig: {
                [key: string]: unknown;
            };
            /** @description Versions of the numbers of its parts (method, optimizer, objective, recipe, strategy, tokenizer). A part that is not here gives those that it gave when trials were first kept. */
            numbers?: {
                [key: string]: number;
            };
            /** @description Adapters that are merged into the base model before anything else, in this order. */
            on?: {
                adapter: string;
                /**
                 * @description Kernels that it replaced by two factors are held as these in the base. Absent: they are multiplied, and whole.
                 * @enum {boolean}
                 */
                factors?: true;
                /** @description That it is served at. */
                rank?: number;
            }[];
            optimizer: string;
            optimizerConfig: {
                [key: string]: unknown;
            };
            /** @description The rank axis, or null where neither method nor optimizer has one. */
            rank: number | null;
            /** @description What training does around the method. */
            recipe?: string;
            recipeConfig?: {
                [key: string]: unknown;
            };
            seed: number;
            /** @description How clients train and what becomes of their messages. */
            strategy?: string;
            strategyConfig?: {
                [key: string]: unknown;
            };
            /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
            task: string;
            /** @description A second base model with a finished adapter. */
            teacher?: {
                adapter: string;
                base: string;
                /** @description Of the folder of that base model. */
                baseSha256: string;
            };
            /** @description Where one training serves several ranks: the rank it is trained at; `rank` is the one served. */
            trainedRank?: number;
            training: components["schemas"]["TrainingOptions"];
            /** @description The optimizer step to train to, on the schedule of all `training.steps`. Default: all of them. */
            until?: number;
            /** @description With `until`: examples of the validation split that it is judged by. Default: all of them. */
            validationExamples?: number;
        };
        /** @enum {string} */
        TrialState: "PENDING" | "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "OVER_BUDGET" | "PRUNED" | "CANCELLED";
        Usage: {
            /** @description Device memory that running trials have reserved. */
            reservedBytes: number;
            runningTrials: number;
            storedBytes: number;
            /** @description Queued trials of running sweeps. */
            waitingTrials: number;
        };
        Webhook: {
            /** Format: date-time */
            createdAt: string;
            /** @description Deliveries that were given up. */
            dead: number;
            events: components["schemas"]["WebhookEvent"][];
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            /** @description Deliveries that are still tried. */
            pending: number;
            url: string;
        };
        /** @enum {string} */
        WebhookEvent: "sweep.completed" | "sweep.cancelled" | "sweep.removed" | "trial.failed" | "trial.prediction-drift";
        WebhookList: {
            webhooks: components["schemas"]["Webhook"][];
        };
        WebhookWithSecret: {
            secret: string;
            webhook: components["schemas"]["Webhook"];
        };
        Worker: {
            /** @description Version of what it and the database agree on. */
            contract: number;
            devices: {
                /** @description What trials may take together now: what others use and what is kept free is not in it. */
                capacityBytes: number;
                /** @description Engines of the worker that compute on it. */
                engines?: components["schemas"]["EngineName"][];
                /** @description Stable within the worker: `host`, `cuda:0`, or `cuda:0:1` for a slice of a card in MIG mode. */
                id: string;
                /** @description Kept for others by the operator, whether they use it or not. */
                keptFreeBytes?: number;
                /** @enum {string} */
                kind: "host" | "cuda";
                name: string;
                /** @description Processes on a card, where the driver lists them. */
                processes?: {
                    bytes: number | null;
                    name: string;
                    pid: number;
                }[];
                /** @description What running trials have reserved. */
                reservedBytes: number;
                /** @description Trials it runs at once, where memory allows. */
                slots?: number;
                totalBytes: number;
                /** @description Why no trial begins on it now. */
                trouble?: string;
                /** @description Held by other programs when last read. */
                usedByOthersBytes?: number;
                /** @description Of an NVIDIA device or a slice of one, as the driver names it. */
                uuid?: string;
                /** @description The adapter of the engine webgpu and the largest tensor it takes. */
                webgpu?: {
                    adapter: string;
                    maxBindingBytes: number;
                    maxBufferBytes: number;
                };
            }[];
            engines: components["schemas"]["EngineName"][];
            /** Format: date-time */
            heartbeatAt: string;
            /** @description Sites of federations of this project whose data it has, by names like `dataset:mail/north`. */
            holds: string[];
            host: string;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            id: string;
            name: string;
            pid: number;
            runningTrials: string[];
            /** @description False when a migration ended its contract: it takes no further trial. */
            served: boolean;
            slots: number;
            /** Format: date-time */
            startedAt: string;
            /** @enum {string} */
            state: "live" | "draining" | "lost" | "stopped";
            /** @description Why it takes no trial, and what to do, such as a folder of artifacts that is not that of the API. */
            trouble?: string;
            version: string;
        };
        WorkerList: {
            workers: components["schemas"]["Worker"][];
        };
        WrittenText: {
            /** @description How the recipe read it, in words; absent where it made no example of it. */
            as?: string;
            prompt: string;
            text: string;
        };
        WrittenTextPage: {
            /** @description Texts that are asked for, of those that are kept. */
            found: number;
            items: components["schemas"]["WrittenText"][];
            /** @description The first of them, which are kept: at most 10000, and 16 MiB with their prompts. */
            kept: number;
            /** @description Texts that were written. */
            texts: number;
            /**
             * Format: uuid
             * @description UUID, version 7: ids sort by creation time.
             */
            trialId: string;
            /** @description Texts that an example was made of. */
            used: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Adapter = components['schemas']['Adapter'];
export type AdapterFormat = components['schemas']['AdapterFormat'];
export type AdapterList = components['schemas']['AdapterList'];
export type AddRuns = components['schemas']['AddRuns'];
export type AnswerPage = components['schemas']['AnswerPage'];
export type AnswerRecord = components['schemas']['AnswerRecord'];
export type Artifact = components['schemas']['Artifact'];
export type Attempt = components['schemas']['Attempt'];
export type AuditAction = components['schemas']['AuditAction'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditPage = components['schemas']['AuditPage'];
export type Base = components['schemas']['Base'];
export type BaseList = components['schemas']['BaseList'];
export type BoardList = components['schemas']['BoardList'];
export type BoardRecall = components['schemas']['BoardRecall'];
export type BoardReference = components['schemas']['BoardReference'];
export type BoardVerdict = components['schemas']['BoardVerdict'];
export type BoardWinner = components['schemas']['BoardWinner'];
export type BudgetAnswer = components['schemas']['BudgetAnswer'];
export type ByteInterval = components['schemas']['ByteInterval'];
export type CardBytes = components['schemas']['CardBytes'];
export type ChangeKey = components['schemas']['ChangeKey'];
export type ChangePriority = components['schemas']['ChangePriority'];
export type ChangeProject = components['schemas']['ChangeProject'];
export type ChangeSweep = components['schemas']['ChangeSweep'];
export type ChatTemplateName = components['schemas']['ChatTemplateName'];
export type ChooseProject = components['schemas']['ChooseProject'];
export type CommandPreset = components['schemas']['CommandPreset'];
export type ComparedExample = components['schemas']['ComparedExample'];
export type ComparedExamples = components['schemas']['ComparedExamples'];
export type CreateAdapter = components['schemas']['CreateAdapter'];
export type CreateDataset = components['schemas']['CreateDataset'];
export type CreateEstimate = components['schemas']['CreateEstimate'];
export type CreateFileEstimate = components['schemas']['CreateFileEstimate'];
export type CreateGenerator = components['schemas']['CreateGenerator'];
export type CreateKey = components['schemas']['CreateKey'];
export type CreateProject = components['schemas']['CreateProject'];
export type CreateSweep = components['schemas']['CreateSweep'];
export type CreateSweepOutput = components['schemas']['CreateSweepOutput'];
export type CreateWebhook = components['schemas']['CreateWebhook'];
export type Dataset = components['schemas']['Dataset'];
export type DatasetFormat = components['schemas']['DatasetFormat'];
export type DatasetInspection = components['schemas']['DatasetInspection'];
export type DatasetList = components['schemas']['DatasetList'];
export type DatasetMapping = components['schemas']['DatasetMapping'];
export type DatasetPreview = components['schemas']['DatasetPreview'];
export type DatasetReport = components['schemas']['DatasetReport'];
export type DatasetRow = components['schemas']['DatasetRow'];
export type DatasetRows = components['schemas']['DatasetRows'];
export type DatasetSplit = components['schemas']['DatasetSplit'];
export type DatasetSplitInput = components['schemas']['DatasetSplitInput'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryPage = components['schemas']['DeliveryPage'];
export type Diagnosis = components['schemas']['Diagnosis'];
export type ElsewhereRun = components['schemas']['ElsewhereRun'];
export type EngineName = components['schemas']['EngineName'];
export type Estimate = components['schemas']['Estimate'];
export type EstimateChange = components['schemas']['EstimateChange'];
export type EstimateRow = components['schemas']['EstimateRow'];
export type ExampleComparison = components['schemas']['ExampleComparison'];
export type ExamplePair = components['schemas']['ExamplePair'];
export type ExtendSweep = components['schemas']['ExtendSweep'];
export type FairLedger = components['schemas']['FairLedger'];
export type Federation = components['schemas']['Federation'];
export type FederationPartition = components['schemas']['FederationPartition'];
export type FederationPartitionOutput = components['schemas']['FederationPartitionOutput'];
export type FederationReport = components['schemas']['FederationReport'];
export type FileEstimate = components['schemas']['FileEstimate'];
export type Finding = components['schemas']['Finding'];
export type Flips = components['schemas']['Flips'];
export type FlowerTable = components['schemas']['FlowerTable'];
export type Forgetting = components['schemas']['Forgetting'];
export type Garbage = components['schemas']['Garbage'];
export type Generator = components['schemas']['Generator'];
export type GeneratorList = components['schemas']['GeneratorList'];
export type GridEdge = components['schemas']['GridEdge'];
export type HistoryReport = components['schemas']['HistoryReport'];
export type InspectDataset = components['schemas']['InspectDataset'];
export type Key = components['schemas']['Key'];
export type KeyList = components['schemas']['KeyList'];
export type KeyWithSecret = components['schemas']['KeyWithSecret'];
export type Leaderboard = components['schemas']['Leaderboard'];
export type Me = components['schemas']['Me'];
export type MemoryAccuracy = components['schemas']['MemoryAccuracy'];
export type MemoryByPart = components['schemas']['MemoryByPart'];
export type Method = components['schemas']['Method'];
export type MethodAxis = components['schemas']['MethodAxis'];
export type MethodAxisOutput = components['schemas']['MethodAxisOutput'];
export type MethodList = components['schemas']['MethodList'];
export type MetricSeries = components['schemas']['MetricSeries'];
export type MetricSeriesList = components['schemas']['MetricSeriesList'];
export type Objective = components['schemas']['Objective'];
export type ObjectiveList = components['schemas']['ObjectiveList'];
export type Optimizer = components['schemas']['Optimizer'];
export type PaperClaim = components['schemas']['PaperClaim'];
export type PaperClaimList = components['schemas']['PaperClaimList'];
export type PeftExperiments = components['schemas']['PeftExperiments'];
export type PeftExperimentSweeps = components['schemas']['PeftExperimentSweeps'];
export type PeftResult = components['schemas']['PeftResult'];
export type PlacesOfQuery = components['schemas']['PlacesOfQuery'];
export type PlacesPage = components['schemas']['PlacesPage'];
export type Problem = components['schemas']['Problem'];
export type Project = components['schemas']['Project'];
export type ProjectList = components['schemas']['ProjectList'];
export type ProjectName = components['schemas']['ProjectName'];
export type Propensities = components['schemas']['Propensities'];
export type Protocol = components['schemas']['Protocol'];
export type ProtocolOutput = components['schemas']['ProtocolOutput'];
export type PublishedResult = components['schemas']['PublishedResult'];
export type Quotas = components['schemas']['Quotas'];
export type Readiness = components['schemas']['Readiness'];
export type ReadLengths = components['schemas']['ReadLengths'];
export type Recipe = components['schemas']['Recipe'];
export type RemovalObstacle = components['schemas']['RemovalObstacle'];
export type RequestedFederation = components['schemas']['RequestedFederation'];
export type RequestedFederationOutput = components['schemas']['RequestedFederationOutput'];
export type RetriedDeliveries = components['schemas']['RetriedDeliveries'];
export type RobustnessReport = components['schemas']['RobustnessReport'];
export type Role = components['schemas']['Role'];
export type RotateKey = components['schemas']['RotateKey'];
export type RungLedger = components['schemas']['RungLedger'];
export type RunMetric = components['schemas']['RunMetric'];
export type RunsAdded = components['schemas']['RunsAdded'];
export type RunsRemoved = components['schemas']['RunsRemoved'];
export type Scheduler = components['schemas']['Scheduler'];
export type SchedulerOutput = components['schemas']['SchedulerOutput'];
export type Search = components['schemas']['Search'];
export type SearchOutput = components['schemas']['SearchOutput'];
export type Selection = components['schemas']['Selection'];
export type Servability = components['schemas']['Servability'];
export type SignedIn = components['schemas']['SignedIn'];
export type SignIn = components['schemas']['SignIn'];
export type SignInOptions = components['schemas']['SignInOptions'];
export type Standings = components['schemas']['Standings'];
export type StorageKind = components['schemas']['StorageKind'];
export type StorageReport = components['schemas']['StorageReport'];
export type Strategy = components['schemas']['Strategy'];
export type Sweep = components['schemas']['Sweep'];
export type SweepActionResult = components['schemas']['SweepActionResult'];
export type SweepCurves = components['schemas']['SweepCurves'];
export type SweepDependencies = components['schemas']['SweepDependencies'];
export type SweepDetail = components['schemas']['SweepDetail'];
export type SweepKind = components['schemas']['SweepKind'];
export type SweepPage = components['schemas']['SweepPage'];
export type SweepPreview = components['schemas']['SweepPreview'];
export type SweepRemoval = components['schemas']['SweepRemoval'];
export type SweepSettings = components['schemas']['SweepSettings'];
export type SweepState = components['schemas']['SweepState'];
export type SweepTagList = components['schemas']['SweepTagList'];
export type Task = components['schemas']['Task'];
export type TaskList = components['schemas']['TaskList'];
export type TokenPrice = components['schemas']['TokenPrice'];
export type ToolKey = components['schemas']['ToolKey'];
export type TorchSetup = components['schemas']['TorchSetup'];
export type TorchSetupOutput = components['schemas']['TorchSetupOutput'];
export type TrainingOptions = components['schemas']['TrainingOptions'];
export type Trial = components['schemas']['Trial'];
export type TrialCommand = components['schemas']['TrialCommand'];
export type TrialCounts = components['schemas']['TrialCounts'];
export type TrialDetail = components['schemas']['TrialDetail'];
export type TrialGenerator = components['schemas']['TrialGenerator'];
export type TrialLog = components['schemas']['TrialLog'];
export type TrialPage = components['schemas']['TrialPage'];
export type TrialResult = components['schemas']['TrialResult'];
export type TrialSpec = components['schemas']['TrialSpec'];
export type TrialState = components['schemas']['TrialState'];
export type Usage = components['schemas']['Usage'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookEvent = components['schemas']['WebhookEvent'];
export type WebhookList = components['schemas']['WebhookList'];
export type WebhookWithSecret = components['schemas']['WebhookWithSecret'];
export type Worker = components['schemas']['Worker'];
export type WorkerList = components['schemas']['WorkerList'];
export type WrittenText = components['schemas']['WrittenText'];
export type WrittenTextPage = components['schemas']['WrittenTextPage'];
export type $defs = Record<string, never>;
export interface operations {
    "Health.live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Metrics.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Health.ready": {
        parameters: {
            query?: {
                /** @description Random digits that an API with RANKFORGE_LAUNCH_SECRET answers with a proof of that secret */
                challenge?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Imported.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdapterList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Imported.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description After `spec`.
                     */
                    file: string;
                    spec: components["schemas"]["CreateAdapter"];
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Adapter"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Imported.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Adapter"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Imported.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Artifacts.download": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Artifacts.collect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Garbage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Artifacts.garbage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Garbage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Audit.list": {
        parameters: {
            query?: {
                action?: components["schemas"]["AuditAction"];
                /** @description The `nextCursor` of the page before. */
                cursor?: string;
                limit?: number;
                /** @description For an admin of the installation; default: all of them. */
                project?: string;
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Catalog.bases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BaseList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateDataset"];
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description After `spec`.
                     */
                    file: string;
                    spec: components["schemas"]["CreateDataset"];
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.rows": {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                split?: "train" | "validation" | "test";
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetRows"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.inspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InspectDataset"];
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description After `spec`.
                     */
                    file: string;
                    spec: components["schemas"]["InspectDataset"];
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetInspection"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Datasets.preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateDataset"];
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description After `spec`.
                     */
                    file: string;
                    spec: components["schemas"]["CreateDataset"];
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetPreview"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Diagnosis.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diagnosis"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Estimates.estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateEstimate"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Estimate"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Estimates.estimateFrom": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateFileEstimate"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileEstimate"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Events.stream": {
        parameters: {
            query?: {
                /** @description UUID, version 7: ids sort by creation time. */
                sweepId?: string;
            };
            header?: {
                /** @description Go on behind this event; without it, from now on */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Generators.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeneratorList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Generators.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateGenerator"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Generator"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Generators.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Keys.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Keys.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKey"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Keys.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Keys.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeKey"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Keys.rotate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateKey"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Leaderboard.read": {
        parameters: {
            query: {
                /** @description Choose among configurations that take at most so much of a measure, e.g. `flops=2e9`. */
                atMost?: string | string[];
                base: string;
                /** @description One row per method (its chosen configuration) or per configuration tried. Trainings of other lengths, batches or data have rows of their own. */
                by?: "method" | "configuration";
                /** @description A measure that the Pareto front holds the score against. Default: the measured peak in bytes. */
                cost?: string;
                /** @description Default: that of the sweep; without one `finetune`. */
                kind?: components["schemas"]["SweepKind"];
                /** @description A difference that matters, in the unit of the score (of perplexities a part, 0.01 for 1 %): rows tied with the leader are tested for differing by less. Default: the deviation that another seed gives the leader. */
                margin?: number;
                maxTrainableParameters?: number;
                /** @description Choose among configurations that fit this budget. */
                memoryBudgetMiB?: number;
                /** @description A metric of the task that chooses and ranks. Default: the task's primary metric. */
                metric?: string;
                /** @description Choose among configurations of this rank; what has no rank stays. */
                rank?: number;
                /** @description Of a federation: the scenario, by its name in `scenarios` of a board. Boards never rank across scenarios. Default: the first. */
                scenario?: string;
                /** @description Only trials of this sweep. */
                sweepId?: string;
                /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
                task: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Leaderboard"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Leaderboard.recall": {
        parameters: {
            query: {
                /** @description Choose among configurations that take at most so much of a measure, e.g. `flops=2e9`. */
                atMost?: string | string[];
                base: string;
                /** @description One row per method (its chosen configuration) or per configuration tried. Trainings of other lengths, batches or data have rows of their own. */
                by?: "method" | "configuration";
                /** @description A measure that the Pareto front holds the score against. Default: the measured peak in bytes. */
                cost?: string;
                /** @description Default: that of the sweep; without one `finetune`. */
                kind?: components["schemas"]["SweepKind"];
                /** @description A difference that matters, in the unit of the score (of perplexities a part, 0.01 for 1 %): rows tied with the leader are tested for differing by less. Default: the deviation that another seed gives the leader. */
                margin?: number;
                maxTrainableParameters?: number;
                /** @description Choose among configurations that fit this budget. */
                memoryBudgetMiB?: number;
                /** @description A metric of the task that chooses and ranks. Default: the task's primary metric. */
                metric?: string;
                /** @description Choose among configurations of this rank; what has no rank stays. */
                rank?: number;
                /** @description Of a federation: the scenario, by its name in `scenarios` of a board. Boards never rank across scenarios. Default: the first. */
                scenario?: string;
                /** @description Only trials of this sweep. */
                sweepId?: string;
                /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
                task: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardRecall"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Leaderboard.winner": {
        parameters: {
            query: {
                /** @description Choose among configurations that take at most so much of a measure, e.g. `flops=2e9`. */
                atMost?: string | string[];
                base: string;
                /** @description One row per method (its chosen configuration) or per configuration tried. Trainings of other lengths, batches or data have rows of their own. */
                by?: "method" | "configuration";
                /** @description Default: that of the sweep; without one `finetune`. */
                kind?: components["schemas"]["SweepKind"];
                /** @description A difference that matters, in the unit of the score (of perplexities a part, 0.01 for 1 %): rows tied with the leader are tested for differing by less. Default: the deviation that another seed gives the leader. */
                margin?: number;
                maxTrainableParameters?: number;
                /** @description Choose among configurations that fit this budget. */
                memoryBudgetMiB?: number;
                /** @description A metric of the task that chooses and ranks. Default: the task's primary metric. */
                metric?: string;
                /** @description Choose among configurations of this rank; what has no rank stays. */
                rank?: number;
                /** @description The row of the board, the best first. */
                row?: number;
                /** @description Of a federation: the scenario, by its name in `scenarios` of a board. Boards never rank across scenarios. Default: the first. */
                scenario?: string;
                /** @description Only trials of this sweep. */
                sweepId?: string;
                /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
                task: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardWinner"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Leaderboard.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Login.leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The address of the provider */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Login.arrive": {
        parameters: {
            query: {
                state: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Session.me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Memory.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemoryAccuracy"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Catalog.methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MethodList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Catalog.objectives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObjectiveList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "PaperClaims.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaperClaimList"];
                    "text/markdown": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Experiments.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PeftExperiments"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeftExperimentSweeps"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Projects.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Projects.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateProject"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Projects.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeProject"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Published.add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PeftResult"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Published.addTable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowerTable"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Runs.add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddRuns"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunsAdded"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Runs.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                base: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunsRemoved"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Session.signIn": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Session.signOut": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Login.options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInOptions"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Session.choose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChooseProject"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Leaderboard.standings": {
        parameters: {
            query?: {
                /** @description Only boards on this base. */
                base?: string;
                maxTrainableParameters?: number;
                /** @description Choose among configurations that fit this budget. */
                memoryBudgetMiB?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Standings"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Storage.read": {
        parameters: {
            query?: {
                /** @description How many sweeps are listed. */
                sweeps?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StorageReport"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before. */
                cursor?: string;
                limit?: number;
                /** @description Text within the name of a sweep, its task, its base model, its note or a tag, in capitals or not. */
                search?: string;
                state?: components["schemas"]["SweepState"];
                /** @description May be repeated: a sweep then has all of them. */
                tag?: (string & (unknown & unknown)) | (string & (unknown & unknown))[];
                /** @description A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere. */
                task?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request under the same key makes one sweep; another request under it is refused. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSweep"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepDetail"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepDetail"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What goes, in the background */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepRemoval"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.change": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeSweep"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.clone": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request under the same key makes one sweep; another request under it is refused. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.curves": {
        parameters: {
            query?: {
                /** @description Points of a longer series, between its ends: the mean of each of equal runs, or the smallest and the largest value of each. */
                keep?: "means" | "extremes";
                /** @description Longer series are down-sampled as `keep` says; means are at most 120 points. */
                maxPoints?: number;
                metric?: string;
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepCurves"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.dependencies": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepDependencies"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.extend": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtendSweep"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.history": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryReport"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.pause": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.prioritize": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePriority"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.removal": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepRemoval"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.report": {
        parameters: {
            query?: {
                /** @description `html`: a page that needs no other file and no network. `md`: Markdown, for a repository or a wiki. */
                format?: "html" | "md";
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "text/markdown": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.resume": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.retryFailed": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepActionResult"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.settings": {
        parameters: {
            query?: {
                /** @description Scores of trainings that a scheduler ended at this step, one of `budgets`. Default: whole trainings. */
                steps?: number;
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepSettings"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSweep"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepPreview"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Sweeps.tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SweepTagList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Catalog.tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before. */
                cursor?: string;
                kind?: "train" | "federate" | "aggregate" | "client-turn" | "client-score" | "baseline" | "evaluate" | "score" | "baseline-test" | "evaluate-test" | "command" | "command-test";
                limit?: number;
                method?: string;
                optimizer?: string;
                /** @description The turns of clients of this federation. Lists that name neither it nor their kind leave turns out. */
                partOf?: string;
                rank?: number;
                seed?: number;
                sort?: "ordinal" | "-ordinal" | "objective" | "-objective" | "measuredBytes" | "-measuredBytes" | "updatedAt" | "-updatedAt";
                /** @description May be repeated. */
                state?: components["schemas"]["TrialState"] | components["schemas"]["TrialState"][];
                /** @description UUID, version 7: ids sort by creation time. */
                sweepId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialDetail"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Adapters.download": {
        parameters: {
            query?: {
                /** @description Default: the first of the `formats` of the trial, the best that its method has on its base. */
                format?: components["schemas"]["AdapterFormat"];
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, or a tar archive of the folder */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                    "application/x-tar": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.answers": {
        parameters: {
            query?: {
                /** @description Place of the first, in this order. */
                from?: number;
                limit?: number;
                /** @description As the split has them, or by the metric that ranks on the task: the worst first, or the best. */
                sort?: "question" | "score" | "-score";
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnswerPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.export": {
        parameters: {
            query: {
                /** @description `rankify`: a list of documents, as PyPI rankify reads it. */
                as: "rankify";
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.log": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialLog"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.metrics": {
        parameters: {
            query?: {
                /** @description Longer series are down-sampled, keeping extremes. */
                maxPoints?: number;
                name?: string | string[];
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricSeriesList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.places": {
        parameters: {
            query?: {
                /** @description Place of the first query, in the order of the split. */
                from?: number;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlacesPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.texts": {
        parameters: {
            query?: {
                /** @description Place of the first among those that are asked for. */
                from?: number;
                limit?: number;
                /** @description Those that an example was made of, or the others. Omitted: all, in the order of the prompts. */
                only?: "used" | "unused";
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WrittenTextPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Trials.compareExamples": {
        parameters: {
            query: {
                /** @description Sorted by how far this trial is ahead of the best other one. Default: those on which scores are furthest apart first, and where they are as far as the split has them. */
                ahead?: string;
                /** @description Place of the first, in this order. */
                from?: number;
                /** @description With 0 no example is read: counts come at once. */
                limit?: number;
                /** @description One of the metrics of the task. Default: the first of them. */
                metric?: string;
                /** @description Trainings, or their scorings: two to 8, by repeating the parameter. */
                trial: string | string[];
                /** @description `differ`: on which the scores of two are unlike. `right` and `wrong`: which all have right, or none. A pattern, as `10`: which exactly the first has right. Default: all. */
                which?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ComparedExamples"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Webhooks.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Webhooks.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWebhook"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Webhooks.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Webhooks.deliveries": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before. */
                cursor?: string;
                limit?: number;
                state?: "PENDING" | "DELIVERED" | "DEAD";
            };
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Webhooks.retryDead": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetriedDeliveries"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Webhooks.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description UUID, version 7: ids sort by creation time. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "Workers.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkerList"];
                };
            };
            /** @description A problem (RFC 9457) */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
