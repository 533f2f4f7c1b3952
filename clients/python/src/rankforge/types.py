"""Made by `npm run client` from the OpenAPI document of the API: requests and answers, as they stand in JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, List, Literal, TypedDict, Union

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired



class Adapter(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    base: str
    method: str
    # The method's configuration.
    config: Dict[str, Any]
    targets: List[str]
    # Of the head that came with it; null where none did.
    classes: Union[int, None]
    # Of the adapter in our format.
    sha256: str
    bytes: int
    createdAt: str


# `native`: our safetensors file. `peft`: a folder that Python peft loads onto the base model. `merged`: the base model with the adapter in its weights, as a Hugging Face folder. Folders come as a tar archive.
AdapterFormat = Literal["native", "peft", "merged"]



class AdapterList(TypedDict):
    items: List[Adapter]



class AddRunsMetric(TypedDict):
    """Default: that of the board, or accuracy of a new one. Has to be that of the board where it is there."""

    name: str
    # May be left out of accuracy, f1, exact-match, loss, perplexity.
    direction: NotRequired[Literal["minimize", "maximize"]]
    # Lowest and highest value that it can have; null where there is none. Intervals stay inside.
    range: NotRequired[List[Union[float, None]]]
    scale: NotRequired[Literal["mean", "exp-mean"]]



class AddRuns(TypedDict):
    # The name of the board, which is `runs:` and this in the place of a task.
    name: str
    # The base model, e.g. its id on a hub: `meta-llama/Llama-3.2-3B` is `llama-3-2-3b`.
    base: str
    # Default: the name. Has to be that of the board where it is there.
    title: NotRequired[str]
    # Default: that of the board, or accuracy of a new one. Has to be that of the board where it is there.
    metric: NotRequired[AddRunsMetric]
    runs: List[ElsewhereRun]



class AnswerPage(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    split: Literal["validation", "test"]
    # Of the split.
    questions: int
    # Answers that are kept: those of its first 1000 questions.
    kept: int
    # Name of the score that answers are sorted by.
    metric: str
    answers: List[AnswerRecord]



class AnswerRecordContextItem(TypedDict):
    # Its place among the documents, from 0.
    document: int
    text: str
    # Of the search; absent where it was given.
    score: NotRequired[float]
    # Share of its words that is evidence of the question.
    evidence: float
    # Whether it has a right answer as a run of its words.
    hasAnswer: NotRequired[bool]



class AnswerRecordStatement(TypedDict):
    kind: str
    text: str



class AnswerRecordNearest(TypedDict):
    # The right answer that the answer shares most with.
    right: str
    # Words that both have, as scores read them.
    shared: List[str]



class AnswerRecordQuestQuestion(TypedDict):
    question: str
    # By the right answer; null where it does not say.
    right: Union[str, None]
    # By the answer; null where it does not say.
    said: Union[str, None]



class AnswerRecordQuest(TypedDict):
    """Of the judge quest-eval: questions about the right answer, and how much the answer says."""

    f1: float
    recall: float
    questions: List[AnswerRecordQuestQuestion]



class AnswerRecord(TypedDict):
    question: str
    # What it asks for; absent where it is an answer.
    request: NotRequired[Literal["answer", "continue", "correct", "summarize"]]
    # Answers that are right.
    right: List[str]
    answer: str
    # Passages that stood before whoever answered, the best first.
    context: List[AnswerRecordContextItem]
    # Other statements that did, such as relations of a graph.
    statements: NotRequired[List[AnswerRecordStatement]]
    scores: Dict[str, float]
    nearest: AnswerRecordNearest
    # The verdict of a judge, where one was asked.
    judged: NotRequired[bool]
    # Of the judge quest-eval: questions about the right answer, and how much the answer says.
    quest: NotRequired[AnswerRecordQuest]



class Artifact(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    # UUID, version 7: ids sort by creation time.
    trialId: str
    # `turn`: what a client of a federation sends, and what it keeps for its next round. `answers`: what a procedure answered, see `GET /v1/trials/{id}/answers`. `orders`: the first rows of the queries of the test split, see `GET /v1/trials/{id}/export`. `texts`: what a generator wrote for the examples of a training, see `GET /v1/trials/{id}/texts`. `places`: where relevant or attacked documents stand, see `GET /v1/trials/{id}/places`.
    kind: Literal["adapter", "checkpoint", "turn", "answers", "orders", "texts", "places", "scores"]
    step: int
    sha256: str
    bytes: int
    createdAt: str



class Attempt(TypedDict):
    number: int
    leaseToken: int
    workerId: Union[str, None]
    workerName: Union[str, None]
    device: Union[str, None]
    engine: EngineName
    startedAt: str
    endedAt: Union[str, None]
    outcome: Union[Literal["succeeded", "failed", "over-budget", "cancelled", "handed-back", "waits", "lease-lost", "child-died", "timed-out"], None]
    reason: Union[str, None]
    resumedFromStep: Union[int, None]
    # Other trials that trained in the same process, on the same copy of the base; none: it was alone.
    packedWith: List[str]


AuditAction = Literal["sweep.create", "sweep.clone", "sweep.change", "sweep.extend", "sweep.priority", "sweep.cancel", "sweep.pause", "sweep.resume", "sweep.retry", "sweep.remove", "dataset.create", "dataset.delete", "adapter.import", "adapter.delete", "adapter.download", "artifact.download", "artifact.collect", "published.import", "runs.add", "runs.remove", "key.create", "key.change", "key.rotate", "key.revoke", "project.create", "project.change", "webhook.create", "webhook.change", "webhook.delete", "webhook.test", "generator.create", "generator.delete", "session.sign-in"]



class AuditEntry(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    at: str
    action: AuditAction
    # Name of the key or person, as it was then.
    actor: str
    actorKeyId: Union[str, None]
    project: Union[ProjectName, None]
    # Id of what it was done to.
    subject: Union[str, None]
    detail: Dict[str, Any]
    # Where the request came from.
    address: Union[str, None]
    # Finds the request in the log of the API.
    requestId: Union[str, None]



class AuditPage(TypedDict):
    items: List[AuditEntry]
    nextCursor: NotRequired[str]



class BaseInput1(TypedDict):
    kind: Literal["tokens"]
    vocabularySize: int
    contextLength: int



class BaseInput2(TypedDict):
    kind: Literal["image"]
    height: int
    width: int
    channels: int



class BaseInput3(TypedDict):
    kind: Literal["fields"]
    # Ids that each field has.
    cardinalities: List[int]



class BaseInput4(TypedDict):
    kind: Literal["features"]
    # Numbers of an example at most.
    count: int



class Base(TypedDict):
    name: str
    architecture: str
    parameters: int
    layers: int
    width: int
    input: Union[BaseInput1, BaseInput2, BaseInput3, BaseInput4]
    # It predicts the next token; one that does not trains a head.
    writes: bool
    # Linear layers an adapter can be put on.
    targets: List[str]
    # Of the folder: its configuration, tokenizer and weights.
    sha256: str
    # What the model was made from, and its files with their digests.
    provenance: Dict[str, Any]



class BaseListUnusableItem(TypedDict):
    name: str
    reason: str



class BaseList(TypedDict):
    bases: List[Base]
    # Folders among the base models that cannot be used, with what is wrong with them.
    unusable: List[BaseListUnusableItem]



class BoardListBoard(TypedDict):
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    title: str
    base: str
    kind: SweepKind
    # Made of results that others published, or of runs that were trained elsewhere; the latter by their `runs:`.
    published: bool
    # When the newest sweep that has a result on it was made, or its newest result came in.
    newestAt: str



class BoardList(TypedDict):
    boards: List[BoardListBoard]



class BoardRecallRow(TypedDict):
    # Of the row on the board that the same query gives.
    trialIds: List[str]
    # Scores of the test split that it is the mean of: those of its first 20 trainings.
    scores: int
    # Mean recall down to each rank, from 1.
    recall: List[float]



class BoardRecall(TypedDict):
    rows: List[BoardRecallRow]
    # Trainings the places of whose scores cannot be read; their rows are left out.
    unreadable: List[str]



class BoardReference(TypedDict):
    # A predictor that reads no input, or a method that is a lower reference.
    name: str
    score: float



class BoardVerdictSeeds(TypedDict):
    """Further seeds of the leader and of the nearest tied row, each that trains, that would tell them apart on this board with a chance of `power`, if the difference is as large as it looks. Absent where no row is tied, neither trains, or nothing says it."""

    # The row of `tied` with the nearest score.
    row: int
    # An estimate. Null: more than `most`.
    further: Union[int, None]
    # 80 % interval of the number, since the difference and its variance are estimates. Null: more than `most`.
    interval: List[Union[int, None]]
    # The difference is smaller than its own standard error.
    isBelowError: bool
    most: int
    power: float



class BoardVerdictEquivalent(TypedDict):
    """That two rows are tied does not say that they are equal. Absent where no row is tied."""

    # A difference that matters, in the unit of the score; of perplexities a part of the other one.
    margin: float
    # The margin was asked for. Otherwise it is the deviation that another seed gives the leader.
    asked: bool
    # Rows of `tied` that are shown to differ from the leader by less (two one-sided tests at α).
    rows: List[int]



class BoardVerdictEnginesPair(TypedDict):
    rows: List[int]
    engines: List[str]
    # Mean over the seeds that both have of one score minus the other; of perplexities of their ratio, less 1. Null where `unjudged` says why.
    difference: Union[float, None]
    # A difference that matters: the one that was asked for, else the deviation that another seed gives both rows.
    margin: Union[float, None]
    # Shown to be less than the margin (two one-sided tests at α, each seed against itself).
    within: bool
    unjudged: Union[str, None]



class BoardVerdictEngines(TypedDict):
    """The agreement of engines, by rows that are alike but for it. Absent where none compete."""

    # The margin was asked for.
    asked: bool
    pairs: List[BoardVerdictEnginesPair]



class BoardVerdict(TypedDict):
    """The answer of a board in short."""

    # Index of the row that leads; null where none has a score.
    leader: Union[int, None]
    # Rows that cannot be told apart from it, though nothing is missing for the test.
    tied: List[int]
    # Rows that are not judged: they or the leader have one seed, and how much was luck of the seed is unknown.
    undecided: List[int]
    # Rows with a score of methods that train nothing: one run stands for every seed, and more tell nothing.
    seedless: List[int]
    # Further seeds of the leader and of the nearest tied row, each that trains, that would tell them apart on this board with a chance of `power`, if the difference is as large as it looks. Absent where no row is tied, neither trains, or nothing says it.
    seeds: NotRequired[BoardVerdictSeeds]
    # That two rows are tied does not say that they are equal. Absent where no row is tied.
    equivalent: NotRequired[BoardVerdictEquivalent]
    # The agreement of engines, by rows that are alike but for it. Absent where none compete.
    engines: NotRequired[BoardVerdictEngines]
    # Rows that fit no budget or limit that was asked for.
    doesNotFit: int
    # The budget that was asked for.
    memoryBudgetMiB: Union[float, None]



class BoardWinner(TypedDict):
    row: int
    # The row, as people read it.
    name: str
    # UUID, version 7: ids sort by creation time.
    trialId: str
    seed: int
    # Seeds of the row with a score on validation.
    seeds: int
    metric: str
    # The score of this seed on validation, which chose it.
    validation: float
    # Formats in which its adapter can be had, the best first; empty where it left none.
    formats: List[AdapterFormat]
    # Code in Python that loads the first of the formats from the folder that its archive unpacks to; null where transformers has no class of the model.
    python: Union[str, None]



class BudgetAnswerLeader(TypedDict):
    # As people read it.
    name: str
    # Its method, with its optimizer and what else competes, without the rank.
    contender: str
    # Mean over seeds on the test split.
    score: Union[float, None]
    interval: Union[List[float], None]
    trialIds: List[str]



class BudgetAnswerDoesNotFitItem(TypedDict):
    name: str
    # The most that was predicted or measured.
    bytes: Union[float, None]
    # Smallest budget of the sweeps that it fits.
    smallestBudgetMiB: Union[float, None]



class BudgetAnswer(TypedDict):
    """What wins within one memory budget, and what does not fit it."""

    # Null: the results of the board name no budget, and none was asked for.
    memoryBudgetMiB: Union[float, None]
    # Null where no row within the budget has a score.
    leader: Union[BudgetAnswerLeader, None]
    # Rows that cannot be told apart from the leader.
    tied: List[BudgetAnswerLeader]
    # Rows that are not judged against the leader.
    undecided: List[BudgetAnswerLeader]
    # Further seeds that would tell the leader from the nearest tied row; null where nothing says it.
    furtherSeeds: Union[int, None]
    # Every row that does not fit, the smallest first.
    doesNotFit: List[BudgetAnswerDoesNotFitItem]
    # The answer in words.
    text: str



class ByteInterval(TypedDict):
    """Bytes, between which 95 of 100 runs are to lie."""

    low: int
    high: int



class CardBytes(TypedDict):
    name: str
    title: str
    # Bytes of its memory, by its data sheet.
    bytes: int
    # Bytes that driver, CUDA context and libraries are assumed to take: no measurement.
    overhead: int
    # Bytes that are left for what torch reserves.
    left: int



class ChangeKeyQuotas(TypedDict):
    # Trials that run at once. Further ones wait.
    maxRunningTrials: NotRequired[Union[int, None]]
    # MiB of device memory that running trials have reserved at once. Further trials wait.
    maxReservedMiB: NotRequired[Union[int, None]]
    # MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused.
    maxStoredMiB: NotRequired[Union[int, None]]



class ChangeKey(TypedDict):
    quotas: ChangeKeyQuotas



class ChangePriority(TypedDict):
    # Larger runs first.
    priority: int



class ChangeProject(TypedDict):
    quotas: ChangeKeyQuotas



class ChangeSweep(TypedDict):
    name: NotRequired[str]
    # In the place of the present one; null or "": none.
    note: NotRequired[Union[str, None]]
    # In the place of all present ones.
    tags: NotRequired[List[str]]
    # Beside the present ones.
    addTags: NotRequired[List[str]]
    # Those that it does not have change nothing.
    removeTags: NotRequired[List[str]]


# Lays out conversations in place of the template of the base model. `chatml` needs a tokenizer with <|im_start|> and <|im_end|>; `lines` writes roles as words, as in "User: …".
ChatTemplateName = Literal["chatml", "lines"]



class ChooseProject(TypedDict):
    name: str



class CommandPreset(TypedDict):
    """A tool that trains each configuration, before the command scores it."""

    # Its command is on the PATH of the worker.
    tool: Literal["axolotl", "llamafactory"]
    # Keys of its YAML, e.g. base and data. Method, rank, learning rate, steps and seed come from the trial.
    settings: Dict[str, Any]



class ComparedExample(TypedDict):
    # In the test split, from 0.
    place: int
    # Of each trial, in the order of `trials`; null where it is no number, which is the worst.
    scores: List[Union[float, None]]
    # The answer that each wrote, of the first questions of a procedure, or the class that it said, where that follows from what is kept: the right one, or of two the other. Null: nobody kept it. Absent: no answer of any is kept.
    said: NotRequired[List[Union[str, None]]]
    # The example as people read it, texts shortened, by field; absent where texts are withheld.
    fields: NotRequired[Dict[str, str]]



class ComparedExamplesLeftItem(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    reason: str



class ComparedExamples(TypedDict):
    compared: Union[ExampleComparison, None]
    # Why nothing is compared, in words.
    none: NotRequired[str]
    # Trials that are left out, each with the reason.
    left: List[ComparedExamplesLeftItem]



class CreateAdapter(TypedDict):
    name: str
    base: str
    # The content of `adapter_config.json`.
    config: Dict[str, Any]



class CreateDataset(TypedDict):
    name: str
    format: DatasetFormat
    mapping: DatasetMapping
    split: NotRequired[DatasetSplitInput]
    # Leave out the rows of a table that have an empty cell among those that are read, and count them in the report. Default: such a row is refused.
    skipEmpty: NotRequired[bool]
    # A file (a folder for images, beir, trec and crud-rag) below the data folder of the API, in place of an upload.
    path: NotRequired[str]



class CreateEstimate(TypedDict):
    # A base model of this installation; or give `config`.
    base: NotRequired[str]
    # The content of a `config.json`, as Hugging Face writes it or as we do; no weights are needed.
    config: NotRequired[Dict[str, Any]]
    # Default: all that fine-tune.
    methods: NotRequired[List[str]]
    # Default: that of each method.
    ranks: NotRequired[List[int]]
    # Linear layers that get an adapter, by their name within a block.
    targets: NotRequired[List[str]]
    # In its default configuration.
    optimizer: NotRequired[str]
    engine: NotRequired[EngineName]
    # Blocks that are run again in the backward pass. Default: none; `block` where torch prepares a quantized base.
    checkpointing: NotRequired[Literal["none", "block"]]
    # How an engine of this platform holds scores of attention; default: chunked above 512 tokens. That of torch is in `torch`.
    attention: NotRequired[Literal["whole", "chunked"]]
    # Type of products with frozen kernels on an engine of this platform; default: float32. `tensorflow` and `torch` take `bfloat16`.
    computeDtype: NotRequired[Literal["float32", "bfloat16"]]
    # Type of the kernels of the base; default: float32, and in torch bfloat16.
    dtype: NotRequired[Literal["float32", "bfloat16", "float16", "int8", "nf4"]]
    # Asks for the bytes of transformers and peft on CUDA; absent: those of an engine of this platform.
    torch: NotRequired[TorchSetup]
    # Examples of a forward pass.
    batch: NotRequired[int]
    # Tokens of an example; default: 512, or all that a shorter model takes.
    sequence: NotRequired[int]
    # Outputs of a head that is trained; default: none where the model gives outputs without one, as the next token, and 2 elsewhere.
    classes: NotRequired[int]
    # Bytes that are to suffice.
    budget: NotRequired[int]
    # A card whose memory is to suffice, e.g. `rtx-4090`, in the place of `budget`. Of `torch`; without either, each row names the cards that hold it.
    gpu: NotRequired[str]
    # Forward passes of one optimizer step, whose gradients are added up; default: 1.
    accumulate: NotRequired[int]
    # Examples of an epoch, for the time of one on `gpu`.
    examples: NotRequired[int]
    # The price of an hour of a card, by its name: cheaper cards are named first.
    prices: NotRequired[Dict[str, float]]



class CreateFileEstimate(TypedDict):
    # The configuration of axolotl, LLaMA-Factory, TRL or peft: the text of a file in YAML or JSON.
    file: str
    # The `adapter_config.json` beside a file that has none itself.
    adapter: NotRequired[Dict[str, Any]]
    # A base model of this installation, in the place of the one that the file names.
    base: NotRequired[str]
    # The `config.json` of the base, where the file names one that is not known here.
    config: NotRequired[Dict[str, Any]]
    # Bytes that are to suffice.
    budget: NotRequired[int]
    # A card whose memory is to suffice, e.g. `rtx-4090`, in the place of `budget`. Of `torch`; without either, each row names the cards that hold it.
    gpu: NotRequired[str]
    # The price of an hour of a card, by its name: cheaper cards are named first.
    prices: NotRequired[Dict[str, float]]
    # Examples of an epoch, for the time of one on `gpu`.
    examples: NotRequired[int]
    # Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1.
    gpus: NotRequired[int]
    # How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.
    shard: NotRequired[Literal["ddp", "zero1", "zero2", "zero3", "fsdp"]]



class CreateGenerator1(TypedDict):
    name: str
    kind: Literal["base"]
    base: str
    # `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML. Absent: `model` where the model has a chat template, else `plain`.
    template: NotRequired[Literal["model", "plain", "chatml"]]



class CreateGenerator2(TypedDict):
    name: str
    kind: Literal["endpoint"]
    # What `/chat/completions` follows, e.g. `http://127.0.0.1:8000/v1`.
    url: str
    model: str
    # `completions` continues a prompt, and scores it where the endpoint can repeat one.
    api: NotRequired[Literal["chat", "completions"]]
    # Variable of the environment of API and workers that holds its key; absent: it needs none.
    keyFrom: NotRequired[str]
    # What its tokens cost, in a currency of yours; absent: boards say nothing of money.
    price: NotRequired[TokenPrice]



class CreateGenerator3(TypedDict):
    name: str
    kind: Literal["adapter"]
    # A training of the project that succeeded, on a base that predicts the next token.
    trial: str
    # `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML. Absent: `model` where the model has a chat template, else `plain`.
    template: NotRequired[Literal["model", "plain", "chatml"]]



class CreateGenerator4(TypedDict):
    name: str
    kind: Literal["gguf"]
    # A GGUF file that lies in the models folder of the installation.
    file: str
    # `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML. Absent: `model` where the model has a chat template, else `plain`.
    template: NotRequired[Literal["model", "plain", "chatml"]]
    # Most tokens that are read and written in all, if the model reads as many. Memory grows with it.
    context: NotRequired[int]


CreateGenerator = Union["CreateGenerator1", "CreateGenerator2", "CreateGenerator3", "CreateGenerator4"]



class CreateKeyQuotas(TypedDict):
    """Those of its project bind as well."""

    # Trials that run at once. Further ones wait.
    maxRunningTrials: NotRequired[Union[int, None]]
    # MiB of device memory that running trials have reserved at once. Further trials wait.
    maxReservedMiB: NotRequired[Union[int, None]]
    # MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused.
    maxStoredMiB: NotRequired[Union[int, None]]



class CreateKey(TypedDict):
    # What it is for.
    name: str
    role: NotRequired[Role]
    # An admin of every project instead of a key of this one; only such an admin makes another.
    installation: NotRequired[bool]
    expiresInDays: NotRequired[int]
    # Those of its project bind as well.
    quotas: NotRequired[CreateKeyQuotas]



class CreateProject(TypedDict):
    name: str



class CreateSweepRank(TypedDict):
    min: int
    max: int
    # Whether equal ratios or equal differences are equally likely.
    scale: NotRequired[Literal["log", "linear"]]



class CreateSweepLearningRate(TypedDict):
    min: float
    max: float
    # Whether equal ratios or equal differences are equally likely.
    scale: NotRequired[Literal["log", "linear"]]



class CreateSweepTraining(TypedDict):
    """Missing fields take the task's defaults."""

    # 0 evaluates what training starts from.
    steps: NotRequired[int]
    batchSize: NotRequired[int]
    sequenceLength: NotRequired[int]
    # Micro-batches per optimizer step.
    accumulate: NotRequired[int]
    # Learning rate of a head made for the task, on the same schedule, whatever the learning rates that are tried. Default: that of all else.
    headLearningRate: NotRequired[float]
    schedule: NotRequired[Literal["constant", "linear", "cosine"]]
    warmupSteps: NotRequired[int]
    # Global gradient norm is clipped to this; null: it is not.
    clipNorm: NotRequired[Union[float, None]]
    # `perLayer` updates each parameter in the backward pass and frees its gradient: less memory, the same numbers. It needs `clipNorm` null and `accumulate` 1. Default: `tree`, all after the pass.
    execution: NotRequired[Literal["tree", "perLayer"]]
    # `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis.
    checkpointing: NotRequired[Union[Literal["none", "block"], List[Literal["none", "block"]]]]
    # Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis.
    baseDtype: NotRequired[Union[Literal["float32", "bfloat16", "float16", "int8", "nf4"], List[Literal["float32", "bfloat16", "float16", "int8", "nf4"]]]]
    # Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis.
    doubleQuantization: NotRequired[Union[Literal["on", "off"], List[Literal["on", "off"]]]]
    # Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis.
    computeDtype: NotRequired[Union[Literal["float32", "bfloat16"], List[Literal["float32", "bfloat16"]]]]
    # `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis.
    attention: NotRequired[Union[Literal["auto", "whole", "chunked"], List[Literal["auto", "whole", "chunked"]]]]
    # Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis.
    devices: NotRequired[Union[int, List[int]]]
    # What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis.
    shard: NotRequired[Union[Literal["ddp", "zero2", "zero3", "fsdp"], List[Literal["ddp", "zero2", "zero3", "fsdp"]]]]
    # Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis.
    apartBlocks: NotRequired[Union[int, List[int]]]
    # Of a ranker: places of a row that are the query's, special tokens before it among them; the text has the others, and either is padded by itself. Default: the text follows on the query.
    queryTokens: NotRequired[int]
    # Of a ranker with `queryTokens`: the title of a text, its first line where more follow, stands behind the query in its places, so that blocks apart read both together. Default: titles stay with their texts.
    titleWithQuery: NotRequired[Literal[True]]
    dropout: NotRequired[float]
    # Steps between validations; default: only at the end.
    evalEvery: NotRequired[int]
    # Steps between measurements of the largest queries and keys, for low-rank updates; default: none.
    normEvery: NotRequired[int]
    # Steps between checkpoints. Default: 50, and of a federation those of a round.
    checkpointEvery: NotRequired[int]
    # Linear layers that a method is put on, by their name within a block. Default: query and value for a fine-tuning, else all.
    targets: NotRequired[List[str]]
    # Cuts each batch into the largest micro-batches that fit the budget. A step sees the same examples; `batchSize` and `accumulate` of the trial say how.
    microBatch: NotRequired[Literal["auto"]]



