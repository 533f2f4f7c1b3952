/** @file Runs a federation in one process: clients take turns on one frozen base, and what they keep lies on the host between them. */
import {
  dominatingPart,
  drive,
  type LoadedBase,
  type Metrics,
  nothingHeld,
  openTraining,
  straight,
  type TrainEvent,
  undisturbed,
} from '@rankforge/peft';
import { type Driven, largerPeak } from '@rankforge/peft/extension';
import { readTurn } from './apart.js';
import { nothingYet, readStanding, type Standing, writeStanding } from './checkpoint.js';
import { agreed, type Colluder, type Sending } from './collusion.js';
import { type CountedTraffic, count, nothingSent, sumOf } from './counted.js';
import {
  type FederateInput,
  type Federation,
  mostTold,
  type RoundRecord,
  roundingOf,
  settleFederation,
  weightOf,
} from './federation.js';
import { Gathered } from './gathered.js';
import { aggregationError, meanOf, type Scored, scoreAdapter, updatedBase } from './global-model.js';
import { mergedAdapter } from './merged-adapter.js';
import { readMessage } from './message.js';
import { roundFailure } from './participation.js';
import { spent } from './privacy.js';
import type { FederationResult } from './result.js';
import { beginAt, decideRound, type RoundsDecision, type RoundsState } from './rounds.js';
import { metricsByClient } from './scores.js';
import { joinScores } from './site-scores.js';
import { adapterWith, sharedStart, trainInput } from './start.js';
import type { Rounds } from './strategy.js';
import { downloadOf, receive, type TurnTaken, takeTurn } from './turn.js';

/**
 * Trains by a federation of clients.
 *
 * @throws ZodError, RangeError, Error as `settleFederation`
 * @throws RangeError for a message with a tensor that is missing, of another shape, or not finite: it names client and tensor
 * @example
 * const strategy = findStrategy('fedavg');
 * const clients = byField(rows.map(({ site }) => site));
 * const federation = { rounds: 5, localSteps: 10 };
 * await federate({ engine, model, method, config: { rank: 4 }, optimizer, data, clients, strategy, federation, options: { learningRate: 1e-2 } });
 */
export async function federate(input: FederateInput): Promise<FederationResult> {
  const federation = settleFederation(input);
  const run = new Run(federation, input.resume ? readStanding(input.resume, federation.identity) : nothingYet());
  return run.toItsEnd().finally(() => run.dispose());
}

/** A federation on its way. What a round leaves is in `standing`; what it has so far, in `gathered`. */
class Run {
  private gathered: Gathered;
  private base: LoadedBase;
  private validation: Metrics | undefined;
  private readonly beganAt = performance.now();
  /** Seconds of turns that were taken in other processes. */
  private elsewhere = 0;

  constructor(
    private readonly federation: Federation,
    private readonly standing: Standing,
  ) {
    this.base = federation.model;
    this.gathered = new Gathered(federation, standing.round);
  }

  async toItsEnd(): Promise<FederationResult> {
    const { federation, standing } = this;
    const { rounds, budgetBytes, emit } = federation;
    if (rounds && !standing.start) {
      standing.start = await sharedStart(federation);
      if (!standing.start) return this.result('stopped');
      const { tensors, peak } = standing.start;
      const { subject, strategyConfig: config } = federation;
      standing.server = { tensors, kept: rounds.start?.(tensors, { subject, config }) ?? new Map() };
      standing.peak = peak;
      if (rounds.receivers === 'all') this.toEveryone(rounds, 0, standing.start.bytes);
    }
    if (rounds?.kernels) this.base = updatedBase(federation.model, rounds.kernels(standing.server));
    let state = this.begun();
    for (;;) {
      const overBudget = budgetBytes !== undefined && standing.peak !== undefined && standing.peak.total > budgetBytes;
      const options = { ...federation.federation, participants: federation.participants };
      const decision = decideRound(state, { overBudget }, options);
      if (decision.next === 'end') return this.result(decision.outcome);
      if (this.awaits(decision.next)) return this.waiting();
      if (decision.next === 'client') {
        const taken = rounds ? await this.exchange(rounds, decision.client) : await this.alone(decision.client);
        if (taken === 'stopped') return this.result('stopped');
      } else if (decision.next === 'aggregate') {
        await this.aggregate(rounds);
      } else if (decision.next === 'validate') {
        await this.validate();
      } else {
        await emit({ type: 'checkpoint', round: standing.round, bytes: this.checkpoint() });
      }
      ({ state } = decision);
    }
  }

