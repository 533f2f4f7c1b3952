/** @file Public names of @rankforge/client. */
export type * from './api.generated.js';
export {
  type ApiPath,
  type ClientOptions,
  openClient,
  type RankforgeClient,
  type RequestOf,
} from './client.js';
export { dataOf, ProblemError, problemOf } from './problem.js';