class CreateSweepObjective(TypedDict):
    """Validation metric that chooses configurations. Default: the task's primary metric."""

    metric: str
    direction: Literal["minimize", "maximize"]



class CreateSweep(TypedDict):
    name: str
    # Words to find the sweep by, at most 16, in lower case. Nothing that is computed depends on them.
    tags: NotRequired[List[str]]
    # Plain text about the sweep, for people.
    note: NotRequired[str]
    kind: NotRequired[SweepKind]
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    # A pretraining from scratch takes its shapes and its tokenizer.
    base: str
    chatTemplate: NotRequired[ChatTemplateName]
    # The generator that procedures of an evaluation ask, or recipes of a fine-tuning that have texts written, by its name. See `GET /v1/generators`.
    generator: NotRequired[str]
    # Of a pretraining: what it starts from. Default: weights drawn from the trial's seed.
    initial: NotRequired[Literal["base", "random"]]
    # Of a compression: optimizer steps after it, in place of `training.steps`; 0 is without recovery. Each is a row of the board. Default: 0.
    recoverySteps: NotRequired[List[int]]
    # Of a federation: its clients, rounds and scenarios. Methods then name their `strategy`.
    federation: NotRequired[RequestedFederation]
    # The program of a script and its arguments, e.g. `["python", "train.py", "--lr", "{learningRate}"]`. `{name}` stands for a setting of the method or a fact of the trial. No shell reads it.
    command: NotRequired[List[str]]
    # The folder that a script runs in, in one that the installation allows.
    folder: NotRequired[str]
    # Of a script: axolotl or LLaMA-Factory trains each configuration first, by a file that the trial renders; `command` then scores what is in `{output}`.
    preset: NotRequired[CommandPreset]
    # A training, or a sweep for its best training on validation: the model that it leaves, its adapter merged, is what `base` stands for. The sweep waits until it has ended.
    on: NotRequired[str]
    # Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.
    engine: NotRequired[Union[EngineName, List[EngineName]]]
    methods: List[MethodAxis]
    # A list, a range for a search that samples, or "max": the largest rank that fits each budget.
    rank: NotRequired[Union[List[int], CreateSweepRank, Literal["max"]]]
    # Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget.
    memoryBudgetMiB: List[float]
    # How much of further measures a trial may take, as predicted before it runs, in the unit of the measure. Each training has one trial under each memory budget with each limit.
    limits: NotRequired[Dict[str, List[float]]]
    # A list, or a range for a search that samples. Default: each method's own first learning rate.
    learningRate: NotRequired[Union[List[float], CreateSweepLearningRate]]
    seed: NotRequired[List[int]]
    # Missing fields take the task's defaults.
    training: NotRequired[CreateSweepTraining]
    search: NotRequired[Search]
    # Trains promising configurations further than others. Omitted: all to the last step.
    scheduler: NotRequired[Scheduler]
    # Rules of the comparison; "fair" takes the defaults of that one. Omitted: every configuration that the search asks for competes.
    protocol: NotRequired[Union[Literal["fair"], Protocol]]
    # Validation metric that chooses configurations. Default: the task's primary metric.
    objective: NotRequired[CreateSweepObjective]
    # Larger runs first.
    priority: NotRequired[int]
    trialTimeoutSeconds: NotRequired[int]
    # Further attempts after a lost worker or a crash.
    retries: NotRequired[int]
    # Take results already known for the same trial instead of running it again.
    reuse: NotRequired[bool]
    # Once a training did not fit its budget, larger ranks of it that are predicted to need no less end as `OVER_BUDGET` under that budget and smaller ones, and are not run. Default: each is tried.
    skipLargerRanks: NotRequired[bool]



class CreateSweepOutputRank(TypedDict):
    min: int
    max: int
    # Whether equal ratios or equal differences are equally likely.
    scale: Literal["log", "linear"]



class CreateSweepOutputLearningRate(TypedDict):
    min: float
    max: float
    # Whether equal ratios or equal differences are equally likely.
    scale: Literal["log", "linear"]



class CreateSweepOutput(TypedDict):
    name: str
    # Words to find the sweep by, at most 16, in lower case. Nothing that is computed depends on them.
    tags: NotRequired[List[str]]
    # Plain text about the sweep, for people.
    note: NotRequired[str]
    kind: SweepKind
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    # A pretraining from scratch takes its shapes and its tokenizer.
    base: str
    chatTemplate: NotRequired[ChatTemplateName]
    # The generator that procedures of an evaluation ask, or recipes of a fine-tuning that have texts written, by its name. See `GET /v1/generators`.
    generator: NotRequired[str]
    # Of a pretraining: what it starts from. Default: weights drawn from the trial's seed.
    initial: NotRequired[Literal["base", "random"]]
    # Of a compression: optimizer steps after it, in place of `training.steps`; 0 is without recovery. Each is a row of the board. Default: 0.
    recoverySteps: NotRequired[List[int]]
    # Of a federation: its clients, rounds and scenarios. Methods then name their `strategy`.
    federation: NotRequired[RequestedFederationOutput]
    # The program of a script and its arguments, e.g. `["python", "train.py", "--lr", "{learningRate}"]`. `{name}` stands for a setting of the method or a fact of the trial. No shell reads it.
    command: NotRequired[List[str]]
    # The folder that a script runs in, in one that the installation allows.
    folder: NotRequired[str]
    # Of a script: axolotl or LLaMA-Factory trains each configuration first, by a file that the trial renders; `command` then scores what is in `{output}`.
    preset: NotRequired[CommandPreset]
    # A training, or a sweep for its best training on validation: the model that it leaves, its adapter merged, is what `base` stands for. The sweep waits until it has ended.
    on: NotRequired[str]
    # Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.
    engine: Union[EngineName, List[EngineName]]
    methods: List[MethodAxisOutput]
    # A list, a range for a search that samples, or "max": the largest rank that fits each budget.
    rank: Union[List[int], CreateSweepOutputRank, Literal["max"]]
    # Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget.
    memoryBudgetMiB: List[float]
    # How much of further measures a trial may take, as predicted before it runs, in the unit of the measure. Each training has one trial under each memory budget with each limit.
    limits: NotRequired[Dict[str, List[float]]]
    # A list, or a range for a search that samples. Default: each method's own first learning rate.
    learningRate: NotRequired[Union[List[float], CreateSweepOutputLearningRate]]
    seed: List[int]
    # Missing fields take the task's defaults.
    training: CreateSweepTraining
    search: SearchOutput
    # Trains promising configurations further than others. Omitted: all to the last step.
    scheduler: NotRequired[SchedulerOutput]
    # Rules of the comparison; "fair" takes the defaults of that one. Omitted: every configuration that the search asks for competes.
    protocol: NotRequired[ProtocolOutput]
    # Validation metric that chooses configurations. Default: the task's primary metric.
    objective: NotRequired[CreateSweepObjective]
    # Larger runs first.
    priority: int
    trialTimeoutSeconds: int
    # Further attempts after a lost worker or a crash.
    retries: int
    # Take results already known for the same trial instead of running it again.
    reuse: bool
    # Once a training did not fit its budget, larger ranks of it that are predicted to need no less end as `OVER_BUDGET` under that budget and smaller ones, and are not run. Default: each is tried.
    skipLargerRanks: NotRequired[bool]



class CreateWebhook(TypedDict):
    url: str
    events: List[WebhookEvent]