  /** Frees the base that clients trained on, where it is not the one that was given. */
  dispose(): void {
    if (this.base !== this.federation.model) this.base.dispose();
  }

  /** A client receives, trains and sends. */
  private async exchange(rounds: Rounds<unknown>, client: number): Promise<Driven['outcome']> {
    const { federation, standing } = this;
    const { round, server, own } = standing;
    const download = downloadOf(federation, rounds, server, { round, client });
    const { name } = federation.clients[client]!;
    if (rounds.receivers !== 'all') count(this.gathered.bytes, name, 'down', download.bytes.length);
    const masks = this.gathered.masksOf(client);
    if (federation.lostIn(round).has(client) || (await federation.lost?.({ round: round + 1, client: name }))) {
      this.gathered.lost.push(client);
      return 'completed';
    }
    const taken = federation.apart
      ? await this.takenApart(client)
      : await takeTurn({
          federation,
          rounds,
          start: standing.start!,
          base: this.base,
          round,
          client,
          download,
          own: own.get(client) ?? new Map(),
          secure: masks && {
            masks,
            weight: weightOf(federation, { round, client }),
            random: roundingOf(federation, { round, client }),
          },
        });
    if (taken === 'lost') {
      this.gathered.lost.push(client);
      return 'completed';
    }
    standing.peak = largerPeak(standing.peak, taken.peak);
    const { role, sent, together } = taken;
    if (together) this.colluders.push({ client, role, ...together });
    else if (sent) this.take(rounds, { client, role, sent });
    return taken.outcome;
  }

  /** The turn that a client took in another process, with the events that it had. */
  private async takenApart(client: number): Promise<TurnTaken | 'lost'> {
    const { federation, standing } = this;
    const { round } = standing;
    const { name } = federation.clients[client]!;
    const left = federation.apart!.turns.get(client);
    if (left === undefined) return 'lost';
    const { events, seconds, ...taken } = readTurn(left, federation, { round, client });
    this.elsewhere += seconds;
    for (const event of events) await federation.emit({ type: 'client', round: round + 1, client: name, event });
    return taken;
  }

  /** Attackers of this round who agree on what they send. */
  private colluders: Colluder[] = [];

  /** The server gets a message. */
  private take(rounds: Rounds<unknown>, { client, role, sent: { message: bytes, own } }: Sending): void {
    const { federation, standing } = this;
    const { round } = standing;
    const said = federation.federation.secureAggregation
      ? { masked: readMessage(bytes, { federation: federation.identity, round, client, direction: 'up' }) }
      : { tensors: receive(federation, rounds, { bytes, round, client, role }) };
    this.gathered.add({ client, role, bytes: bytes.length, ...said, ...(own && { own }) });
  }

  /** A client goes on with its own training, as far as this round goes. */
  private async alone(client: number): Promise<Driven['outcome']> {
    const { federation, standing } = this;
    const { turn = undisturbed, signal, budgetBytes, emit } = federation;
    const { name } = federation.clients[client]!;
    const training = await this.ownTraining(client, (event) =>
      emit({ type: 'client', round: standing.round + 1, client: name, event }),
    );
    if (training.stopped) return 'stopped';
    try {
      const until = (standing.round + 1) * federation.federation.localSteps;
      const tools = { turn, signal, budgetBytes, emit: async () => {} };
      const { outcome } = await drive(training, straight({ until, validates: false }), tools);
      standing.peak = largerPeak(standing.peak, training.peak());
      // One that is stopped within a round makes the round again.
      if (outcome === 'completed') {
        this.pending.set(client, { training: await training.state(), adapter: await training.adapter() });
      }
      return outcome;
    } finally {
      training.dispose();
    }
  }

  /** The training that a client goes on with, where nobody sends anything. */
  private ownTraining(client: number, onEvent?: (event: TrainEvent) => Promise<void>) {
    const { federation, standing } = this;
    const { data } = federation.clients[client]!;
    const resume = standing.trainings.get(client);
    return openTraining({
      ...trainInput(federation),
      data,
      ...(resume && { resume }),
      ...(federation.strategy.sites === 'together' ? {} : { draws: `client/${client}` }),
      ...(onEvent && { onEvent }),
    });
  }

