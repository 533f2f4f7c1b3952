/** @file Messages between the API and the process that converts an adapter. */
import type { TrialChat } from '@rankforge/contracts';
import type { ExportFormat } from '@rankforge/peft';

export interface ExportOrder {
  /** Folder of the base model. */
  model: string;
  baseName: string;
  /** Its commit on the hub of that name; absent where it is from none. */
  baseRevision?: string | undefined;
  /** Files of adapters that are merged into the base before, each at the rank that it serves, and as the trial had them. */
  on: readonly { file: string; rank?: number | undefined; factors?: boolean | undefined }[];
  /** The rank to serve, where one training serves several. */
  rank: number | null;
  /** File of the adapter in our format. */
  adapter: string;
  format: ExportFormat;
  /** The template of the conversations that it was trained on. */
  chat?: TrialChat | undefined;
  /** Empty folder that the files are written to. */
  out: string;
}

export type ExportOutcome =
  | { written: true }
  /** Why the adapter cannot leave so, for whoever asked. */
  | { refused: string }
  | { failed: string };
