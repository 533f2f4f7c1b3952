/** @file Facts of a part that asks somebody in its trial: a generator, or a finished training. */

/** A part that may ask a generator. */
export interface AskingPart<C = unknown> {
  /** Whether it asks a generator. */
  generates(config: C): boolean;
  /** The changes of settings by which it asks none, for people; empty where it asks none already. */
  otherwise(config: C): string;
}

const list = new Intl.ListFormat('en');

/** @param changes of each setting that has the part ask a generator, the change by which it does not, for people */
export const askingBy = <C>(changes: (config: C) => readonly (string | false)[]): AskingPart<C> => ({
  generates: (config) => changes(config).some((change) => change !== false),
  otherwise: (config) => list.format(changes(config).filter((change) => change !== false)),
});

/** The change to a part that asks in every configuration. */
export const anotherMethod = 'choose a method that asks none';

/** How a part takes a finished training, for people. */
export interface TakenTraining {
  does: 'asks' | 'examines';
  /** The kind of model that the training is of. */
  what: 'ranker' | 'model';
  /** The change of a setting by which the part takes none. */
  otherwise: string;
}