  private readonly pending = new Map<number, { training: Uint8Array; adapter: Uint8Array }>();
  private readonly adapters = new Map<number, Uint8Array>();

  private async aggregate(rounds: Rounds<unknown> | undefined): Promise<void> {
    const { federation, standing, gathered } = this;
    if (rounds && this.colluders.length > 0) {
      const all = gathered.came.length + this.colluders.length;
      for (const sending of agreed(federation, this.colluders, all)) this.take(rounds, sending);
      this.colluders = [];
    }
    const { subject, strategyConfig: config, clients, emit } = federation;
    const namesOf = (places: readonly number[]) => places.map((client) => clients[client]!.name);
    const { came, lost } = gathered;
    const places = rounds ? came.map(({ client }) => client) : clients.map((_, client) => client);
    const { bytes } = gathered;
    const record: RoundRecord = { round: standing.round + 1, participants: namesOf(places), bytes };
    if (lost.length > 0) record.lost = namesOf(lost);
    const silent = await gathered.silent();
    if (silent.length > 0) record.silent = namesOf(silent);
    const ends = { came: came.length, lost: lost.length, silent: silent.length };
    const failed = gathered.unmaskable() ?? roundFailure(ends, federation.federation);
    if (failed !== undefined) record.failed = failed;
    Object.assign(record, spent(federation.federation, standing.round + 1));
    const before = standing.server;
    const messages = rounds && failed === undefined ? gathered.received(before) : [];
    if (rounds && messages.length > 0) {
      const after = rounds.aggregate(messages, before, { subject, config, round: standing.round });
      standing.server = after;
      const { frozen } = standing.start!;
      const { privacy, secureAggregation } = federation.federation;
      // Noise is no error of an aggregation, and of a sum nobody knows the parts.
      const error =
        privacy || secureAggregation
          ? undefined
          : await aggregationError(federation, rounds, { messages, before, after, frozen });
      if (error !== undefined) record.aggregationError = error;
      if (rounds.kernels) {
        this.dispose();
        this.base = updatedBase(federation.model, rounds.kernels(after));
      }
      if (rounds.receivers === 'all') this.toEveryone(rounds, standing.round + 1, bytes);
    }
    for (const [client, { training, adapter }] of this.pending) {
      standing.trainings.set(client, training);
      this.adapters.set(client, adapter);
    }
    this.pending.clear();
    // Tensors that clients keep count once the round is done whole, as their messages do.
    if (failed === undefined) for (const { client, own } of came) if (own) standing.own.set(client, own);
    standing.round += 1;
    this.gathered = new Gathered(federation, standing.round);
    standing.sent = sumOf([standing.sent, bytes]);
    if (clients.length * federation.federation.rounds > mostTold) record.bytes = { down: bytes.down, up: bytes.up };
    standing.history.push(record);
    await emit({ type: 'round', ...record });
  }

  /** Counts the messages that bring all clients what the round begins with, whether or not they take part in it. */
  private toEveryone(rounds: Rounds<unknown>, round: number, traffic: CountedTraffic): void {
    const { federation, standing } = this;
    for (const [client, { name }] of federation.clients.entries()) {
      const { bytes, layout } = downloadOf(federation, rounds, standing.server, { round, client });
      if (layout.size > 0) count(traffic, name, 'down', bytes.length);
    }
  }

  private async validate(): Promise<void> {
    const { federation, standing } = this;
    const mean = federation.apart?.validates ? this.joined() : meanOf(federation.data.objective, await this.scored());
    this.validation = mean.metrics;
    const last = standing.history.at(-1)!;
    Object.assign(last, mean);
    await federation.emit({ type: 'validation', round: last.round, ...mean });
  }

  private async scored(): Promise<Scored[]> {
    const scored: Scored[] = [];
    for (const adapter of (await this.models()).values())
      scored.push(await scoreAdapter(this.federation, this.base, adapter));
    return scored;
  }

  /** Scores of validation that every client took of its own examples. */
  private joined(): Scored {
    const { apart, clients, data, identity, validation } = this.federation;
    const files = new Map([...apart!.turns].map(([client, file]) => [clients[client]!.name, file]));
    const scores = joinScores(data.objective, validation!, { of: identity, files });
    return { metrics: scores.metrics, byClient: metricsByClient(scores, validation!) };
  }

