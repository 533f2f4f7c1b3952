/** @file Boards, and what is made of them, as they are computed beside the API. */
import {
  BoardRecall,
  BoardWinner,
  type BoardWinnerQuery,
  Leaderboard,
  type LeaderboardQuery,
  Standings,
  type StandingsQuery,
} from '@rankforge/contracts';
import { computation } from '../platform/computation.js';
import { BoardsService } from './boards.service.js';
import { StandingsReader } from './standings-reader.js';
import { BoardWinners } from './winners.js';

export interface BoardAsked {
  query: LeaderboardQuery;
  projectId: string;
}

const advice = 'ask by method, for one rank, or within a budget';

export const boardComputation = computation({
  name: 'board',
  lane: 'long',
  words: { thing: 'board', done: 'computed' },
  advice,
  by: BoardsService,
  schema: Leaderboard,
  run: (boards, { query, projectId }: BoardAsked) => boards.read(query, projectId),
});

export const winnerComputation = computation({
  name: 'winner',
  lane: 'long',
  words: { thing: 'winner of the board', done: 'found' },
  advice,
  by: BoardWinners,
  schema: BoardWinner,
  run: (winners, { query, projectId }: { query: BoardWinnerQuery; projectId: string }) =>
    winners.find(query, projectId),
});

export const recallComputation = computation({
  name: 'recall',
  lane: 'long',
  words: { thing: 'recall of the board', done: 'computed' },
  advice,
  by: BoardsService,
  schema: BoardRecall,
  run: (boards, { query, projectId }: BoardAsked) => boards.recall(query, projectId),
});

export const standingsComputation = computation({
  name: 'standings',
  lane: 'long',
  words: { thing: 'table of standings', done: 'computed' },
  advice: 'ask for one base, or within a budget',
  by: StandingsReader,
  schema: Standings,
  run: (reader, { query, projectId }: { query: StandingsQuery; projectId: string }) => reader.read(query, projectId),
});
