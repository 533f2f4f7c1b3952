/** @file Fields of an example, and what reads them out of the cells of a row. */
import type { ChatMessage, Request } from '@rankforge/peft';
import type { PromptTemplate } from './prompt-template.js';

/** A row of a query. */
export interface GradedRow {
  /** Its words; or what it is called, where it is ranked by numbers. */
  text: string;
  features?: Float32Array;
  grade: number;
  /** Not among the candidates of its query: see `Batch.lost`. */
  lost?: true;
}

/** An example to train on, apart from the split. Which fields there are follows from the form of the objective's examples. */
export interface Fields {
  text?: string;
  prompt?: string;
  completion?: string;
  /** A conversation in place of texts, of which the first `prompted` messages are the prompt. */
  messages?: ChatMessage[];
  prompted?: number;
  /** All are right, and the first is learned. */
  answers?: string[];
  /** Texts that the answers follow from; none where nobody said which. */
  evidence?: string[];
  request?: Request;
  /** The text that documents are searched by, where it is not the prompt. */
  search?: string;
  /** Name of the class. */
  label?: string;
  number?: number;
  grade?: number;
  features?: Float32Array;
  query?: string;
  /** All rows of the query, in place of `text` and `grade`. */
  rows?: GradedRow[];
  user?: string;
  item?: string;
  rating?: number;
  /** A number, or the milliseconds of a date. */
  time?: number;
  image?: { height: number; width: number; channels: number; pixels: Uint8Array };
}

/** Reads cells of a row, each for the field that it is to be. */
export interface CellReader {
  /** A cell as text that is not blank. */
  text(field: string, column: string): string;
  /** The name of a class or of a place, which the head of the data set lists. */
  name(field: string, column: string): string;
  /** A cell that is a list of finite numbers. */
  numbers(field: string, column: string): Float32Array;
  /**
   * A cell of one text or, in JSON lines, a list of texts, none of them blank.
   *
   * @param none whether the list may be empty
   */
  texts(field: string, column: string, none: boolean): string[];
  /** Whether a cell is a list. */
  isList(field: string, column: string): boolean;
  /** A cell that is a list of messages, by what `read` makes of them. */
  chat<T>(field: string, column: string, read: (messages: ChatMessage[]) => T): T;
  /** A text of several cells, not all of which are blank. */
  filled(field: string, template: PromptTemplate): string;
}
