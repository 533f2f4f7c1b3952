"""Made by `npm run client` from libs/contracts/src/runner.ts: the lines between a worker and a runner, as they stand in JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, List, Literal, TypedDict, Union

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired


FromRunner = Union["RunnerReady", "RunnerLoaded", "RunnerAlive", "RunnerProgress", "RunnerCheckpoint", "RunnerEvaluated", "RunnerEnded"]



class RunnerAlive(TypedDict):
    """Every 5 seconds, whatever it does: a runner that says nothing for minutes is taken for frozen."""

    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["alive"]
    phase: Literal["loading", "training", "evaluating", "storing"]



class RunnerBase(TypedDict):
    # A folder with `config.json` and safetensors, as transformers reads it.
    path: str
    # Names what is in the folder: a base that is open with the same one serves again.
    sha256: str
    # Type in which the base is held: of 8 or 4 bits in the linear layers of blocks alone, in bfloat16 else.
    dtype: Literal["float32", "bfloat16", "int8", "nf4"]
    # bfloat16: products of matrices are in it. Default: in the type that the base is held in.
    computeDtype: NotRequired[Literal["float32", "bfloat16"]]
    # True if scales of nf4 are packed too. Default: true.
    doubleQuantization: NotRequired[bool]
    attention: Literal["eager", "sdpa"]
    # Blocks run again in the backward pass.
    checkpointing: bool



class RunnerCheckpoint(TypedDict):
    """Adapter, optimizer, random state and place in the data after a step. It counts once the worker has stored it. A runner that says none begins a trial anew where it died."""

    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["checkpoint"]
    step: int
    file: RunnerFile



class RunnerDevice(TypedDict):
    kind: Literal["cpu", "cuda"]
    # The UUID of the card; null on the cores.
    uuid: Union[str, None]
    threads: int



class RunnerEndedParts(TypedDict):
    """Parts of `peak`, where they are known."""

    weights: int
    adapters: int
    gradients: int
    optimizer: int
    activations: int
    workspace: int



class RunnerEnded(TypedDict):
    """The last line of an attempt. An exit without it is a death, whatever its status."""

    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["ended"]
    outcome: Literal["completed", "stopped", "diverged", "out-of-memory", "failed"]
    # In words, unless it completed or was stopped.
    reason: NotRequired[Union[str, None]]
    # Steps that are done.
    step: int
    # Rows that these steps trained on, those before a resume included.
    examples: int
    # A folder as `run` names one; null where none is left.
    adapter: NotRequired[Union[str, None]]
    peak: NotRequired[int]
    # Parts of `peak`, where they are known.
    parts: NotRequired[RunnerEndedParts]



class RunnerEvaluated(TypedDict):
    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["evaluated"]
    step: int
    split: Literal["validation", "test"]
    # Safetensors with `read`: logits [rows, outputs], or the loss of every token [rows, length], 0 where it does not count. Where answers are written: `written` [rows, tokens] in float32: ids of tokens without the one that ends, −1 from there on.
    file: RunnerFile



class RunnerFile(TypedDict):
    """A file with its digest. Whoever reads it refuses another content."""

    # Absolute.
    path: str
    sha256: str



class RunnerLoaded(TypedDict):
    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["loaded"]
    # Scalars that are trained, the head included.
    parameters: int
    # Numbers among them that weight decay acts on.
    decayed: int
    # Held by base and adapter; 0 where nothing counts them.
    bytes: NotRequired[int]
    # The step that training goes on after; 0 at the beginning.
    step: NotRequired[int]



class RunnerOptimizerRate(TypedDict):
    multiple: float
    keys: List[str]



class RunnerOptimizer(TypedDict):
    name: Literal["adamw", "adamw-8bit", "sgd", "adafactor", "lion"]
    # Setting of `adamw`, `adamw-8bit` and `lion`.
    beta1: NotRequired[float]
    # Setting of `adamw`, `adamw-8bit` and `lion`.
    beta2: NotRequired[float]
    # Setting of `adamw`, `adamw-8bit` and `adafactor`.
    epsilon: NotRequired[float]
    # State of `adamw-8bit` of fewer numbers than this stays in float32.
    minSize: NotRequired[float]
    # Setting of `sgd`.
    momentum: NotRequired[float]
    # Setting of `sgd`.
    nesterov: NotRequired[bool]
    # Setting of `adafactor`: the second moment decays by 1 − t^−decay at step t.
    decay: NotRequired[float]
    # Setting of `adafactor`: the largest root mean square of an update.
    clip: NotRequired[float]
    # Setting of `adafactor`: steps are relative to the parameter.
    scaleParameter: NotRequired[bool]
    # Setting of `adafactor`: the smallest size that a parameter is taken to have.
    parameterEpsilon: NotRequired[float]
    # Per unit of the rate.
    weightDecay: float
    # Keys in `adapter_model.safetensors` of the tensors that decay acts on.
    decayed: List[str]
    # Rate of the head as a multiple of that of all else.
    headRate: float
    # Tensors whose rate is a multiple of the ordered one, by keys as `decayed`.
    rates: NotRequired[List[RunnerOptimizerRate]]



class RunnerProgress(TypedDict):
    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["progress"]
    step: int
    loss: float
    # Before clipping.
    gradientNorm: float
    tokens: int
    seconds: float
    # Bytes of tensors that are held after the step; 0 where nothing counts them.
    allocated: NotRequired[int]
    # The most so far; 0 where nothing counts them.
    peak: NotRequired[int]
    # Bytes that the allocator of a card keeps.
    reserved: NotRequired[Union[int, None]]
    # Bytes that others hold on the card.
    others: NotRequired[Union[int, None]]



class RunnerReadyDevice(TypedDict):
    kind: Literal["cpu", "cuda"]
    name: str
    uuid: NotRequired[Union[str, None]]



class RunnerReady(TypedDict):
    """The first line: what this installation can do."""

    version: Literal[1]
    type: Literal["ready"]
    runner: str
    # Releases of the packages that compute, by name.
    releases: Dict[str, str]
    peftTypes: List[str]
    optimizers: List[str]
    dtypes: List[str]
    devices: List[RunnerReadyDevice]



class RunnerRunData(TypedDict):
    """Safetensors: `tokens` [rows, length], `lengths` [rows], `targets` [rows] or [rows, length], or `values` [rows]. Where answers are written: `prompts` [rows, longest] with `promptLengths` [rows]."""

    train: RunnerFile
    validation: RunnerFile



class RunnerRun(TypedDict):
    """Train, evaluate on validation, and leave an adapter. The test split is never part of it."""

    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["run"]
    base: RunnerBase
    task: RunnerTask
    # A folder with `adapter_config.json` and `adapter_model.safetensors`: configuration and first values, as peft writes them.
    adapter: str
    # Safetensors: `tokens` [rows, length], `lengths` [rows], `targets` [rows] or [rows, length], or `values` [rows]. Where answers are written: `prompts` [rows, longest] with `promptLengths` [rows].
    data: RunnerRunData
    # JSON: `batches`, by step and micro-batch the rows of `train` in their order, and `rates`, the learning rate of each step.
    plan: RunnerFile
    # The step to end after.
    steps: int
    microBatch: int
    accumulate: int
    optimizer: RunnerOptimizer
    clipNorm: Union[float, None]
    seed: int
    budgetBytes: int
    device: RunnerDevice
    # Processes that run it together, each with a device as `device` says: each takes an equal part of the rows of every micro-batch, in their order, and `microBatch` counts the rows of all. Bytes are those of the one that holds most. Default: 1.
    devices: NotRequired[int]
    # What these processes hold a share of each. `fsdp` and `zero3`: the base, what is trained, gradients and states of the optimizer; a block is gathered while it is computed, and what no block has from the forward pass to the end of the backward one. `zero2`: gradients, states of the optimizer and, between steps, what is trained; each holds the whole base. Default: nothing.
    shard: NotRequired[Literal["zero2", "zero3", "fsdp"]]
    evaluateEvery: Union[int, None]
    checkpointEvery: Union[int, None]
    # A checkpoint to go on from.
    resume: Union[RunnerFile, None]
    # The runner writes here and nowhere else.
    workdir: str



class RunnerScoreData(TypedDict):
    test: RunnerFile



class RunnerScore(TypedDict):
    """Evaluate a finished adapter: the only line that names the test split."""

    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["score"]
    base: RunnerBase
    task: RunnerTask
    adapter: str
    data: RunnerScoreData
    microBatch: int
    device: RunnerDevice
    # Processes that run it together, each with a device as `device` says: each takes an equal part of the rows of every micro-batch, in their order, and `microBatch` counts the rows of all. Bytes are those of the one that holds most. Default: 1.
    devices: NotRequired[int]
    # What these processes hold a share of each. `fsdp` and `zero3`: the base, what is trained, gradients and states of the optimizer; a block is gathered while it is computed, and what no block has from the forward pass to the end of the backward one. `zero2`: gradients, states of the optimizer and, between steps, what is trained; each holds the whole base. Default: nothing.
    shard: NotRequired[Literal["zero2", "zero3", "fsdp"]]
    workdir: str



class RunnerStop(TypedDict):
    """End after the step at hand, with a checkpoint where the reason is `drain` or `timeout`."""

    version: Literal[1]
    trial: str
    # Tells the runs of a trial apart: a line of another is dropped.
    attempt: int
    # Counts the lines of one side of an attempt from 0: a line that came already is dropped.
    sequence: int
    type: Literal["stop"]
    reason: Literal["cancelled", "lost", "drain", "timeout", "over-budget"]
    # After which the runner is killed.
    graceSeconds: float



class RunnerTaskWriting(TypedDict):
    """Where answers are written: after each prompt the likeliest next token each time, up to one of `ends`, which is left out, or `tokens` of them."""

    ends: List[int]
    tokens: int



class RunnerTask(TypedDict):
    # `tokenCrossEntropy`: mean over the tokens of all micro-batches of a step whose target is not −1. `crossEntropy` and `squaredError`: mean over their rows.
    loss: Literal["tokenCrossEntropy", "crossEntropy", "squaredError"]
    # Outputs of the head that is trained; null where the base predicts tokens with its own.
    outputs: Union[int, None]
    # Where answers are written: after each prompt the likeliest next token each time, up to one of `ends`, which is left out, or `tokens` of them.
    writing: NotRequired[RunnerTaskWriting]


ToRunner = Union["RunnerRun", "RunnerScore", "RunnerStop"]
