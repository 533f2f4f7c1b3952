import type { ArtifactView } from '@rankforge/contracts';

export interface ArtifactRow {
  id: string;
  trialId: string;
  kind: string;
  step: number;
  sha256: string;
  bytes: bigint;
  createdAt: Date;
}

export function viewArtifact({ id, trialId, kind, step, sha256, bytes, createdAt }: ArtifactRow): ArtifactView {
  return {
    id,
    trialId,
    kind: kind as ArtifactView['kind'],
    step,
    sha256,
    bytes: Number(bytes),
    createdAt: createdAt.toISOString(),
  };
}