  /** The global adapter, or those of clients that train alone, by their places. */
  private async models(): Promise<Map<number, Uint8Array>> {
    const { federation, standing } = this;
    if (federation.rounds) return new Map([[0, adapterWith(standing.start!, standing.server.tensors)]]);
    for (const client of standing.trainings.keys()) {
      if (this.adapters.has(client)) continue;
      const training = await this.ownTraining(client);
      if (training.stopped) break;
      this.adapters.set(client, await training.adapter());
      training.dispose();
    }
    return new Map([...this.adapters].sort(([one], [other]) => one - other));
  }

  /** A model of this round's base, as an adapter of the base that was given. */
  private ofGivenBase(adapter: Uint8Array): Uint8Array {
    const { federation, standing } = this;
    const { start, server, round } = standing;
    const updates = federation.rounds?.kernels?.(server);
    if (!updates) return adapter;
    return mergedAdapter(federation, start!, { tensors: server.tensors, updates, rounds: round });
  }

  private checkpoint(): Uint8Array {
    return writeStanding(this.federation.identity, { ...this.standing, seconds: this.seconds });
  }

  private async result(outcome: Driven['outcome']): Promise<FederationResult> {
    const { federation, standing } = this;
    const { peak, start } = standing;
    const begun = start !== undefined || standing.trainings.size > 0;
    const models = begun && outcome !== 'over-budget' ? await this.models() : new Map<number, Uint8Array>();
    const [adapter] = [...models.values()].map((model) => this.ofGivenBase(model));
    const { budgetBytes, clients } = federation;
    return {
      ...this.soFar(outcome),
      ...(federation.strategy.sites === 'alone'
        ? { adapters: Object.fromEntries([...models].map(([client, model]) => [clients[client]!.name, model])) }
        : adapter && { adapter }),
      ...(outcome === 'over-budget' && peak
        ? { overBudget: { part: dominatingPart(peak), bytes: peak.total, budgetBytes: budgetBytes! } }
        : {}),
      ...(outcome === 'stopped' && begun ? { checkpoint: this.checkpoint() } : {}),
    };
  }

  /** Where it begins, or goes on: one that waited for scores has all rounds behind it, and no validation. */
  private begun(): RoundsState {
    const { apart, federation } = this.federation;
    const state = beginAt(this.standing.round);
    return apart?.validates && state.round === federation.rounds ? { ...state, validated: undefined } : state;
  }

  /** Whether what comes next needs turns that are taken elsewhere and are not there yet. */
  private awaits(next: RoundsDecision['next']): boolean {
    const { apart, rounds } = this.federation;
    const needs = next === 'client' || (next === 'validate' && apart?.validates === true);
    return rounds !== undefined && needs && this.awaited().length > 0;
  }

  /** Clients of the next round whose turns are taken elsewhere and are not there yet; behind the last round, of all. */
  private awaited(): number[] {
    const { apart, clients, participants, lostIn, federation } = this.federation;
    const { round } = this.standing;
    if (!apart || apart.round === round) return [];
    if (round === federation.rounds) return clients.map((_, client) => client);
    return participants(round).filter((client) => !lostIn(round).has(client));
  }

  /** It goes on once the clients of its next round have taken their turns elsewhere. */
  private waiting(): FederationResult {
    const awaits = { round: this.standing.round, clients: this.awaited() };
    return { ...this.soFar('waiting'), checkpoint: this.checkpoint(), awaits };
  }

  private get seconds(): number {
    return this.standing.seconds + this.elsewhere + (performance.now() - this.beganAt) / 1000;
  }

  private soFar(outcome: FederationResult['outcome']) {
    const { federation, standing, validation } = this;
    const setUp = standing.start?.bytes ?? nothingSent();
    return {
      outcome,
      rounds: standing.round,
      history: standing.history,
      bytes: sumOf([setUp, standing.sent]),
      setUp,
      attackers: [...federation.attackers].map((client) => federation.clients[client]!.name),
      ...(validation && { validation }),
      seconds: this.seconds,
      peak: standing.peak ?? nothingHeld,
    };
  }
}