class Dataset(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    # What a sweep names as its task.
    task: str
    format: DatasetFormat
    # Name of the uploaded file, or the path.
    source: str
    mapping: DatasetMapping
    split: DatasetSplit
    # Of the examples as they are trained on; part of every trial key.
    sha256: str
    bytes: int
    report: DatasetReport
    # Sweeps that use it; it can be deleted when there is none.
    sweeps: int
    createdAt: str


DatasetFormat = Literal["csv", "tsv", "jsonl", "json", "parquet", "beir", "trec", "letor", "crud-rag", "rankify", "images", "sites"]



class DatasetInspection(TypedDict):
    columns: List[str]
    rows: List[Dict[str, str]]



class DatasetList(TypedDict):
    datasets: List[Dataset]


DatasetMapping = Dict[str, Any]



class DatasetPreview(TypedDict):
    report: DatasetReport
    rows: List[DatasetRow]



class DatasetReportExamples(TypedDict):
    train: int
    validation: int
    test: int



class DatasetReportRepeatedFirstItem(TypedDict):
    text: str
    count: int
    rows: List[str]



class DatasetReportRepeated(TypedDict):
    """Absent where no row is repeated."""

    # Rows that equal an earlier one to the letter, answer and all.
    rows: int
    texts: int
    first: List[DatasetReportRepeatedFirstItem]



class DatasetReportContradictionsFirstItemAnswer(TypedDict):
    answer: str
    count: int
    rows: List[str]



class DatasetReportContradictionsFirstItem(TypedDict):
    text: str
    answers: List[DatasetReportContradictionsFirstItemAnswer]



class DatasetReportContradictions(TypedDict):
    """Absent where every text has one answer."""

    # Rows of these texts.
    rows: int
    # Texts that have two classes, or two numbers.
    texts: int
    first: List[DatasetReportContradictionsFirstItem]



class DatasetReportSkewedFirstItem(TypedDict):
    name: str
    splits: List[Literal["train", "validation", "test"]]
    rows: List[str]



class DatasetReportSkewed(TypedDict):
    """Classes of which a split has none, or another share than the whole by more than three standard deviations. Absent where there are none."""

    classes: int
    first: List[DatasetReportSkewedFirstItem]



class DatasetReportClasse(TypedDict):
    name: str
    examples: DatasetReportExamples



class DatasetReportDoubtfulClasses(TypedDict):
    """Classes that may be none of their own; each is one as it is written. Absent where there are none."""

    # Names that differ in case, blanks or the form of their characters alone, group by group.
    alike: List[List[str]]
    # Names that programs write for a missing value, e.g. `NaN`.
    missing: List[str]



class DatasetReportNumbers(TypedDict):
    mean: float
    deviation: float
    smallest: float
    largest: float



class DatasetReportQueries(TypedDict):
    """Absent where rows are examples."""

    rows: int
    # Rows of the query with most.
    largest: int
    # Queries that no order of their rows scores above 0.
    withoutRelevant: int
    # Relevant rows that are not among the candidates of their query.
    lostRelevant: int
    # Queries of the source that nobody judged: left out.
    withoutRows: int



class DatasetReportInteractions(TypedDict):
    """Present where rows say which user took which item."""

    # Users that the training split has.
    users: int
    items: int
    # Items that nobody took in the training split.
    untrainedItems: int
    # Rows of a user with an item that an earlier one has: left out.
    repeated: int
    # Rows below the least rating: left out.
    belowRating: int
    # Rows of users whom the training split does not have: left out.
    withoutTraining: int



class DatasetReportDuplicatesPair(TypedDict):
    splits: List[Literal["train", "validation", "test"]]
    rows: List[str]
    texts: List[str]



class DatasetReportDuplicates(TypedDict):
    # `near`: word 3-grams with a Jaccard similarity of 0.5 or more. `exact`: equal after normalisation. `none`: examples lie at sites, and each looked among its own.
    search: Literal["near", "exact", "none"]
    # Examples that are like an earlier one.
    examples: int
    # Examples of validation and test that are like one of an earlier split.
    acrossSplits: int
    # The first of those across splits; `rows` says where each stands.
    pairs: List[DatasetReportDuplicatesPair]



class DatasetReport(TypedDict):
    examples: DatasetReportExamples
    # Rows with an empty cell: left out, as was asked for. Absent where they are refused.
    emptyRows: NotRequired[int]
    # Absent where no row is repeated.
    repeated: NotRequired[DatasetReportRepeated]
    # Absent where every text has one answer.
    contradictions: NotRequired[DatasetReportContradictions]
    # Classes of which a split has none, or another share than the whole by more than three standard deviations. Absent where there are none.
    skewed: NotRequired[DatasetReportSkewed]
    # Class balance; null where there are no classes, or only sites can count them.
    classes: Union[List[DatasetReportClasse], None]
    # Classes that may be none of their own; each is one as it is written. Absent where there are none.
    doubtfulClasses: NotRequired[DatasetReportDoubtfulClasses]
    # Of the training split; null where no number is predicted.
    numbers: Union[DatasetReportNumbers, None]
    # Absent where rows are examples.
    queries: NotRequired[DatasetReportQueries]
    # Present where rows say which user took which item.
    interactions: NotRequired[DatasetReportInteractions]
    duplicates: DatasetReportDuplicates



class DatasetRow(TypedDict):
    split: Literal["train", "validation", "test"]
    # Where it stands in the source.
    row: str
    fields: Dict[str, str]



class DatasetRows(TypedDict):
    rows: List[DatasetRow]



class DatasetSplit1(TypedDict):
    by: Literal["hash"]
    validation: float
    test: float
    # Each class gives its share to every split. Default: yes where there are classes; data sets of before have none of it.
    stratified: NotRequired[bool]
    # Of a stratified split: another gives another split. Default: 0.
    seed: NotRequired[int]



class DatasetSplit2Values(TypedDict):
    """What the column says for each split."""

    train: str
    validation: str
    test: str



class DatasetSplit2(TypedDict):
    by: Literal["column"]
    column: str
    # What the column says for each split.
    values: DatasetSplit2Values



class DatasetSplit3(TypedDict):
    by: Literal["time"]
    validation: float
    test: float


# By a hash of the content, near-duplicates kept together; by what a column says; or by the column of times, what came last being tested on.
DatasetSplit = Union["DatasetSplit1", "DatasetSplit2", "DatasetSplit3"]



class DatasetSplitInput1(TypedDict):
    by: Literal["hash"]
    validation: NotRequired[float]
    test: NotRequired[float]
    # Each class gives its share to every split. Default: yes where there are classes; data sets of before have none of it.
    stratified: NotRequired[bool]
    # Of a stratified split: another gives another split. Default: 0.
    seed: NotRequired[int]



class DatasetSplitInput2(TypedDict):
    by: Literal["column"]
    column: str
    # What the column says for each split.
    values: NotRequired[DatasetSplit2Values]



class DatasetSplitInput3(TypedDict):
    by: Literal["time"]
    validation: NotRequired[float]
    test: NotRequired[float]


# By a hash of the content, near-duplicates kept together; by what a column says; or by the column of times, what came last being tested on.
DatasetSplitInput = Union["DatasetSplitInput1", "DatasetSplitInput2", "DatasetSplitInput3"]



class Delivery(TypedDict):
    # Also the `webhook-id` header: what comes twice has the same.
    id: str
    type: str
    # DEAD: given up after the last attempt.
    state: Literal["PENDING", "DELIVERED", "DEAD"]
    attempts: int
    # When it is tried next, while it is PENDING.
    dueAt: str
    # HTTP status of the last answer.
    status: Union[int, None]
    error: Union[str, None]
    createdAt: str
    endedAt: Union[str, None]



class DeliveryPage(TypedDict):
    items: List[Delivery]
    nextCursor: NotRequired[str]



class Diagnosis(TypedDict):
    # Of the API that answers.
    version: str
    findings: List[Finding]



class ElsewhereRun(TypedDict):
    """A run that was trained elsewhere: one configuration with one seed."""

    method: str
    optimizer: NotRequired[str]
    # Null where the method has none, or nobody says it.
    rank: NotRequired[Union[int, None]]
    # Null where nobody says it.
    learningRate: NotRequired[Union[float, None]]
    # Further settings that tell configurations apart, e.g. `alpha`.
    config: NotRequired[Dict[str, Union[str, float, bool, None]]]
    seed: NotRequired[int]
    # Optimizer steps that were planned. 0: nothing was trained, and one run stands for every seed.
    steps: NotRequired[Union[int, None]]
    # Score on validation by the metric of the board: it chooses among the configurations of a method.
    validation: NotRequired[Union[float, None]]
    # Score on the test set. Beside `examples` it has to be what they make.
    score: NotRequired[Union[float, None]]
    # Score of each example of the test set, in one order for all runs of the board: 0 or 1 for accuracy, the negative log-likelihood for perplexity.
    examples: NotRequired[Union[List[float], None]]
    # Null where nobody counted.
    trainableParameters: NotRequired[Union[int, None]]
    # Null where nobody says it.
    adapterBytes: NotRequired[Union[int, None]]
    # Most memory of the device that was in use; of a run that was out of memory, how much was in use or asked for.
    peakBytes: NotRequired[Union[int, None]]
    # e.g. "NVIDIA A100 40GB".
    device: NotRequired[Union[str, None]]
    outcome: NotRequired[Literal["finished", "out-of-memory", "failed"]]
    # Why it failed.
    reason: NotRequired[Union[str, None]]


EngineName = Literal["wasm", "cpu", "tensorflow", "webgpu", "torch", "command"]



class EstimateModel(TypedDict):
    architecture: str
    parameters: int
    layers: int
    width: int
    # Linear layers that an adapter can be put on.
    targets: List[str]



class EstimateRefusedItem(TypedDict):
    method: str
    # Null where neither method nor optimizer has one.
    rank: Union[int, None]
    reason: str
    # The field that is to be changed, as in a sweep and its training, where there is one.
    field: NotRequired[str]



class Estimate(TypedDict):
    # Whose bytes they are: what an engine of this platform holds, or transformers and peft on CUDA.
    profile: Literal["rankforge", "torch"]
    model: EstimateModel
    optimizer: str
    targets: List[str]
    engine: EngineName
    checkpointing: Literal["none", "block"]
    # Absent: chunked above 512 tokens.
    attention: NotRequired[Literal["whole", "chunked"]]
    # Absent: float32, and in torch as it is set up.
    computeDtype: NotRequired[Literal["float32", "bfloat16"]]
    dtype: Literal["float32", "bfloat16", "float16", "int8", "nf4"]
    torch: NotRequired[TorchSetupOutput]
    batch: int
    sequence: int
    # Forward passes of one optimizer step.
    accumulate: int
    # Outputs of a head that is trained; null where the model's own are, as the next token.
    classes: Union[int, None]
    # Sentences on the model that a reader of the rows must know.
    notes: List[str]
    budget: Union[int, None]
    # The card that was asked about: `budget` is what is left of it.
    card: NotRequired[CardBytes]
    # Cards that rows name, in their order.
    cards: NotRequired[List[CardBytes]]
    # Bytes that a process of the engine can hold under any budget: rows fit within these too. Null where its device alone says.
    mostBytes: Union[int, None]
    # The smallest peak first.
    rows: List[EstimateRow]
    # Methods that cannot be trained, with the reason.
    refused: List[EstimateRefusedItem]



class EstimateChange(TypedDict):
    rank: NotRequired[int]
    batch: NotRequired[int]
    attention: NotRequired[Literal["whole", "chunked", "sdpa", "eager", "flash"]]
    checkpointing: NotRequired[Literal["none", "block"]]
    dtype: NotRequired[Literal["float32", "bfloat16", "float16", "int8", "nf4"]]
    sequence: NotRequired[int]
    gpus: NotRequired[int]
    shard: NotRequired[Literal["ddp", "zero1", "zero2", "zero3", "fsdp"]]
    # Bytes at the peak with the change; of torch those reserved at most.
    total: int



class EstimateRowLargest(TypedDict):
    """The largest number that fits while all else stays. Null: not even 1 fits, or there is no such number."""

    rank: Union[int, None]
    batch: Union[int, None]
    sequence: Union[int, None]



class EstimateRowTorchIntervals(TypedDict):
    """Bounds of each; a budget is held to those of `reserved`."""

    allocated: ByteInterval
    reserved: ByteInterval
    steady: ByteInterval



class EstimateRowTorch(TypedDict):
    """Bytes in torch beside `memory`, which is what is allocated at the peak."""

    # Bytes allocated between two steps.
    steady: int
    # Bytes that the allocator takes from the driver.
    reserved: int
    # Bounds of each; a budget is held to those of `reserved`.
    intervals: EstimateRowTorchIntervals
    # Bytes of optimizer state in paged memory.
    paged: int
    # The moment of the peak.
    moment: Literal["loss", "block", "update"]



class EstimateRowTimeStep(TypedDict):
    low: float
    high: float



class EstimateRowTime(TypedDict):
    """Seconds of a step on `gpu` and hours of an epoch, where 20 to 50 % of its rate of products is reached: an assumption."""

    step: EstimateRowTimeStep
    epoch: NotRequired[EstimateRowTimeStep]



class EstimateRow(TypedDict):
    """One method at one rank."""

    method: str
    # Null where neither method nor optimizer has one.
    rank: Union[int, None]
    trainableParameters: int
    memory: MemoryByPart
    # Absent without a budget. Null: uncertain, as the budget lies within the interval of `reserved`.
    fits: NotRequired[Union[bool, None]]
    # The largest number that fits while all else stays. Null: not even 1 fits, or there is no such number.
    largest: NotRequired[EstimateRowLargest]
    # Changes of which each makes a row fit that does not for certain, that of lowest cost first; empty where none does.
    changes: NotRequired[List[EstimateChange]]
    # Bytes in torch beside `memory`, which is what is allocated at the peak.
    torch: NotRequired[EstimateRowTorch]
    # Seconds of a step on `gpu` and hours of an epoch, where 20 to 50 % of its rate of products is reached: an assumption.
    time: NotRequired[EstimateRowTime]
    # Names of the cards that hold it, the cheapest first of those with a price, then the smallest.
    cards: NotRequired[List[str]]
    # Why the engines here cannot compute it.
    beyondEngine: NotRequired[str]



class ExampleComparisonMetric(TypedDict):
    name: str
    direction: Literal["minimize", "maximize"]
    # Lowest and highest value that it can have; null where there is none. Intervals stay inside.
    range: List[Union[float, None]]



class ExampleComparisonTrial(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    # The trial that read the test split for it.
    scoringId: str
    # The metric on all examples; null where it is no number.
    score: Union[float, None]



class ExampleComparisonPattern(TypedDict):
    pattern: str
    examples: int



class ExampleComparison(TypedDict):
    task: str
    split: Literal["test"]
    metric: ExampleComparisonMetric
    # Those that were scored, in the order of the request.
    trials: List[ExampleComparisonTrial]
    # Of the test split.
    examples: int
    # Examples on which scores of two trials are unlike.
    differ: int
    # Who is right, a digit for each trial, 1 where it is: the patterns that occur, the most frequent first. Null where scores are not right or wrong.
    patterns: Union[List[ExampleComparisonPattern], None]
    pairs: List[ExamplePair]
    # Examples that are asked for.
    found: int
    items: List[ComparedExample]
    # Why examples have no texts, or none is listed, in words.
    withheld: NotRequired[str]



class ExamplePair(TypedDict):
    # Place in `trials`.
    a: int
    b: int
    # Examples on which a scores better; where scores are right or wrong: that a alone has right.
    aAhead: int
    bAhead: int
    # Null where scores are not right or wrong.
    bothRight: Union[int, None]
    # Examples on which both score the same, `bothRight` included.
    equal: int
    # McNemar's exact test, two-sided, where scores are right or wrong: about these two models on examples like these, and not about what another seed would give.
    pValue: Union[float, None]
    # Holm's, over all pairs of the answer.
    adjustedPValue: Union[float, None]



class ExtendSweepTied(TypedDict):
    """Further seeds for the row that leads the board of the completed sweep and for those tied with it, of their chosen configurations alone. The board then says that they were added after a look at it. In a request of its own."""

    # Default: as many as the verdict of the sweep's board says.
    seeds: NotRequired[int]



class ExtendSweep(TypedDict):
    seed: NotRequired[List[int]]
    # For the methods that have no ranks of their own in the request.
    rank: NotRequired[List[int]]
    # For the methods that have no learning rates of their own in the request.
    learningRate: NotRequired[List[float]]
    memoryBudgetMiB: NotRequired[List[float]]
    # Further seeds for the row that leads the board of the completed sweep and for those tied with it, of their chosen configurations alone. The board then says that they were added after a look at it. In a request of its own.
    tied: NotRequired[ExtendSweepTied]



class FairLedger(TypedDict):
    # Trials of the tuning, whatever became of them.
    tuningTrials: int
    # Optimizer steps done in tuning.
    tuningSteps: int
    # Of the tuning trials that finished.
    tuningSeconds: float
    # Tuning trials that did not fit the budget.
    overBudget: int
    failed: int
    # Learning rates that were tried in tuning, ascending.
    learningRates: List[float]
    # Where the chosen learning rate stands on an end of those that were tried, or was the only one: better ones may lie beyond. Null: it lies between others, or none is chosen yet.
    edge: Union[Literal["smallest", "largest", "only"], None]
    # Of the tuning trials, those beyond an edge: see `extensions`.
    extended: int
    # Training batches that tuning trials read before their first step, which no step counts.
    calibrationBatches: int
    # Fresh seeds of the chosen configuration.
    finalSeeds: List[int]
    # Fresh seeds whose training failed or did not fit: no score is of them.
    finalLost: int



class FederationParticipation(TypedDict):
    share: float
    sampling: Literal["fixed", "poisson"]
    # Absent: all of them.
    quorum: NotRequired[float]



class FederationAdversaries(TypedDict):
    """Absent: nobody attacks."""

    attack: str
    # Attackers among all clients, rounded.
    share: float
    # A changed update is multiplied by it.
    factor: float



class FederationPrivacy(TypedDict):
    """Absent: nothing is clipped."""

    # Largest norm of a client's change.
    clip: float
    # Deviation of the noise on the sum, over the clip.
    noise: float
    # The δ for which ε is said.
    delta: float



class Federation(TypedDict):
    partition: FederationPartitionOutput
    rounds: int
    localSteps: int
    participation: FederationParticipation
    # Absent: no turn is lost.
    lost: NotRequired[float]
    # Ranks of clients by name; others have that of the configuration.
    ranks: NotRequired[Dict[str, int]]
    # Absent: nobody attacks.
    adversaries: NotRequired[FederationAdversaries]
    # Absent: nothing is clipped.
    privacy: NotRequired[FederationPrivacy]
    secureAggregation: NotRequired[Literal[True]]



class FederationPartition1(TypedDict):
    by: Literal["field"]
    # A client for each value of this field of the examples.
    field: str



class FederationPartition2(TypedDict):
    by: Literal["dirichlet"]
    clients: int
    # Concentration of the mixtures of classes: small numbers give each client few classes.
    beta: float
    # Seed of the draws: the same clients for every trial.
    seed: NotRequired[int]



class FederationPartition3(TypedDict):
    by: Literal["size"]
    # Shares of the examples, in any unit: a client for each.
    shares: List[float]
    # Seed of the draws: the same clients for every trial.
    seed: NotRequired[int]


FederationPartition = Union["FederationPartition1", "FederationPartition2", "FederationPartition3"]



class FederationPartitionOutput2(TypedDict):
    by: Literal["dirichlet"]
    clients: int
    # Concentration of the mixtures of classes: small numbers give each client few classes.
    beta: float
    # Seed of the draws: the same clients for every trial.
    seed: int



class FederationPartitionOutput3(TypedDict):
    by: Literal["size"]
    # Shares of the examples, in any unit: a client for each.
    shares: List[float]
    # Seed of the draws: the same clients for every trial.
    seed: int


FederationPartitionOutput = Union["FederationPartition1", "FederationPartitionOutput2", "FederationPartitionOutput3"]



class FederationReportClientBytes(TypedDict):
    """Of all its messages, those before the first round included. Absent in older results."""

    up: int
    down: int



class FederationReportClient(TypedDict):
    name: str
    examples: int
    # Rounds whose model its message is part of.
    rounds: int
    attacks: NotRequired[Literal[True]]
    # Of all its messages, those before the first round included. Absent in older results.
    bytes: NotRequired[FederationReportClientBytes]



class FederationReportBytes(TypedDict):
    """Of all messages, from clients and to them."""

    up: int
    down: int



class FederationReportSetUp(TypedDict):
    """Of those before the first round: frozen tensors, gradients of first values."""

    up: int
    down: int



class FederationReportHistoryItemBytes(TypedDict):
    up: int
    down: int



class FederationReportHistoryItemBytesByClient(TypedDict):
    """By places in `clients`. Absent in older results, where nobody sends anything, and of many clients and rounds."""

    up: List[int]
    down: List[int]



class FederationReportHistoryItem(TypedDict):
    round: int
    # Places in `clients`.
    participants: List[int]
    # Places of clients that sent nothing.
    lost: NotRequired[List[int]]
    # Why the round changed nothing.
    failed: NotRequired[str]
    bytes: FederationReportHistoryItemBytes
    # By places in `clients`. Absent in older results, where nobody sends anything, and of many clients and rounds.
    bytesByClient: NotRequired[FederationReportHistoryItemBytesByClient]
    # Distance of the next update from the mean of those of clients, relative to it.
    aggregationError: NotRequired[float]
    # Of the rounds so far, where noise bounds it.
    epsilon: NotRequired[float]



class FederationReport(TypedDict):
    clients: List[FederationReportClient]
    # Of all messages, from clients and to them.
    bytes: FederationReportBytes
    # Of those before the first round: frozen tensors, gradients of first values.
    setUp: FederationReportSetUp
    history: List[FederationReportHistoryItem]



class FileEstimateFile(TypedDict):
    tool: str
    title: str
    # The base that the file names.
    base: NotRequired[str]
    # Keys that the estimate follows from.
    read: List[ToolKey]
    # Keys that are known to be without bearing, or off.
    ignored: List[ToolKey]
    # Keys that are not known.
    notRead: List[ToolKey]
    # What the tool switches on by itself and the estimate leaves out of account.
    without: NotRequired[str]



class FileEstimate(TypedDict):
    file: FileEstimateFile
    estimate: Estimate



class Finding(TypedDict):
    name: str
    # warn: it works, and less well or less safely than it should; fail: something does not work.
    state: Literal["ok", "warn", "fail"]
    found: str
    # What to do; absent where nothing is to be done.
    advice: NotRequired[str]



class Flips(TypedDict):
    # Examples, or tokens whose loss counts.
    outputs: int
    # Of the teacher: right.
    before: float
    # Of the trained model: right.
    after: float
    # The teacher was right and the trained model is wrong: NFR.
    negative: float
    # The teacher was wrong and the trained model is right.
    positive: float



class FlowerTableEntry(TypedDict):
    rank: NotRequired[int]
    team: NotRequired[str]
    model: str
    # What was sent, as printed: "2.9 GB".
    communication: NotRequired[Union[str, None]]
    average: float
    # Percentages of right answers by the heading of their column, e.g. `STEM`.
    scores: Dict[str, float]
    date: NotRequired[Union[str, None]]



class FlowerTable(TypedDict):
    """A table of a FlowerTune leaderboard."""

    entries: List[FlowerTableEntry]



class Forgetting1(TypedDict):
    measured: Literal[True]
    # What the base model was made from.
    data: str
    examples: int
    before: float
    after: float



class Forgetting2(TypedDict):
    measured: Literal[False]
    reason: str


Forgetting = Union["Forgetting1", "Forgetting2"]



class Garbage(TypedDict):
    # Unfinished uploads included.
    files: int
    bytes: int
    # Files that were stored within this time are left alone.
    graceSeconds: float



class Generator(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    generator: TrialGenerator
    # Its digest is of weights. Of an endpoint it is of what this says of itself: it may answer otherwise.
    reproducible: bool
    createdAt: str



class GeneratorList(TypedDict):
    generators: List[Generator]



class GridEdge(TypedDict):
    # As a sweep names it: `learningRate`, `rank`, `config.<field>`, `optimizerConfig.<field>`, `recipeConfig.<field>` or `strategyConfig.<field>`.
    axis: str
    value: float
    # `only`: no other value was tried.
    side: Literal["lowest", "highest", "only"]
    # Every value of the axis, ascending.
    tried: List[float]



class HistoryReportProblem(TypedDict):
    rule: str
    trialId: Union[str, None]
    found: str



class HistoryReport(TypedDict):
    trials: int
    events: int
    attempts: int
    metricPoints: int
    # What was checked.
    rules: List[str]
    # Empty where the history is sound; at most 100 of each rule.
    problems: List[HistoryReportProblem]



class InspectDataset(TypedDict):
    format: DatasetFormat
    path: NotRequired[str]



class Key(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    role: Role
    # Null: an admin of the whole installation.
    project: Union[ProjectName, None]
    # First characters of the secret, to recognise it by.
    prefix: str
    createdAt: str
    lastUsedAt: Union[str, None]
    revokedAt: Union[str, None]
    expiresAt: Union[str, None]
    rotatedAt: Union[str, None]
    # Until then the secret before the last rotation works as well.
    previousEndsAt: Union[str, None]
    quotas: Quotas
    # By the sweeps, data sets and adapters that it made, in every project.
    usage: Usage



class KeyList(TypedDict):
    keys: List[Key]



class KeyWithSecret(TypedDict):
    key: Key
    secret: str



class LeaderboardRowAdded(TypedDict):
    """Seeds of the row that were added after a look at the board; absent: none."""

    seeds: int
    # How often seeds were added after a look at the board.
    looks: int



class LeaderboardRowCompression(TypedDict):
    """Of a compress sweep, where the training finished."""

    # Stored by the whole compressed model.
    parameters: int
    # In float32, but for what a method packs tighter.
    bytes: float
    # Stored bytes of those of the base model.
    ratio: float
    # Test score of the base model as it was.
    before: Union[float, None]



class LeaderboardRow(TypedDict):
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    rank: Union[int, None]
    # Set where rows of several ranks come from one training: the rank it was trained at.
    trainedRank: Union[int, None]
    # Chosen as the largest that fits the budget by prediction, where the sweep asked for that.
    fitted: NotRequired[List[Literal["rank", "microBatch"]]]
    # Share of the parameters of a kernel that a compression was asked to keep.
    keeps: Union[float, None]
    learningRate: Union[float, None]
    # Configurations of the method, the optimizer, the strategy and the recipe in one. A field that two of them have is named with its part, such as `config.beta1` and `optimizerConfig.beta1`.
    config: Dict[str, Any]
    # Settings of the training, beside `config`, in which rows of this board differ; hashes by their first 8 digits. Absent where there are none.
    settings: NotRequired[Dict[str, Any]]
    # Optimizer steps of a training; null where they are not known.
    steps: Union[int, None]
    # What the method or the optimizer repeats after some steps, and never came to in these trainings; absent: nothing.
    neverFired: NotRequired[List[str]]
    # A row without a score says the state of its own trials: `running` where one runs, `queued` where all that may still run wait.
    status: Literal["scored", "unscored", "does-not-fit", "failed", "running", "queued"]
    # Seeds that the score is of; of a row without one, those that were trained. `reason` says where they are not all.
    seeds: int
    # Seeds of the row that were added after a look at the board; absent: none.
    added: NotRequired[LeaderboardRowAdded]
    # Mean over seeds of the validation metric that chose the configuration.
    validation: Union[float, None]
    # Mean over seeds on the test split.
    score: Union[float, None]
    # 95 % interval over what `intervalCovers` says; null where nothing says how certain the score is.
    interval: Union[List[float], None]
    intervalCovers: Union[Literal["seeds-and-examples", "examples-only", "seeds-only"], None]
    # Letters, from a to z, then a₂ to z₂ and so on: two rows that share a letter cannot be told apart.
    group: Union[str, None]
    trainableParameters: Union[int, None]
    adapterBytes: Union[int, None]
    measuredPeakBytes: Union[int, None]
    # Of a compress sweep, where the training finished.
    compression: Union[LeaderboardRowCompression, None]
    medianStepMs: Union[float, None]
    tokensPerSecond: Union[float, None]
    forgetting: Union[Forgetting, None]
    flips: Union[Flips, None]
    # Further measures by name, as far as there are any.
    measures: Dict[str, float]
    predicted: Union[MemoryByPart, None]
    # No other row is better in score and takes less of the cost, by default fewer bytes.
    pareto: bool
    # Configurations × seeds tried for this method.
    tuningTrials: int
    tuningSteps: int
    # Edges of its own grid that the chosen configuration lies on. Empty for a board of configurations.
    edges: List[GridEdge]
    # Where a fair protocol tuned it.
    fair: NotRequired[FairLedger]
    # Where a scheduler left some of its configurations at a rung.
    halved: NotRequired[RungLedger]
    # Smallest budget of the sweeps that it fits.
    smallestBudgetMiB: Union[float, None]
    # Why it does not fit, failed or has no score; of a row with one, which of its seeds are not in it.
    reason: Union[str, None]
    trialIds: List[str]
    # As people read it.
    name: str



class LeaderboardComparison(TypedDict):
    # Index of a row.
    a: int
    b: int
    # `ratio` for metrics that are an exponential of a mean, such as perplexity: a divided by b.
    effect: Literal["difference", "ratio"]
    # a minus b, or a divided by b where `effect` is `ratio`.
    difference: float
    # Not adjusted for the number of comparisons.
    interval: List[float]
    # Those of all comparisons hold together. It leaves out 0 (or the ratio 1) exactly where `adjustedPValue` is at most `alpha`; an end that is 0 (or 1) is then left out itself.
    simultaneousInterval: List[float]
    pValue: float
    # Holm in the form of Shaffer, over the pairs that are tested; 1 where this one is not. Where seeds were added, the smallest of all looks that saw the difference on the same side: what a look told apart stays so.
    adjustedPValue: float
    # The look that `adjustedPValue` is of, where it is not that of all seeds: 0 is the first.
    look: NotRequired[int]
    # Both were scored on the same examples, or where these are not known, with seeds in common.
    paired: bool
    # Luck that interval and p hold.
    covers: Literal["seeds-and-examples", "examples-only", "seeds-only"]
    # Why no test can tell the two rows apart: a training of a single seed does not show how much its seed does. Null: they are tested.
    untested: Union[str, None]



class LeaderboardTestShare(TypedDict):
    """Where every test example is right or wrong: the share that the first seed of the leading row has right, with what the number of examples alone leaves open (95 % interval of Wilson)."""

    share: float
    low: float
    high: float



class LeaderboardPublished(TypedDict):
    source: str
    remark: str



class Leaderboard(TypedDict):
    task: str
    base: str
    kind: SweepKind
    metric: ExampleComparisonMetric
    rows: List[LeaderboardRow]
    verdict: BoardVerdict
    # What wins within each memory budget of its sweeps, the smallest first, or within the one that was asked for. A budget of which nothing can be said yet is left out.
    answers: List[BudgetAnswer]
    # The texts of `answers`, a line each; null where there are none.
    answer: Union[str, None]
    references: List[BoardReference]
    comparisons: List[LeaderboardComparison]
    # Budgets that sweeps of this task and base have used.
    budgetsMiB: List[float]
    # Limits that these sweeps have used, by measure: the configurations within one are asked for by `atMost`.
    limits: Dict[str, List[float]]
    # Scenarios of federations that its sweeps have, each a board of its own; empty elsewhere.
    scenarios: List[str]
    # The one of this board.
    scenario: Union[str, None]
    testExamples: Union[int, None]
    # Where every test example is right or wrong: the share that the first seed of the leading row has right, with what the number of examples alone leaves open (95 % interval of Wilson).
    testShare: NotRequired[LeaderboardTestShare]
    alpha: float
    # No trial of the board is still to run.
    complete: bool
    # Set where the results were not made here: whose they are, and what they cannot say. Runs trained elsewhere have boards whose task begins with `runs:`.
    published: Union[LeaderboardPublished, None]



class Me(TypedDict):
    name: str
    role: Role
    # The project this request acts in.
    project: ProjectName
    # May act in every project and manage projects.
    installation: bool



class MemoryAccuracyRow(TypedDict):
    method: str
    engine: str
    trainings: int
    smallest: float
    median: float
    largest: float
    # Trainings that fitted by prediction and not by measure.
    overBudget: int
    # The median is further from 1 than the tolerance.
    off: bool



class MemoryAccuracy(TypedDict):
    """Measured peak of trainings divided by the predicted one."""

    rows: List[MemoryAccuracyRow]
    tolerance: float



class MemoryByPartPacked(TypedDict):
    """Of a prediction: its peak beside a whole base that several trials share, and what of it stays between its steps."""

    peak: int
    resident: int



class MemoryByPart(TypedDict):
    """Bytes at the peak of a training step, by part."""

    weights: int
    adapters: int
    gradients: int
    optimizer: int
    activations: int
    workspace: int
    total: int
    # Of a prediction: its peak beside a whole base that several trials share, and what of it stays between its steps.
    packed: NotRequired[MemoryByPartPacked]



class MethodPaper(TypedDict):
    title: str
    arxiv: NotRequired[str]
    year: int



class MethodEvidence(TypedDict):
    level: Literal["full", "partial"]
    reason: NotRequired[str]



class Method(TypedDict):
    name: str
    title: str
    summary: str
    paper: Union[MethodPaper, None]
    evidence: MethodEvidence
    # Kinds of sweep it is for.
    kinds: List[SweepKind]
    # Trained scalars of one layer.
    parameterFormula: str
    # Floats that a step under AdamW holds for one layer besides the frozen base, of so many trained scalars and rows of tokens.
    memoryFormula: str
    # False: it trains nothing, and has no learning rate, rank or optimizer. It is for tasks that order the rows of queries.
    trains: bool
    usesRank: bool
    startsAtBase: bool
    # It cannot be trained without a second base model with a finished adapter; of one that trains nothing: it examines such a ranker.
    learnsFromTeacher: bool
    learningRates: List[float]
    config: Dict[str, Any]


MethodAxis = TypedDict(
    "MethodAxis",
    {
        "name": "str",
        "optimizer": "NotRequired[str]",
        "config": "NotRequired[Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]]",
        "optimizerConfig": "NotRequired[Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]]",
        # Of a federation: how clients train, and how their messages become the next model.
        "strategy": "NotRequired[str]",
        "strategyConfig": "NotRequired[Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]]",
        # What training does around the method: which examples it sees, and by which loss. Omitted: those of the task.
        "recipe": "NotRequired[str]",
        "recipeConfig": "NotRequired[Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]]",
        # Of a federation: ranks of clients by name, at most the rank; others have that.
        "clientRanks": "NotRequired[Dict[str, int]]",
        "rank": "NotRequired[Union[List[int], CreateSweepRank, Literal[\"max\"]]]",
        "learningRate": "NotRequired[Union[List[float], CreateSweepLearningRate]]",
        # `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis.
        "checkpointing": "NotRequired[Union[Literal[\"none\", \"block\"], List[Literal[\"none\", \"block\"]]]]",
        # Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis.
        "baseDtype": "NotRequired[Union[Literal[\"float32\", \"bfloat16\", \"float16\", \"int8\", \"nf4\"], List[Literal[\"float32\", \"bfloat16\", \"float16\", \"int8\", \"nf4\"]]]]",
        # Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis.
        "doubleQuantization": "NotRequired[Union[Literal[\"on\", \"off\"], List[Literal[\"on\", \"off\"]]]]",
        # Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis.
        "computeDtype": "NotRequired[Union[Literal[\"float32\", \"bfloat16\"], List[Literal[\"float32\", \"bfloat16\"]]]]",
        # `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis.
        "attention": "NotRequired[Union[Literal[\"auto\", \"whole\", \"chunked\"], List[Literal[\"auto\", \"whole\", \"chunked\"]]]]",
        # Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis.
        "devices": "NotRequired[Union[int, List[int]]]",
        # What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis.
        "shard": "NotRequired[Union[Literal[\"ddp\", \"zero2\", \"zero3\", \"fsdp\"], List[Literal[\"ddp\", \"zero2\", \"zero3\", \"fsdp\"]]]]",
        # Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis.
        "apartBlocks": "NotRequired[Union[int, List[int]]]",
        # An adapter of this method to start from: an imported one by its name, or that of a finished trial by its id. Its configuration, rank and targets hold; 0 steps evaluate it.
        "from": "NotRequired[str]",
        # A base model with a finished adapter to learn from or to compare with: an imported adapter by its name, or that of a finished trial by its id. It has the vocabulary and the head of the sweep. Methods that need one learn from it; for all, the scoring counts flips against it. An attack, and a certificate, are of that ranker: a training of the project by its id.
        "teacher": "NotRequired[str]",
    },
)


MethodAxisOutput = TypedDict(
    "MethodAxisOutput",
    {
        "name": "str",
        "optimizer": "str",
        "config": "Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]",
        "optimizerConfig": "Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]",
        # Of a federation: how clients train, and how their messages become the next model.
        "strategy": "NotRequired[str]",
        "strategyConfig": "NotRequired[Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]]",
        # What training does around the method: which examples it sees, and by which loss. Omitted: those of the task.
        "recipe": "NotRequired[str]",
        "recipeConfig": "NotRequired[Dict[str, Union[Union[str, float, bool], List[Union[str, float, bool]]]]]",
        # Of a federation: ranks of clients by name, at most the rank; others have that.
        "clientRanks": "NotRequired[Dict[str, int]]",
        "rank": "NotRequired[Union[List[int], CreateSweepOutputRank, Literal[\"max\"]]]",
        "learningRate": "NotRequired[Union[List[float], CreateSweepOutputLearningRate]]",
        # `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept. A list is an axis.
        "checkpointing": "NotRequired[Union[Literal[\"none\", \"block\"], List[Literal[\"none\", \"block\"]]]]",
        # Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`. A list is an axis.
        "baseDtype": "NotRequired[Union[Literal[\"float32\", \"bfloat16\", \"float16\", \"int8\", \"nf4\"], List[Literal[\"float32\", \"bfloat16\", \"float16\", \"int8\", \"nf4\"]]]]",
        # Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`. A list is an axis.
        "doubleQuantization": "NotRequired[Union[Literal[\"on\", \"off\"], List[Literal[\"on\", \"off\"]]]]",
        # Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`. A list is an axis.
        "computeDtype": "NotRequired[Union[Literal[\"float32\", \"bfloat16\"], List[Literal[\"float32\", \"bfloat16\"]]]]",
        # `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens. A list is an axis.
        "attention": "NotRequired[Union[Literal[\"auto\", \"whole\", \"chunked\"], List[Literal[\"auto\", \"whole\", \"chunked\"]]]]",
        # Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1. A list is an axis.
        "devices": "NotRequired[Union[int, List[int]]]",
        # What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`. A list is an axis.
        "shard": "NotRequired[Union[Literal[\"ddp\", \"zero2\", \"zero3\", \"fsdp\"], List[Literal[\"ddp\", \"zero2\", \"zero3\", \"fsdp\"]]]]",
        # Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both. A list is an axis.
        "apartBlocks": "NotRequired[Union[int, List[int]]]",
        # An adapter of this method to start from: an imported one by its name, or that of a finished trial by its id. Its configuration, rank and targets hold; 0 steps evaluate it.
        "from": "NotRequired[str]",
        # A base model with a finished adapter to learn from or to compare with: an imported adapter by its name, or that of a finished trial by its id. It has the vocabulary and the head of the sweep. Methods that need one learn from it; for all, the scoring counts flips against it. An attack, and a certificate, are of that ranker: a training of the project by its id.
        "teacher": "NotRequired[str]",
    },
)



class MethodList(TypedDict):
    methods: List[Method]
    optimizers: List[Optimizer]
    strategies: List[Strategy]
    recipes: List[Recipe]
    # Attacks that clients of a federation may make.
    attacks: List[str]



class MetricSeries(TypedDict):
    name: str
    steps: List[int]
    values: List[float]
    # Points recorded, before down-sampling.
    total: int



class MetricSeriesList(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    series: List[MetricSeries]



class ObjectiveDatasetColumn(TypedDict):
    # Field of the mapping that names the column.
    field: str
    holds: Literal["text", "texts", "class", "number", "numbers", "grade", "rating", "time", "request", "messages"]
    title: str
    description: Union[str, None]
    # A mapping may leave it out.
    optional: bool
    # Option of the command line that names the column.
    option: str
    # Fields that a mapping leaves out where it names this one.
    replaces: NotRequired[List[str]]


ObjectiveDataset = TypedDict(
    "ObjectiveDataset",
    {
        # A file of rows, or a folder of images.
        "from": "Literal[\"table\", \"images\"]",
        # Formats of files that it is read from.
        "formats": "List[DatasetFormat]",
        "columns": "List[ObjectiveDatasetColumn]",
        # JSON Schema of the mapping of a data set.
        "mapping": "Dict[str, Any]",
        # By format: what fields of the mapping are where a request leaves them out.
        "usual": "Dict[str, Dict[str, Union[str, float]]]",
    },
)



class Objective(TypedDict):
    name: str
    # What is learned, for people.
    title: str
    # What batches and splits count, and what statistics pair: a query has several rows, and a user several items.
    unit: Literal["window", "example", "query", "user"]
    # The first ranks unless a sweep says otherwise.
    metrics: List[ExampleComparisonMetric]
    # How a file of a user is read for it; null where none is.
    dataset: Union[ObjectiveDataset, None]



class ObjectiveList(TypedDict):
    objectives: List[Objective]



class Optimizer(TypedDict):
    name: str
    title: str
    paper: Union[MethodPaper, None]
    evidence: MethodEvidence
    # Floats of state that are kept for one trained tensor of so many numbers (size), a matrix of in by out. In brackets: formulas of tensors that are treated otherwise.
    stateFormula: str
    usesRank: bool
    config: Dict[str, Any]



class PaperClaimCompareOwn(TypedDict):
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]



class PaperClaimCompare(TypedDict):
    own: PaperClaimCompareOwn
    other: PaperClaimCompareOwn
    measure: Literal["score", "trained", "memory"]
    kind: SweepKind



class PaperClaimEvidenceItem(TypedDict):
    task: str
    base: str
    # Null where the base is no longer there.
    baseParameters: Union[int, None]
    # Own and other; equal wherever both have one and a verdict is given.
    ranks: List[Union[int, None]]
    # Of a comparison of scores.
    metric: Union[str, None]
    own: float
    other: float
    effect: Literal["difference", "ratio"]
    # The claimed size as `difference` has it; null where none is given, or in a unit that the board has not.
    claimed: Union[float, None]
    # Own minus other, or own divided by other where `effect` is `ratio`.
    difference: float
    # 95 % for all comparisons of the board together, as the adjusted p; null for counts and bytes.
    interval: Union[List[float], None]
    # Holm, over the pairs of the board.
    adjustedPValue: Union[float, None]
    # Of the contender with fewer.
    seeds: int
    sweepIds: List[str]
    verdict: Literal["agrees", "smaller than claimed", "same direction", "contradicts", "not told apart", "not tested here", "not comparable"]
    # Why the verdict is no more than it is; null where it needs no reason.
    because: Union[str, None]



class PaperClaim(TypedDict):
    of: Literal["method", "optimizer"]
    name: str
    title: str
    text: str
    source: str
    # How it is tried here; null where nothing here can tell.
    compare: Union[PaperClaimCompare, None]
    # Why nothing here can tell; null where it is tried.
    untold: Union[str, None]
    verdict: Literal["agrees", "smaller than claimed", "same direction", "contradicts", "not told apart", "not tested here", "not comparable", "mixed", "not measured"]
    # One for each board that has both contenders.
    evidence: List[PaperClaimEvidenceItem]



class PaperClaimList(TypedDict):
    paperClaims: List[PaperClaim]
    # Methods and optimizers with a paper and no paper claim on record.
    without: List[str]
    alpha: float



class PeftExperimentSweeps(TypedDict):
    # One for each set of targets and training options.
    sweeps: List[CreateSweepOutput]
    refused: List[BaseListUnusableItem]



class PeftExperimentsTraining(TypedDict):
    """Replaces what the experiments say themselves."""

    # 0 evaluates what training starts from.
    steps: NotRequired[int]
    batchSize: NotRequired[int]
    sequenceLength: NotRequired[int]
    warmupSteps: NotRequired[int]



class PeftExperimentsExperimentTrainingParams(TypedDict):
    """With the defaults of `default_training_params.json`."""

    optimizer_type: NotRequired[str]
    optimizer_kwargs: NotRequired[Dict[str, Any]]
    lr_scheduler: NotRequired[Union[str, None]]
    max_steps: NotRequired[int]
    batch_size: NotRequired[int]
    grad_norm_clip: NotRequired[float]



class PeftExperimentsExperiment(TypedDict):
    name: str
    # Null where there is no such file: every weight is trained.
    adapterConfig: Union[Dict[str, Any], None]
    # With the defaults of `default_training_params.json`.
    trainingParams: PeftExperimentsExperimentTrainingParams



class PeftExperiments(TypedDict):
    name: str
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    # A pretraining from scratch takes its shapes and its tokenizer.
    base: str
    # Trains. With a list each method competes once on each, with the same seeds, and the board says whether the engines agree; methods that train nothing run on the first.
    engine: NotRequired[Union[EngineName, List[EngineName]]]
    # Device memory a trial may take, in MiB. A trial that needs more is not run and counts as not fitting; one that fits trains as without a budget.
    memoryBudgetMiB: List[float]
    seed: NotRequired[List[int]]
    # Replaces what the experiments say themselves.
    training: NotRequired[PeftExperimentsTraining]
    experiments: List[PeftExperimentsExperiment]



class PeftResultRun_infoTrain_configOptimizer_kwargs(TypedDict):
    lr: NotRequired[float]



class PeftResultRun_infoTrain_config(TypedDict):
    model_id: str
    dtype: str
    batch_size: int
    max_steps: int
    seed: int
    optimizer_type: str
    optimizer_kwargs: PeftResultRun_infoTrain_configOptimizer_kwargs



class PeftResultRun_infoPeft_config(TypedDict):
    peft_type: NotRequired[Union[str, None]]
    r: NotRequired[Union[float, None]]



class PeftResultRun_info(TypedDict):
    experiment_name: str
    created_at: str
    train_config: PeftResultRun_infoTrain_config
    peft_config: Union[PeftResultRun_infoPeft_config, None]
    error_msg: NotRequired[str]



class PeftResultTrain_info(TypedDict):
    accelerator_memory_max: NotRequired[int]
    # The same, in files of the earlier harness.
    cuda_memory_max: NotRequired[int]
    train_time: float
    file_size: int
    # The earlier harness did not count them.
    num_trainable_params: NotRequired[int]
    status: str
    metrics: List[Dict[str, Union[float, None]]]



class PeftResultMeta_infoDataset_infoValue(TypedDict):
    sha: NotRequired[Union[str, None]]



class PeftResultMeta_info(TypedDict):
    dataset_info: Dict[str, PeftResultMeta_infoDataset_infoValue]



class PeftResult(TypedDict):
    """A result file of peft’s method comparison."""

    run_info: PeftResultRun_info
    train_info: PeftResultTrain_info
    meta_info: PeftResultMeta_info



class PlacesOfQueryRow(TypedDict):
    # From 1.
    place: int
    # Of an attacked document: its place before the attack.
    before: NotRequired[int]



class PlacesOfQuery(TypedDict):
    # Its words, where it has any.
    query: NotRequired[str]
    # Documents in its order.
    size: int
    # Its documents that count: all that are relevant, those in no order included, or all that were attacked.
    of: int
    rows: List[PlacesOfQueryRow]



class PlacesPageMove(TypedDict):
    before: int
    after: int
    documents: int



class PlacesPageMoved(TypedDict):
    """Attacked documents of the queries that are kept whose place became better, stayed, and became worse: on the page of the first query alone."""

    better: int
    same: int
    worse: int



class PlacesPage(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    split: Literal["validation", "test"]
    # Documents whose places these are.
    documents: Literal["relevant", "attacked"]
    # Queries that were scored.
    queries: int
    # Of relevant documents: the mean recall of all queries down to each rank, from 1 to at most 100.
    recall: NotRequired[List[float]]
    # Queries that are kept: the first 1000; of a relevant document, a place up to 100.
    kept: int
    # How many attacked documents of the queries that are kept went from one place to another: the 1000 pairs of places with most documents, on the page of the first query alone.
    moves: List[PlacesPageMove]
    # Attacked documents of the queries that are kept whose place became better, stayed, and became worse: on the page of the first query alone.
    moved: NotRequired[PlacesPageMoved]
    items: List[PlacesOfQuery]



class ProblemError(TypedDict):
    path: str
    message: str



class Problem(TypedDict):
    # URI reference that names the kind of problem, e.g. `/problems/validation`.
    type: str
    title: str
    status: int
    detail: NotRequired[str]
    instance: NotRequired[str]
    errors: NotRequired[List[ProblemError]]



class Project(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    quotas: Quotas
    usage: Usage
    createdAt: str



class ProjectList(TypedDict):
    projects: List[Project]



class ProjectName(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str



class Propensities(TypedDict):
    estimated: List[float]
    # As the clicks were simulated.
    true: List[float]



class Protocol(TypedDict):
    kind: Literal["fair"]
    # Configurations of each method, which try every value of each of its axes equally often; each is trained with every seed of the sweep. Default: 8, or as many as every method has.
    tuningTrials: NotRequired[int]
    # Fresh seeds that the chosen configuration of each method is trained and scored with, once.
    finalSeeds: NotRequired[int]
    # Where the best configuration of a method has the smallest or the largest of its learning rates, it is tried with one beyond, so many times at most. The ledger counts them.
    extensions: NotRequired[int]
    # Seed of the draws.
    seed: NotRequired[int]



class ProtocolOutput(TypedDict):
    kind: Literal["fair"]
    # Configurations of each method, which try every value of each of its axes equally often; each is trained with every seed of the sweep. Default: 8, or as many as every method has.
    tuningTrials: NotRequired[int]
    # Fresh seeds that the chosen configuration of each method is trained and scored with, once.
    finalSeeds: int
    # Where the best configuration of a method has the smallest or the largest of its learning rates, it is tried with one beyond, so many times at most. The ledger counts them.
    extensions: int
    # Seed of the draws.
    seed: int



class PublishedResult(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    base: str
    # It was imported before; nothing was written.
    known: bool



class Quotas(TypedDict):
    # Trials that run at once. Further ones wait.
    maxRunningTrials: Union[int, None]
    # MiB of device memory that running trials have reserved at once. Further trials wait.
    maxReservedMiB: Union[int, None]
    # MiB of data sets, imported adapters, artifacts and runs trained elsewhere. Further uploads are refused.
    maxStoredMiB: Union[int, None]



class ReadLengths(TypedDict):
    sequenceLength: int
    # The request names no length: it is the one at which 95 % of the examples are read whole.
    fromData: NotRequired[Literal[True]]
    # Examples of the training split that were looked at; of queries, rows.
    sampled: int
    # Share of them that are longer.
    cut: float
    # Share of the tokens to be learned that are cut; null where the loss counts on none of the text.
    learnedCut: Union[float, None]
    # Tokens of the longest of them.
    longest: int



class ReadinessDependency(TypedDict):
    name: str
    up: bool
    detail: NotRequired[str]



class Readiness(TypedDict):
    ready: bool
    dependencies: List[ReadinessDependency]
    version: str
    # HMAC-SHA-256 of the challenge and the port under RANKFORGE_LAUNCH_SECRET, where both were given
    proof: NotRequired[str]



class Recipe(TypedDict):
    """What training does around a method: which examples it sees, and by which loss."""

    name: str
    title: str
    summary: str
    paper: Union[MethodPaper, None]
    evidence: MethodEvidence
    # Objectives of tasks that it can be followed on.
    objectives: List[str]
    config: Dict[str, Any]



class RemovalObstacle(TypedDict):
    # state: the sweep itself is not over. sweep: another one starts from a model of it, or names one of its trainings. generator: it writes with the adapter of one.
    what: Literal["state", "sweep", "generator"]
    # Of what stands on it; for a state the sweep itself.
    id: str
    name: str
    # What to do about it, in words.
    says: str



class RequestedFederationAdversary1(TypedDict):
    attack: Literal["none"]



class RequestedFederationAdversary2(TypedDict):
    attack: str
    # Attackers among all clients, rounded.
    share: float
    # A changed update is multiplied by it.
    factor: NotRequired[float]



class RequestedFederationPrivacy(TypedDict):
    """Clips changes of clients and adds noise to their sum. Omitted: neither."""

    # What ε speaks of.
    unit: NotRequired[Literal["client"]]
    # Largest norm of a client's change.
    clip: float
    noise: List[float]
    # The δ for which ε is said.
    delta: NotRequired[float]



class RequestedFederation(TypedDict):
    partition: FederationPartition
    # Rounds of training at clients and aggregation.
    rounds: int
    # Optimizer steps of a client in a round; `training.steps` is this times the rounds.
    localSteps: int
    # Shares of the clients that take part in a round.
    participation: NotRequired[List[float]]
    # `fixed`: as many clients in every round; `poisson`: each by itself with this probability, as privacy needs. Default: fixed, or poisson with privacy.
    sampling: NotRequired[Literal["fixed", "poisson"]]
    # Clients that attack in every round; `none` is without.
    adversaries: NotRequired[List[Union[RequestedFederationAdversary1, RequestedFederationAdversary2]]]
    # Clips changes of clients and adds noise to their sum. Omitted: neither.
    privacy: NotRequired[RequestedFederationPrivacy]
    # Shares of the turns that are lost, each by itself: such a client sends nothing in that round.
    lost: NotRequired[List[float]]
    # Share of the clients of a round whose messages are enough, where some are lost; with fewer the round changes nothing.
    quorum: NotRequired[float]
    # The server learns the sum of messages alone. With `asTrials`: where clients are sites whose cards name keys.
    secureAggregation: NotRequired[bool]
    # Each turn of a client is a trial on the queue, which any worker may run. Default: clients take turns in one process. The numbers are the same.
    asTrials: NotRequired[bool]
    # With `asTrials`: a client that has sent nothing so long after its round began is lost to it. Default: it is waited for.
    roundSeconds: NotRequired[float]
    # With `asTrials`: the turns of a client run on a worker that says it holds the data of its site. Default: on any worker.
    held: NotRequired[bool]



class RequestedFederationOutputAdversary2(TypedDict):
    attack: str
    # Attackers among all clients, rounded.
    share: float
    # A changed update is multiplied by it.
    factor: float



class RequestedFederationOutputPrivacy(TypedDict):
    """Clips changes of clients and adds noise to their sum. Omitted: neither."""

    # What ε speaks of.
    unit: Literal["client"]
    # Largest norm of a client's change.
    clip: float
    noise: List[float]
    # The δ for which ε is said.
    delta: float



class RequestedFederationOutput(TypedDict):
    partition: FederationPartitionOutput
    # Rounds of training at clients and aggregation.
    rounds: int
    # Optimizer steps of a client in a round; `training.steps` is this times the rounds.
    localSteps: int
    # Shares of the clients that take part in a round.
    participation: List[float]
    # `fixed`: as many clients in every round; `poisson`: each by itself with this probability, as privacy needs. Default: fixed, or poisson with privacy.
    sampling: NotRequired[Literal["fixed", "poisson"]]
    # Clients that attack in every round; `none` is without.
    adversaries: List[Union[RequestedFederationAdversary1, RequestedFederationOutputAdversary2]]
    # Clips changes of clients and adds noise to their sum. Omitted: neither.
    privacy: NotRequired[RequestedFederationOutputPrivacy]
    # Shares of the turns that are lost, each by itself: such a client sends nothing in that round.
    lost: List[float]
    # Share of the clients of a round whose messages are enough, where some are lost; with fewer the round changes nothing.
    quorum: float
    # The server learns the sum of messages alone. With `asTrials`: where clients are sites whose cards name keys.
    secureAggregation: bool
    # Each turn of a client is a trial on the queue, which any worker may run. Default: clients take turns in one process. The numbers are the same.
    asTrials: bool
    # With `asTrials`: a client that has sent nothing so long after its round began is lost to it. Default: it is waited for.
    roundSeconds: NotRequired[float]
    # With `asTrials`: the turns of a client run on a worker that says it holds the data of its site. Default: on any worker.
    held: bool



class RetriedDeliveries(TypedDict):
    retried: int



class RobustnessReport(TypedDict):
    # Queries that were examined.
    queries: int
    # Lists that the attacker had the ranker score, and gradients.
    questions: int
    # Share of pairs that an imitation orders as the ranker does; null where nothing imitates it.
    agreement: Union[float, None]
    # Of the words of triggers by the generator; null where none was asked.
    perplexity: Union[float, None]


Role = Literal["viewer", "submitter", "admin"]



class RotateKey(TypedDict):
    # How long the old secret goes on working; 0 ends it at once.
    overlapHours: NotRequired[float]
    # A new end of the key; without it the one it has stays.
    expiresInDays: NotRequired[int]



class RunMetric(TypedDict):
    name: str
    direction: Literal["minimize", "maximize"]
    # Lowest and highest value that it can have; null where there is none. Intervals stay inside.
    range: List[Union[float, None]]
    # `mean`: a score is the mean of its examples. `exp-mean`: the exponential of their mean, as perplexity is of negative log-likelihoods; means, intervals and tests are made before it.
    scale: Literal["mean", "exp-mean"]



class RungLedgerConfiguration(TypedDict):
    # From 1, of `rungs`.
    rung: int
    rungs: int
    # Optimizer step at which the rung ends.
    step: int
    # Its validation value there, over its seeds.
    value: float
    # The best validation value of its method there.
    best: float
    # Validation examples that the two were compared on.
    examples: Union[int, None]
    # Of the test against the best on the same examples; null where their scores are not kept.
    pValue: Union[float, None]
    # It loses to the best there within the error that the scheduler allows.
    surely: bool
    # Chance that the best of the method was dropped by the luck of the examples, over all its rungs.
    error: float
    # UUID, version 7: ids sort by creation time.
    trialId: str
    learningRate: float
    rank: Union[int, None]



class RungLedger(TypedDict):
    # Configurations that went no further than a rung.
    stopped: int
    # Of these, those that lose to the best of their rung for sure.
    surely: int
    error: float
    # The closest to the best of their rungs; `stopped` counts the others as well.
    configurations: List[RungLedgerConfiguration]



class RunsAdded(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    title: str
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    base: str
    metric: RunMetric
    # Runs that the board did not have.
    added: int
    # Runs in the place of one of the same configuration and seed.
    replaced: int
    # Runs that the board has just so already.
    known: int
    # Runs that the board has now.
    runs: int
    # Examples of its test set; null where no run has scores by example.
    testExamples: Union[int, None]



class RunsRemoved(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    title: str
    # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
    task: str
    base: str
    # Runs that were on it.
    runs: int



class Scheduler1(TypedDict):
    kind: Literal["asha"]
    # Optimizer steps at which the lowest rung ends.
    minSteps: int
    # One of so many goes on to the next rung.
    reduction: NotRequired[int]
    # Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split.
    validationExamples: NotRequired[int]
    # Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all.
    rungSeeds: NotRequired[int]
    # Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
    error: NotRequired[float]
    # Configurations of a method that may train at once, so that the best go on before all have begun.
    parallel: NotRequired[int]



class Scheduler2(TypedDict):
    kind: Literal["hyperband"]
    # Optimizer steps at which the lowest rung ends.
    minSteps: int
    # One of so many goes on to the next rung.
    reduction: NotRequired[int]
    # Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split.
    validationExamples: NotRequired[int]
    # Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all.
    rungSeeds: NotRequired[int]
    # Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
    error: NotRequired[float]
    # Configurations of a method that may train at once, so that the best go on before all have begun.
    parallel: NotRequired[int]



class Scheduler3(TypedDict):
    kind: Literal["median"]
    # Trainings of a method that must have ended before any of it is stopped.
    startupTrials: NotRequired[int]
    # Steps before which none is stopped.
    warmupSteps: NotRequired[int]
    # Ended trainings that must have been evaluated at the same step.
    minTrials: NotRequired[int]


Scheduler = Union["Scheduler1", "Scheduler2", "Scheduler3"]



class SchedulerOutput1(TypedDict):
    kind: Literal["asha"]
    # Optimizer steps at which the lowest rung ends.
    minSteps: int
    # One of so many goes on to the next rung.
    reduction: int
    # Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split.
    validationExamples: NotRequired[int]
    # Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all.
    rungSeeds: NotRequired[int]
    # Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
    error: float
    # Configurations of a method that may train at once, so that the best go on before all have begun.
    parallel: int



class SchedulerOutput2(TypedDict):
    kind: Literal["hyperband"]
    # Optimizer steps at which the lowest rung ends.
    minSteps: int
    # One of so many goes on to the next rung.
    reduction: int
    # Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split.
    validationExamples: NotRequired[int]
    # Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all.
    rungSeeds: NotRequired[int]
    # Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.
    error: float
    # Configurations of a method that may train at once, so that the best go on before all have begun.
    parallel: int



class SchedulerOutput3(TypedDict):
    kind: Literal["median"]
    # Trainings of a method that must have ended before any of it is stopped.
    startupTrials: int
    # Steps before which none is stopped.
    warmupSteps: int
    # Ended trainings that must have been evaluated at the same step.
    minTrials: int


SchedulerOutput = Union["SchedulerOutput1", "SchedulerOutput2", "SchedulerOutput3"]



class Search1(TypedDict):
    kind: Literal["grid"]



class Search2(TypedDict):
    kind: Literal["random"]
    # Configurations drawn without replacement from the grid; each runs with every seed and budget.
    trials: int
    seed: NotRequired[int]



class Search3(TypedDict):
    kind: Literal["sobol"]
    # Configurations of each method, the same number for all; each runs with every seed and budget.
    trials: int
    seed: NotRequired[int]



class Search4(TypedDict):
    kind: Literal["tpe"]
    # Configurations of each method, the same number for all; each runs with every seed and budget.
    trials: int
    seed: NotRequired[int]
    # Configurations of a method that may train at once. More is faster and learns less from each.
    parallel: NotRequired[int]


Search = Union["Search1", "Search2", "Search3", "Search4"]



class SearchOutput2(TypedDict):
    kind: Literal["random"]
    # Configurations drawn without replacement from the grid; each runs with every seed and budget.
    trials: int
    seed: int



class SearchOutput3(TypedDict):
    kind: Literal["sobol"]
    # Configurations of each method, the same number for all; each runs with every seed and budget.
    trials: int
    seed: int



class SearchOutput4(TypedDict):
    kind: Literal["tpe"]
    # Configurations of each method, the same number for all; each runs with every seed and budget.
    trials: int
    seed: int
    # Configurations of a method that may train at once. More is faster and learns less from each.
    parallel: int


SearchOutput = Union["Search1", "SearchOutput2", "SearchOutput3", "SearchOutput4"]



class Selection(TypedDict):
    # Indices of the training split, ascending.
    examples: List[int]
    # Examples of the training split.
    of: int
    # Of each field, and of the class: the share of the chosen examples that has each value.
    shares: Dict[str, Dict[str, float]]



class Servability(TypedDict):
    """Whether vLLM serves the adapter, in the format `peft`, beside its base model."""

    servable: bool
    # Why not, one sentence each.
    reasons: List[str]
    # What `--max-lora-rank` must be at least.
    maxLoraRank: NotRequired[int]



class SignIn(TypedDict):
    key: str



class SignInOptions(TypedDict):
    provider: bool



class SignedIn(TypedDict):
    name: str
    role: Role
    # The project this request acts in.
    project: ProjectName
    # May act in every project and manage projects.
    installation: bool
    # Is sent in the header `rankforge-page` with every request of the session: its cookie alone opens nothing.
    pageToken: str



class StandingsBoard(TypedDict):
    task: str
    base: str
    title: str
    metric: ExampleComparisonMetric
    complete: bool



class StandingsRowCell(TypedDict):
    # A row without a score says the state of its own trials: `running` where one runs, `queued` where all that may still run wait.
    status: Literal["scored", "unscored", "does-not-fit", "failed", "running", "queued"]
    rank: Union[int, None]
    # Mean over seeds on the test split.
    score: Union[float, None]
    # 95 % interval over what `intervalCovers` says; null where nothing says how certain the score is.
    interval: Union[List[float], None]
    # Letters, from a to z, then a₂ to z₂ and so on: two rows that share a letter cannot be told apart.
    group: Union[str, None]
    # Why it does not fit, failed or has no score; of a row with one, which of its seeds are not in it.
    reason: Union[str, None]
    # Among the contenders ranked here; ties share a mean.
    place: Union[float, None]



class StandingsRow(TypedDict):
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    # Over all boards that have scores; null where one of them has none of it.
    meanPlace: Union[float, None]
    # Rows that share a letter differ by less than the critical difference.
    group: Union[str, None]
    # In the order of `boards`.
    cells: List[Union[StandingsRowCell, None]]



class StandingsTest(TypedDict):
    chiSquared: float
    # Friedman's test in the form of Iman and Davenport.
    pValue: float
    # Mean places that differ by at least so much differ (Nemenyi).
    criticalDifference: float



class Standings(TypedDict):
    boards: List[StandingsBoard]
    # Best mean place first; those without one last.
    rows: List[StandingsRow]
    alpha: float
    # Null with fewer than two boards or two contenders that are on all of them.
    test: Union[StandingsTest, None]


StorageKind = Literal["adapters", "checkpoints", "predictions", "datasets", "bases", "metrics", "logs", "trials", "events"]



class StorageReportKind(TypedDict):
    kind: StorageKind
    bytes: int



class StorageReportProject(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    fileBytes: int
    rowBytes: int



class StorageReportSweep(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    project: ProjectName
    state: SweepState
    # What is left of it goes in the background, or is kept for other sweeps.
    removed: bool
    # A file that two sweeps have counts in both.
    fileBytes: int
    # Its share of the tables of PostgreSQL, estimated.
    rowBytes: int



class StorageReportDisk(TypedDict):
    bytes: int
    freeBytes: int



class StorageReport(TypedDict):
    # Largest first. A file that several rows name is counted once. Base models and events are of the whole installation, and in its report alone.
    kinds: List[StorageReportKind]
    # Largest first; a file that two projects have counts in both.
    projects: List[StorageReportProject]
    # Largest first, as many as were asked for.
    sweeps: List[StorageReportSweep]
    # Of the whole database; null in the report of a project.
    databaseBytes: Union[int, None]
    # The disk that files are stored on; null in the report of a project, or where it cannot be asked.
    disk: Union[StorageReportDisk, None]



class Strategy(TypedDict):
    """How the clients of a federation train, and what becomes of their messages."""

    name: str
    title: str
    summary: str
    paper: Union[MethodPaper, None]
    evidence: MethodEvidence
    # Clients may have ranks of their own.
    ownRanks: NotRequired[Literal[True]]
    config: Dict[str, Any]



class SweepWaitsFor(TypedDict):
    # UUID, version 7: ids sort by creation time.
    sweepId: str
    sweepName: str
    # Null where it waits for the whole sweep.
    trialId: Union[str, None]
    # Of what it waits for.
    state: str



class SweepScorings(TypedDict):
    """Scorings of the test split that run or ran here, and those that are still to be made: of each contender one configuration with each seed, under each budget that gives it others to choose from."""

    done: int
    total: int



class Sweep(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    # In order.
    tags: List[str]
    # Plain text, for people.
    note: Union[str, None]
    kind: SweepKind
    state: SweepState
    task: str
    base: str
    # The first, where it compares several.
    engine: EngineName
    priority: int
    trials: TrialCounts
    # Trials of the whole plan, with the scorings that it comes to. It falls where fewer are made, as after failures.
    total: int
    # Trials of the plan that have no row yet: they are created as earlier ones are taken.
    uncreated: int
    # Trials of a paused sweep that are still running: they run to their end.
    draining: int
    # Why the platform paused it; of a running one, why no further trial can be made or begun for now.
    reason: Union[str, None]
    # What has to end before its first trial is made.
    waitsFor: Union[SweepWaitsFor, None]
    # Trials whose result was taken from another trial with the same key.
    known: int
    # Trials over budget because a smaller rank was, and not run: see `skipLargerRanks`.
    implied: int
    stepsDone: int
    # Optimizer steps of all trials that run or will run.
    stepsTotal: int
    # Scorings of the test split that run or ran here, and those that are still to be made: of each contender one configuration with each seed, under each budget that gives it others to choose from.
    scorings: SweepScorings
    # Of the steps and scorings that are left, from the pace while its trials ran: hours in which the sweep was paused or the platform was stopped are no part of it. Until a training has ended or a scoring was ever timed, of the steps alone. Null before the first steps.
    etaSeconds: Union[float, None]
    createdAt: str
    finishedAt: Union[str, None]



class SweepActionResult(TypedDict):
    changed: int
    sweep: Sweep



class SweepCurvesCurve(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    rank: Union[int, None]
    learningRate: float
    seed: int
    steps: List[int]
    values: List[float]



class SweepCurves(TypedDict):
    metric: str
    curves: List[SweepCurvesCurve]
    # There are more trainings than curves.
    truncated: bool



class SweepDependenciesSweep(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    kind: SweepKind
    state: SweepState
    # It has no trial yet, for what it starts from has not ended.
    waits: bool
    reason: Union[str, None]


SweepDependenciesEdge = TypedDict(
    "SweepDependenciesEdge",
    {
        # UUID, version 7: ids sort by creation time.
        "from": "str",
        # The sweep that starts from a model of `from`.
        "to": "str",
        # Whose model; null until one is chosen.
        "trialId": "Union[str, None]",
    },
)



class SweepDependencies(TypedDict):
    sweeps: List[SweepDependenciesSweep]
    edges: List[SweepDependenciesEdge]



class SweepDetail(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    # In order.
    tags: List[str]
    # Plain text, for people.
    note: Union[str, None]
    kind: SweepKind
    state: SweepState
    task: str
    base: str
    # The first, where it compares several.
    engine: EngineName
    priority: int
    trials: TrialCounts
    # Trials of the whole plan, with the scorings that it comes to. It falls where fewer are made, as after failures.
    total: int
    # Trials of the plan that have no row yet: they are created as earlier ones are taken.
    uncreated: int
    # Trials of a paused sweep that are still running: they run to their end.
    draining: int
    # Why the platform paused it; of a running one, why no further trial can be made or begun for now.
    reason: Union[str, None]
    # What has to end before its first trial is made.
    waitsFor: Union[SweepWaitsFor, None]
    # Trials whose result was taken from another trial with the same key.
    known: int
    # Trials over budget because a smaller rank was, and not run: see `skipLargerRanks`.
    implied: int
    stepsDone: int
    # Optimizer steps of all trials that run or will run.
    stepsTotal: int
    # Scorings of the test split that run or ran here, and those that are still to be made: of each contender one configuration with each seed, under each budget that gives it others to choose from.
    scorings: SweepScorings
    # Of the steps and scorings that are left, from the pace while its trials ran: hours in which the sweep was paused or the platform was stopped are no part of it. Until a training has ended or a scoring was ever timed, of the steps alone. Null before the first steps.
    etaSeconds: Union[float, None]
    createdAt: str
    finishedAt: Union[str, None]
    spec: CreateSweepOutput


# `finetune`: adapt a base model to a task. `pretrain`: train a whole model on next tokens, from scratch or further. `compress`: make a base model smaller, and recover it. `federate`: adapt a base model to a task by clients that exchange messages. `evaluate`: compare procedures that ask a generator, or attacks on a ranker, beside methods that train nothing. `command`: run a program of one's own with each configuration.
SweepKind = Literal["finetune", "pretrain", "compress", "federate", "evaluate", "command"]



class SweepPage(TypedDict):
    items: List[Sweep]
    nextCursor: NotRequired[str]



class SweepPreviewRowMessagesSetUp(TypedDict):
    up: float
    down: float



class SweepPreviewRowMessages(TypedDict):
    """Of a federation: predicted bytes of all messages, from clients and to them."""

    up: float
    down: float
    setUp: SweepPreviewRowMessagesSetUp



class SweepPreviewRowBudget(TypedDict):
    memoryBudgetMiB: float
    # The most that the training may take, by measure and in its unit.
    limits: NotRequired[Dict[str, float]]
    fits: bool
    reason: NotRequired[str]
    # The smaller rank that does not fit, by which this one is not run.
    impliedByRank: NotRequired[int]



class SweepPreviewRow(TypedDict):
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    rank: Union[int, None]
    # Null where nothing is trained.
    learningRate: Union[float, None]
    # Configurations of the method, the optimizer, the strategy and the recipe in one. A field that two of them have is named with its part, such as `config.beta1` and `optimizerConfig.beta1`.
    config: Dict[str, Any]
    steps: int
    seeds: int
    # Of a federation: see `scenario` of a board.
    scenario: NotRequired[str]
    # Of a federation: predicted bytes of all messages, from clients and to them.
    messages: NotRequired[SweepPreviewRowMessages]
    # Of a federation whose noise bounds it: predicted.
    epsilon: NotRequired[float]
    # Said of what is allowed and hardly meant.
    warning: NotRequired[str]
    # Chosen as the largest that fits the budget by prediction, where the sweep asked for that.
    fitted: NotRequired[List[Literal["rank", "microBatch"]]]
    # Examples of one forward pass.
    microBatch: NotRequired[int]
    trainableParameters: int
    # Tensors that the optimizer leaves to another rule than its own, and options that are of no use to it or to the method, and why; absent: none.
    notice: NotRequired[str]
    # What the method or the optimizer repeats after some steps, and never comes to in this run, e.g. `galore: never refreshes its subspace in 100 steps (gap 200)`; absent: nothing.
    neverFired: NotRequired[List[str]]
    # Why kernels are whole here that the model it starts from could hold as two factors, e.g. `trains kernels`.
    wholeKernels: NotRequired[str]
    predicted: MemoryByPart
    budgets: List[SweepPreviewRowBudget]
    # Trials of this row whose result is known already.
    known: int



class SweepPreview(TypedDict):
    # Without the scorings.
    trials: int
    # Scorings that follow, which are trials of the sweep too.
    scorings: int
    # Trainings that will really run: known, linked and over-budget trials are not. With those of a fair protocol whose settings the tuning chooses.
    toRun: int
    known: int
    overBudget: int
    # Those of them that are not run because a smaller rank does not fit.
    implied: int
    # From step times measured on this installation, over the slots of live workers; null when nothing comparable has run.
    estimatedSeconds: Union[float, None]
    # The search decides while it runs what is tried: the rows are ends and middles of its axes, and nothing of it is known.
    sampled: bool
    # What the length of an example cuts, where the task is a data set of this installation. Absent: nothing of its examples can be cut, they lie at sites, or they could not be read.
    lengths: NotRequired[ReadLengths]
    rows: List[SweepPreviewRow]
    truncated: bool



class SweepRemovalKeptForItem(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str



class SweepRemoval(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    task: str
    base: str
    # Trials that go, with their attempts, logs, metrics and files.
    trials: int
    # Trials whose results other sweeps took, and those that these came from: they stay, unseen, until those sweeps go as well.
    keptTrials: int
    # Sweeps that took results of it, at most 20, newest first.
    keptFor: List[SweepRemovalKeptForItem]
    attempts: int
    metricPoints: int
    # Stored files that nothing else names.
    files: int
    # Freed on disk by the next collections of files.
    fileBytes: int
    # Of rows in PostgreSQL, estimated: PostgreSQL fills the room anew, and returns it seldom.
    rowBytes: int
    # Empty where it can be removed; at most 20 of each.
    obstacles: List[RemovalObstacle]



class SweepSettingsBudget(TypedDict):
    """How far the trainings went whose scores these are."""

    # Optimizer steps.
    steps: int
    # The fewest steps of whole trainings, where steps are a setting; `steps` are the most.
    fewest: NotRequired[int]
    # Trainings to the last step; others ended at a rung of a scheduler.
    whole: bool
    # Examples of the validation split that they were judged by. Absent: all of them.
    validationExamples: NotRequired[int]
    # With a score there, of the configurations that are listed.
    trainings: int



class SweepSettingsBudget_(TypedDict):
    # Optimizer steps.
    steps: int
    # The fewest steps of whole trainings, where steps are a setting; `steps` are the most.
    fewest: NotRequired[int]
    # Trainings to the last step; others ended at a rung of a scheduler.
    whole: bool
    # Examples of the validation split that they were judged by. Absent: all of them.
    validationExamples: NotRequired[int]
    # With a score there, of the configurations that are listed.
    trainings: int



class SweepSettingsSetting(TypedDict):
    # As a sweep names it: `learningRate`, `rank`, `training.steps`, `config.<field>`, `optimizerConfig.<field>`, `recipeConfig.<field>` or `strategyConfig.<field>`.
    name: str
    # `list`: its values have no order.
    scale: Literal["log", "linear", "list"]



class SweepSettingsMethod(TypedDict):
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    # Of a federation.
    scenario: NotRequired[str]
    # Place in `configurations` of the best of its whole trainings, as the board chooses. Null where none has a score, and where each configuration is a row of the board.
    chosen: Union[int, None]
    # Settings of which the chosen value is the outermost tried.
    edges: List[GridEdge]



class SweepSettingsConfigurationTraining(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    seed: int
    # `stopped`: a scheduler trained it no further than `step`. `unscored`: its score is no finite number. `open`: it may still run.
    outcome: Literal["scored", "stopped", "over-budget", "failed", "unscored", "cancelled", "open"]
    # Validation value of the objective, where it was scored.
    score: Union[float, None]
    # Optimizer steps done.
    step: int
    # It judges what was chosen before, with a fresh seed: it is no part of the mean.
    judging: bool



class SweepSettingsConfiguration(TypedDict):
    # Its place in `methods`.
    method: int
    # By the name of the setting; a setting that its method does not have is left out.
    values: Dict[str, Union[float, str, bool]]
    # Mean score over its seeds that tuned; null where none is scored.
    mean: Union[float, None]
    trainings: List[SweepSettingsConfigurationTraining]



class SweepSettingsImportanceGroupSetting(TypedDict):
    # A setting, or `method` over all methods.
    name: str
    # Its part of the importance of all settings, by PED-ANOVA.
    share: float
    low: float
    high: float
    # How often an importance as large came about where scores were dealt to configurations at random.
    pValue: float



class SweepSettingsImportanceGroup(TypedDict):
    # Its place in `methods`; null: over all of them.
    method: Union[int, None]
    # With a score of as many seeds as the fullest of their method; where the answer is `sampled`, of those that were drawn.
    configurations: int
    # Largest first. Empty where there are fewer configurations than `least`.
    settings: List[SweepSettingsImportanceGroupSetting]



class SweepSettingsImportance(TypedDict):
    # Configurations below which nothing is said: the order of settings would mostly be chance.
    least: int
    # Of the intervals.
    confidence: float
    # Over all methods first, where there are several.
    groups: List[SweepSettingsImportanceGroup]



class SweepSettings(TypedDict):
    metric: str
    direction: Literal["minimize", "maximize"]
    # How far the trainings went whose scores these are.
    budget: SweepSettingsBudget
    # Every budget of the sweep, the smallest first.
    budgets: List[SweepSettingsBudget_]
    # Settings that take several values within a method.
    settings: List[SweepSettingsSetting]
    methods: List[SweepSettingsMethod]
    configurations: List[SweepSettingsConfiguration]
    # Configurations of the sweep, with whatever budget.
    total: int
    # It has more than are listed: a random sample, and the best of each method with it.
    sampled: bool
    importance: SweepSettingsImportance


SweepState = Literal["RUNNING", "PAUSED", "COMPLETED", "CANCELLED"]



class SweepTagListTag(TypedDict):
    tag: str
    # Sweeps that have it.
    sweeps: int



class SweepTagList(TypedDict):
    # The most used ones first, 1000 at most.
    tags: List[SweepTagListTag]



class TaskSource(TypedDict):
    package: str
    version: str
    licence: str



class TaskDefaults(TypedDict):
    steps: int
    batchSize: int
    sequenceLength: int



class Task(TypedDict):
    name: str
    title: str
    description: str
    # What is learned, by the name of the objective.
    objective: str
    # What its examples are: the kind of input of a base that can learn it.
    reads: Literal["tokens", "image", "fields", "features"]
    # Tokens are predicted: a base that can learn it predicts the next token.
    writes: bool
    primaryMetric: ExampleComparisonMetric
    metrics: List[ExampleComparisonMetric]
    # Its examples are conversations, which a chat template lays out: a sweep may name one.
    conversations: NotRequired[Literal[True]]
    # Fields that its examples have beside their input, with their values: a federation may divide them so.
    origins: NotRequired[Dict[str, List[str]]]
    source: TaskSource
    # Version of the data that is prepared from the source. Absent: as it was when trials were first kept.
    dataVersion: NotRequired[int]
    defaults: TaskDefaults



class TaskList(TypedDict):
    tasks: List[Task]



class TokenPrice(TypedDict):
    # Of a million tokens of prompts.
    read: float
    # Of a million tokens that it writes.
    written: float



class ToolKey(TypedDict):
    key: str
    # Absent of what does not stand in the file.
    line: NotRequired[int]



class TorchSetup(TypedDict):
    # Type of adapters: peft makes them float32, or leaves them in that of the model.
    adapters: NotRequired[Literal["float32", "model"]]
    # A base in int8 or nf4 is prepared by `prepare_model_for_kbit_training`: tables, head, norms and the residual stream are float32.
    prepared: NotRequired[bool]
    # Scales of nf4 are quantized too: `bnb_4bit_use_double_quant`.
    doubleQuantization: NotRequired[bool]
    # `torch.autocast` to bfloat16. Default: where the base is prepared.
    autocast: NotRequired[bool]
    # Implementation of attention.
    attention: NotRequired[Literal["sdpa", "eager", "flash"]]
    # Batches are padded, so that attention gets a mask.
    padded: NotRequired[bool]
    # Type in which the loss is computed.
    logits: NotRequired[Literal["float32", "model"]]
    # `fused`: Liger's linear cross-entropy, which makes the logits of some tokens at a time.
    loss: NotRequired[Literal["whole", "fused"]]
    # How the optimizer runs; those of bitsandbytes are of adamw alone.
    update: NotRequired[Literal["foreach", "for-loop", "fused", "per-layer", "8bit", "paged", "paged-8bit"]]
    # Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1.
    gpus: NotRequired[int]
    # How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.
    shard: NotRequired[Literal["ddp", "zero1", "zero2", "zero3", "fsdp"]]



class TorchSetupOutput(TypedDict):
    # Type of adapters: peft makes them float32, or leaves them in that of the model.
    adapters: Literal["float32", "model"]
    # A base in int8 or nf4 is prepared by `prepare_model_for_kbit_training`: tables, head, norms and the residual stream are float32.
    prepared: bool
    # Scales of nf4 are quantized too: `bnb_4bit_use_double_quant`.
    doubleQuantization: bool
    # `torch.autocast` to bfloat16. Default: where the base is prepared.
    autocast: NotRequired[bool]
    # Implementation of attention.
    attention: Literal["sdpa", "eager", "flash"]
    # Batches are padded, so that attention gets a mask.
    padded: bool
    # Type in which the loss is computed.
    logits: Literal["float32", "model"]
    # `fused`: Liger's linear cross-entropy, which makes the logits of some tokens at a time.
    loss: Literal["whole", "fused"]
    # How the optimizer runs; those of bitsandbytes are of adamw alone.
    update: Literal["foreach", "for-loop", "fused", "per-layer", "8bit", "paged", "paged-8bit"]
    # Cards that train together, each with a batch of its own; the answer is what each holds. Default: 1.
    gpus: NotRequired[int]
    # How several cards part what they hold: optimizer states in zero1, gradients too in zero2, parameters too in zero3 and fsdp. Default: ddp, where each holds all.
    shard: NotRequired[Literal["ddp", "zero1", "zero2", "zero3", "fsdp"]]



class TrainingOptions(TypedDict):
    # 0 evaluates what training starts from.
    steps: int
    batchSize: int
    sequenceLength: int
    # Micro-batches per optimizer step.
    accumulate: int
    # Learning rate of a head made for the task, on the same schedule, whatever the learning rates that are tried. Default: that of all else.
    headLearningRate: NotRequired[float]
    schedule: Literal["constant", "linear", "cosine"]
    warmupSteps: int
    # Global gradient norm is clipped to this; null: it is not.
    clipNorm: Union[float, None]
    # `perLayer` updates each parameter in the backward pass and frees its gradient: less memory, the same numbers. It needs `clipNorm` null and `accumulate` 1. Default: `tree`, all after the pass.
    execution: NotRequired[Literal["tree", "perLayer"]]
    # `block` keeps the inputs of blocks for the backward pass, which runs the blocks again: less memory, the same numbers, a forward pass more. Default: `none`, all that gradients read is kept.
    checkpointing: NotRequired[Literal["none", "block"]]
    # Type in which the frozen kernels of linear layers are held; they are opened one at a time where they are multiplied by. What is trained stays in float32, and methods that train or change kernels refuse it. Default: `float32`.
    baseDtype: NotRequired[Literal["float32", "bfloat16", "float16", "int8", "nf4"]]
    # Whether the scales of kernels in `nf4` are packed too; `off` keeps them in float32, and is of the engine `torch`. Default: `on`.
    doubleQuantization: NotRequired[Literal["on", "off"]]
    # Type in which products with the frozen kernels of linear layers are computed, forward and backward; all else stays in float32. The engines `tensorflow` and `torch` take `bfloat16`; methods that train kernels or compute with them refuse it. Default: `float32`.
    computeDtype: NotRequired[Literal["float32", "bfloat16"]]
    # `chunked` holds the scores of 64 queries of every example at a time, and computes them once more in the backward pass; `whole` holds those of all pairs of tokens. Numbers are equal to 1e-5. Default: `auto`, chunked above 512 tokens.
    attention: NotRequired[Literal["auto", "whole", "chunked"]]
    # Processes that train a trial together on one host, each with an equal part of every batch and a whole copy of the base: the sum of their gradients is that of one process. The memory budget is that of each. The engine `torch` takes several. Default: 1.
    devices: NotRequired[int]
    # What each of several `devices` holds a share of, by FSDP2 of torch. `ddp`: of nothing. `zero2`: of gradients, of states of the optimizer and, between steps, of what is trained; each holds the whole base. `zero3` and `fsdp`, which are one thing here: of the base too, a block of which is gathered while it is computed. Numbers are equal to 1e-5. Default: `ddp`.
    shard: NotRequired[Literal["ddp", "zero2", "zero3", "fsdp"]]
    # Of a ranker: in so many blocks, from the first on, the tokens of query and text attend within their own part alone, and the blocks after them read both together: fewer products. It needs `queryTokens` and a base with padding between them, `bert` or `roberta`. Default: 0, all blocks read both.
    apartBlocks: NotRequired[int]
    # Of a ranker: places of a row that are the query's, special tokens before it among them; the text has the others, and either is padded by itself. Default: the text follows on the query.
    queryTokens: NotRequired[int]
    # Of a ranker with `queryTokens`: the title of a text, its first line where more follow, stands behind the query in its places, so that blocks apart read both together. Default: titles stay with their texts.
    titleWithQuery: NotRequired[Literal[True]]
    dropout: float
    # Steps between validations; default: only at the end.
    evalEvery: NotRequired[int]
    # Steps between measurements of the largest queries and keys, for low-rank updates; default: none.
    normEvery: NotRequired[int]
    # Steps between checkpoints.
    checkpointEvery: int
    # Linear layers that get an adapter, by their name within a block.
    targets: List[str]



class TrialPartOf(TypedDict):
    """Of a client's turn: the trial of its federation."""

    # UUID, version 7: ids sort by creation time.
    trialId: str
    # From 1.
    round: int
    # Its place among the clients, from 0.
    client: int
    # Data that its worker must hold; null: every worker can run it.
    site: Union[str, None]



class Trial(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    # UUID, version 7: ids sort by creation time.
    sweepId: str
    # Position in its sweep, from 1.
    ordinal: int
    kind: Literal["train", "federate", "aggregate", "client-turn", "client-score", "baseline", "evaluate", "score", "baseline-test", "evaluate-test", "command", "command-test"]
    state: TrialState
    # Content key: equal keys are computed once.
    key: str
    # The trial with the same key whose result this one takes.
    leaderId: Union[str, None]
    # For `score`: the trained trial.
    scoresTrialId: Union[str, None]
    # The trial of a smaller rank that did not fit, by which this one was not run.
    impliedById: Union[str, None]
    # Of a client's turn: the trial of its federation.
    partOf: NotRequired[TrialPartOf]
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    rank: Union[int, None]
    # Null where nothing is trained.
    learningRate: Union[float, None]
    seed: int
    memoryBudgetMiB: float
    # Of further measures, where the sweep has any.
    limits: NotRequired[Dict[str, float]]
    predictedBytes: int
    measuredBytes: Union[int, None]
    dominantPart: Union[Literal["weights", "adapters", "gradients", "optimizer", "activations", "workspace"], None]
    # Optimizer steps done.
    step: int
    steps: int
    # Training loss of the last recorded step.
    loss: Union[float, None]
    # Validation value of the sweep objective.
    objective: Union[float, None]
    # Of a scoring: value of the sweep objective on the test split.
    score: Union[float, None]
    attempts: int
    # Why it failed, or does not fit, in words; of one that is queued, asked for by its id, why it cannot begin.
    reason: Union[str, None]
    createdAt: str
    startedAt: Union[str, None]
    finishedAt: Union[str, None]



class TrialCommand(TypedDict):
    """The program that a trial runs, with its placeholders, and the folder it runs in."""

    words: List[str]
    folder: str
    preset: NotRequired[CommandPreset]



class TrialCounts(TypedDict):
    PENDING: int
    QUEUED: int
    RUNNING: int
    SUCCEEDED: int
    FAILED: int
    OVER_BUDGET: int
    PRUNED: int
    CANCELLED: int



class TrialDetail(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    # UUID, version 7: ids sort by creation time.
    sweepId: str
    # Position in its sweep, from 1.
    ordinal: int
    kind: Literal["train", "federate", "aggregate", "client-turn", "client-score", "baseline", "evaluate", "score", "baseline-test", "evaluate-test", "command", "command-test"]
    state: TrialState
    # Content key: equal keys are computed once.
    key: str
    # The trial with the same key whose result this one takes.
    leaderId: Union[str, None]
    # For `score`: the trained trial.
    scoresTrialId: Union[str, None]
    # The trial of a smaller rank that did not fit, by which this one was not run.
    impliedById: Union[str, None]
    # Of a client's turn: the trial of its federation.
    partOf: NotRequired[TrialPartOf]
    method: str
    optimizer: str
    strategy: NotRequired[str]
    recipe: NotRequired[str]
    generator: NotRequired[str]
    adapter: NotRequired[str]
    competingEngine: NotRequired[str]
    checkpointing: NotRequired[str]
    baseDtype: NotRequired[str]
    doubleQuantization: NotRequired[str]
    computeDtype: NotRequired[str]
    attention: NotRequired[str]
    devices: NotRequired[int]
    shard: NotRequired[str]
    apartBlocks: NotRequired[int]
    rank: Union[int, None]
    # Null where nothing is trained.
    learningRate: Union[float, None]
    seed: int
    memoryBudgetMiB: float
    # Of further measures, where the sweep has any.
    limits: NotRequired[Dict[str, float]]
    predictedBytes: int
    measuredBytes: Union[int, None]
    dominantPart: Union[Literal["weights", "adapters", "gradients", "optimizer", "activations", "workspace"], None]
    # Optimizer steps done.
    step: int
    steps: int
    # Training loss of the last recorded step.
    loss: Union[float, None]
    # Validation value of the sweep objective.
    objective: Union[float, None]
    # Of a scoring: value of the sweep objective on the test split.
    score: Union[float, None]
    attempts: int
    # Why it failed, or does not fit, in words; of one that is queued, asked for by its id, why it cannot begin.
    reason: Union[str, None]
    createdAt: str
    startedAt: Union[str, None]
    finishedAt: Union[str, None]
    task: str
    base: str
    engine: EngineName
    spec: TrialSpec
    predicted: MemoryByPart
    measured: Union[MemoryByPart, None]
    result: Union[TrialResult, None]
    attemptList: List[Attempt]
    artifacts: List[Artifact]
    # In which its adapter can be downloaded, the one to offer first in front. Empty where it has no adapter, or not yet.
    formats: List[AdapterFormat]
    # Null for a scoring, and where the method or the base model is not there any more.
    servable: Union[Servability, None]
    # Whether its base writes with the adapter that it leaves, so that it may be added as a generator.
    writes: bool
    # Present where its own sweep was removed: the sweeps for which it stays, at most 20, newest first. They took its result, or one that came from it.
    keptFor: NotRequired[List[SweepRemovalKeptForItem]]



class TrialGenerator1Chat(TypedDict):
    """Its own chat template, where it is asked by that."""

    # Absent: that of the base model.
    template: NotRequired[ChatTemplateName]
    # Of the text of the template, the special tokens that it names, and the date.
    sha256: str
    # What a template that asks for the day is told.
    date: NotRequired[str]



class TrialGenerator1(TypedDict):
    name: str
    kind: Literal["base"]
    base: str
    # `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.
    template: Literal["model", "plain", "chatml"]
    # Its own chat template, where it is asked by that.
    chat: NotRequired[TrialGenerator1Chat]
    # Digest of all that is known of it.
    sha256: str



class TrialGenerator2(TypedDict):
    name: str
    kind: Literal["endpoint"]
    url: str
    model: str
    # `completions` continues a prompt, and scores it where the endpoint can repeat one.
    api: Literal["chat", "completions"]
    # Variable of the environment of API and workers that holds its key; absent: it needs none.
    keyFrom: NotRequired[str]
    # What its tokens cost, in a currency of yours; absent: boards say nothing of money.
    price: NotRequired[TokenPrice]
    # Digest of all that is known of it.
    sha256: str



class TrialGenerator3Adapter(TypedDict):
    adapter: str
    # That it is served at.
    rank: NotRequired[int]



class TrialGenerator3(TypedDict):
    name: str
    kind: Literal["adapter"]
    # A training of the project that succeeded, on a base that predicts the next token.
    trial: str
    # `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.
    template: Literal["model", "plain", "chatml"]
    # The base model of the training.
    base: str
    # Put into the base model in this order; the last is what the training left.
    adapters: List[TrialGenerator3Adapter]
    # Its own chat template, where it is asked by that.
    chat: NotRequired[TrialGenerator1Chat]
    # Digest of all that is known of it.
    sha256: str



class TrialGenerator4(TypedDict):
    name: str
    kind: Literal["gguf"]
    # A GGUF file that lies in the models folder of the installation.
    file: str
    # `model`: prompts are messages of a user by the chat template of the model itself. `plain`: they are continued as they stand. `chatml`: they are messages of a user by ChatML.
    template: Literal["model", "plain", "chatml"]
    # Most tokens that are read and written in all, if the model reads as many. Memory grows with it.
    context: int
    # Digest of the file.
    fileSha256: str
    # Predicted bytes while it is open: the file, with keys and values of its whole context.
    bytes: int
    # Its own chat template, where it is asked by that.
    chat: NotRequired[TrialGenerator1Chat]
    # Digest of all that is known of it.
    sha256: str


TrialGenerator = Union["TrialGenerator1", "TrialGenerator2", "TrialGenerator3", "TrialGenerator4"]



class TrialLogLine(TypedDict):
    attempt: int
    text: str



class TrialLog(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    lines: List[TrialLogLine]



class TrialPage(TypedDict):
    items: List[Trial]
    nextCursor: NotRequired[str]



class TrialResultTrivial(TypedDict):
    """Of a scoring."""

    # How it predicts, e.g. `majority class`.
    name: str
    metrics: Dict[str, float]



class TrialResultStoredBase(TypedDict):
    parameters: int
    bytes: float



class TrialResultStored(TypedDict):
    """Of a compression."""

    # Of the whole model as it is kept to be used.
    parameters: int
    # In float32, but for what a method packs tighter.
    bytes: float
    base: TrialResultStoredBase



class TrialResultWorstValue(TypedDict):
    client: str
    value: float



class TrialResultWriterTokens(TypedDict):
    read: int
    written: int



class TrialResultWriter(TypedDict):
    """Of a training whose recipe asks a generator."""

    # Answers that were asked for.
    calls: int
    # Of these, answers that were known from earlier runs.
    replayed: int
    # Of the generator; null where it did not say.
    tokens: Union[TrialResultWriterTokens, None]
    # Of the generator, when it gave the answers.
    seconds: float
    # Of its tokens, at the price of the generator: known answers cost what they did at first.
    price: NotRequired[float]



class TrialResultProcedureQuest(TypedDict):
    """Means of the judge quest-eval over the answers that it could make questions of."""

    f1: float
    recall: float



class TrialResultProcedure(TypedDict):
    """Of an evaluation by a procedure."""

    queries: int
    # Answers that were asked for.
    calls: int
    # Of these, answers that were known from earlier runs.
    replayed: int
    # Of the generator; null where it did not say.
    tokens: Union[TrialResultWriterTokens, None]
    # Of the generator, when it gave the answers.
    seconds: float
    # Of its tokens, at the price of the generator: known answers cost what they did at first.
    price: NotRequired[float]
    # Share of pairs of which both orders said the same; null where none was shown in both.
    agreement: Union[float, None]
    # Share of answers that a judge took for right, where one was asked.
    judged: NotRequired[float]
    # Means of the judge quest-eval over the answers that it could make questions of.
    quest: NotRequired[TrialResultProcedureQuest]



class TrialResult(TypedDict):
    validation: NotRequired[Dict[str, float]]
    test: NotRequired[Dict[str, float]]
    # Of a scoring.
    trivial: NotRequired[TrialResultTrivial]
    # Validation by rank, where one training serves several.
    served: NotRequired[Dict[str, Dict[str, float]]]
    seconds: float
    trainableParameters: NotRequired[int]
    adapterBytes: NotRequired[int]
    # Of a compression.
    stored: NotRequired[TrialResultStored]
    # Of the scoring of a compression: the test split with the base model as it was.
    before: NotRequired[Dict[str, float]]
    medianStepMs: NotRequired[float]
    tokensPerSecond: NotRequired[float]
    # Of a scoring.
    forgetting: NotRequired[Forgetting]
    # Of a scoring, where the trial has a teacher.
    flips: NotRequired[Flips]
    stepCpuMs: NotRequired[float]
    # Of a federated training.
    federation: NotRequired[FederationReport]
    # Of the scoring of a federation: by client.
    byClient: NotRequired[Dict[str, Dict[str, float]]]
    # Of the scoring of a federation: by metric.
    worst: NotRequired[Dict[str, TrialResultWorstValue]]
    # Of a training from clicks that learns them.
    propensities: NotRequired[Propensities]
    # Of a training whose recipe searches the corpus.
    encodedTexts: NotRequired[int]
    # Of a training that reads queries with feedback.
    feedbackDrift: NotRequired[float]
    # Of a training that searches by an index.
    indexRecall: NotRequired[float]
    # Of a training whose recipe chooses its examples.
    selection: NotRequired[Selection]
    # Of a training whose recipe chooses its examples by gradients.
    selectionGradients: NotRequired[int]
    # Of a training whose recipe chooses its examples by gradients.
    transportCost: NotRequired[float]
    # Of a training whose recipe asks a generator.
    writer: NotRequired[TrialResultWriter]
    # Of an evaluation by a procedure.
    procedure: NotRequired[TrialResultProcedure]
    # Of an evaluation that examines a ranker.
    robustness: NotRequired[RobustnessReport]



class TrialSpecChat(TypedDict):
    """The template that made texts of its conversations. Absent: its examples are none."""

    # Absent: that of the base model.
    template: NotRequired[ChatTemplateName]
    # Of the text of the template, the special tokens that it names, and the date.
    sha256: str
    # What a template that asks for the day is told.
    date: NotRequired[str]



class TrialSpecOnItem(TypedDict):
    adapter: str
    # That it is served at.
    rank: NotRequired[int]
    # Kernels that it replaced by two factors are held as these in the base. Absent: they are multiplied, and whole.
    factors: NotRequired[Literal[True]]



class TrialSpecTeacher(TypedDict):
    """A second base model with a finished adapter."""

    base: str
    # Of the folder of that base model.
    baseSha256: str
    adapter: str


TrialSpec = TypedDict(
    "TrialSpec",
    {
        # Of the sweep. Absent: fine-tuning.
        "kind": "NotRequired[Literal[\"pretrain\", \"compress\", \"federate\", \"evaluate\", \"command\"]]",
        # Weights of the model before training, where they are not those of the base model.
        "initial": "NotRequired[Literal[\"random\"]]",
        # A built-in task, `dataset:` and the name of a data set, `command:` and a name for what a script reads, or `runs:` and that of a board of runs that were trained elsewhere.
        "task": "str",
        # SHA-256 of the examples, where the task is a data set of this installation.
        "dataset": "NotRequired[str]",
        # Version of the data of a built-in task. Absent: the data is as it was when trials were first kept.
        "dataVersion": "NotRequired[int]",
        # Versions of the numbers of its parts (method, optimizer, objective, recipe, strategy, tokenizer). A part that is not here gives those that it gave when trials were first kept.
        "numbers": "NotRequired[Dict[str, int]]",
        "base": "str",
        # Tokens by which texts end, of which the first is learned, where files beside the base model name others than its `config.json`, or in another order.
        "ends": "NotRequired[List[int]]",
        # The template that made texts of its conversations. Absent: its examples are none.
        "chat": "NotRequired[TrialSpecChat]",
        # Adapters that are merged into the base model before anything else, in this order.
        "on": "NotRequired[List[TrialSpecOnItem]]",
        "engine": "EngineName",
        # The engine again, where the sweep compares several. No number follows from it.
        "competingEngine": "NotRequired[EngineName]",
        "method": "str",
        "methodConfig": "Dict[str, Any]",
        # Hash of the adapter that training starts from.
        "from": "NotRequired[str]",
        # Name of that adapter, where it was imported.
        "adapter": "NotRequired[str]",
        # A second base model with a finished adapter.
        "teacher": "NotRequired[TrialSpecTeacher]",
        "optimizer": "str",
        "optimizerConfig": "Dict[str, Any]",
        # Of a trial that runs by rounds of clients.
        "federation": "NotRequired[Federation]",
        # How clients train and what becomes of their messages.
        "strategy": "NotRequired[str]",
        "strategyConfig": "NotRequired[Dict[str, Any]]",
        # What training does around the method.
        "recipe": "NotRequired[str]",
        "recipeConfig": "NotRequired[Dict[str, Any]]",
        # The program of the sweep that a trial runs.
        "command": "NotRequired[TrialCommand]",
        # Of a procedure, or a recipe, that asks one.
        "generator": "NotRequired[TrialGenerator]",
        # The rank axis, or null where neither method nor optimizer has one.
        "rank": "Union[int, None]",
        # Where one training serves several ranks: the rank it is trained at; `rank` is the one served.
        "trainedRank": "NotRequired[int]",
        # Chosen as the largest that fits the budget by prediction, where the sweep asked for that.
        "fitted": "NotRequired[List[Literal[\"rank\", \"microBatch\"]]]",
        "learningRate": "float",
        "seed": "int",
        "training": "TrainingOptions",
        # The optimizer step to train to, on the schedule of all `training.steps`. Default: all of them.
        "until": "NotRequired[int]",
        # With `until`: examples of the validation split that it is judged by. Default: all of them.
        "validationExamples": "NotRequired[int]",
    },
)


TrialState = Literal["PENDING", "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "OVER_BUDGET", "PRUNED", "CANCELLED"]



class Usage(TypedDict):
    runningTrials: int
    # Queued trials of running sweeps.
    waitingTrials: int
    # Device memory that running trials have reserved.
    reservedBytes: float
    storedBytes: float



class Webhook(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    url: str
    events: List[WebhookEvent]
    # Deliveries that are still tried.
    pending: int
    # Deliveries that were given up.
    dead: int
    createdAt: str


WebhookEvent = Literal["sweep.completed", "sweep.cancelled", "sweep.removed", "trial.failed", "trial.prediction-drift"]



class WebhookList(TypedDict):
    webhooks: List[Webhook]



class WebhookWithSecret(TypedDict):
    webhook: Webhook
    secret: str



class WorkerDeviceProcesse(TypedDict):
    pid: int
    name: str
    bytes: Union[int, None]



class WorkerDeviceWebgpu(TypedDict):
    """The adapter of the engine webgpu and the largest tensor it takes."""

    adapter: str
    maxBufferBytes: float
    maxBindingBytes: float



class WorkerDevice(TypedDict):
    # Stable within the worker: `host`, `cuda:0`, or `cuda:0:1` for a slice of a card in MIG mode.
    id: str
    name: str
    kind: Literal["host", "cuda"]
    # Of an NVIDIA device or a slice of one, as the driver names it.
    uuid: NotRequired[str]
    # Engines of the worker that compute on it.
    engines: NotRequired[List[EngineName]]
    # Trials it runs at once, where memory allows.
    slots: NotRequired[int]
    # Why no trial begins on it now.
    trouble: NotRequired[str]
    totalBytes: int
    # What trials may take together now: what others use and what is kept free is not in it.
    capacityBytes: int
    # What running trials have reserved.
    reservedBytes: int
    # Held by other programs when last read.
    usedByOthersBytes: NotRequired[int]
    # Kept for others by the operator, whether they use it or not.
    keptFreeBytes: NotRequired[int]
    # Processes on a card, where the driver lists them.
    processes: NotRequired[List[WorkerDeviceProcesse]]
    # The adapter of the engine webgpu and the largest tensor it takes.
    webgpu: NotRequired[WorkerDeviceWebgpu]



class Worker(TypedDict):
    # UUID, version 7: ids sort by creation time.
    id: str
    name: str
    host: str
    pid: int
    version: str
    # Version of what it and the database agree on.
    contract: int
    # False when a migration ended its contract: it takes no further trial.
    served: bool
    engines: List[EngineName]
    slots: int
    state: Literal["live", "draining", "lost", "stopped"]
    # Why it takes no trial, and what to do, such as a folder of artifacts that is not that of the API.
    trouble: NotRequired[str]
    devices: List[WorkerDevice]
    # Sites of federations of this project whose data it has, by names like `dataset:mail/north`.
    holds: List[str]
    runningTrials: List[str]
    startedAt: str
    heartbeatAt: str



class WorkerList(TypedDict):
    workers: List[Worker]


WrittenText = TypedDict(
    "WrittenText",
    {
        "prompt": "str",
        "text": "str",
        # How the recipe read it, in words; absent where it made no example of it.
        "as": "NotRequired[str]",
    },
)



class WrittenTextPage(TypedDict):
    # UUID, version 7: ids sort by creation time.
    trialId: str
    # Texts that were written.
    texts: int
    # Texts that an example was made of.
    used: int
    # The first of them, which are kept: at most 10000, and 16 MiB with their prompts.
    kept: int
    # Texts that are asked for, of those that are kept.
    found: int
    items: List[WrittenText]
