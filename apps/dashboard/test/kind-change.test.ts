import type { SweepKind } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { newMethod } from '../src/features/new-sweep/form-values.js';
import { cardsFor, type KindChange } from '../src/features/new-sweep/kind-change.js';

const known: { name: string; kinds: SweepKind[] }[] = [
  { name: 'lora', kinds: ['finetune'] },
  { name: 'full', kinds: ['pretrain', 'finetune'] },
  { name: 'truncate', kinds: ['compress'] },
];

/** The cards after each of these kinds was chosen in turn. */
function after(cards: KindChange['cards'], ...kinds: SweepKind[]): KindChange {
  return kinds.reduce<KindChange>((before, kind) => cardsFor(kind, before.cards, known, before.standIn), {
    cards,
    standIn: undefined,
  });
}

it('brings every card back as it was, in its order, after all kinds have been passed', () => {
  const tuned = { ...newMethod('lora'), rank: ['2', '4'], learningRate: ['0.01'] };
  const methods = [tuned, newMethod('full'), newMethod('lora')];
  const pretrain = after({ methods, setAside: [] }, 'pretrain').cards;
  expect([pretrain.methods, pretrain.setAside]).toEqual([[methods[1]], [methods[0], methods[2]]]);
  const { cards } = after({ methods, setAside: [] }, 'pretrain', 'compress', 'finetune');
  expect(cards).toEqual({ methods, setAside: [] });
});

it('stands in with the first method of a kind that has no card, for as long as nobody touches it', () => {
  const methods = [newMethod('lora')];
  const pretrain = after({ methods, setAside: [] }, 'pretrain');
  expect(pretrain.cards.methods.map(({ name }) => name)).toEqual(['full']);
  expect(after({ methods, setAside: [] }, 'pretrain', 'finetune').cards).toEqual({ methods, setAside: [] });
  const touched = [{ ...pretrain.cards.methods[0]!, learningRate: ['0.1'] }];
  const back = cardsFor('finetune', { ...pretrain.cards, methods: touched }, known, pretrain.standIn).cards;
  expect(back.methods.map(({ name, learningRate }) => [name, learningRate])).toEqual([
    ['lora', []],
    ['full', ['0.1']],
  ]);
});

it('keeps a stand-in that another card was put beside', () => {
  const compress = after({ methods: [newMethod('lora')], setAside: [] }, 'compress');
  const beside = { ...compress.cards, methods: [...compress.cards.methods, newMethod('truncate')] };
  const away = cardsFor('finetune', beside, known, compress.standIn);
  expect(cardsFor('compress', away.cards, known, away.standIn).cards.methods).toEqual(beside.methods);
});

it('leaves a card of a method that this installation does not know in its place', () => {
  const methods = [newMethod('gone')];
  expect(after({ methods, setAside: [] }, 'compress').cards).toEqual({ methods, setAside: [] });
});
