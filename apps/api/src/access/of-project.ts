import { SetMetadata } from '@nestjs/common';

/** Kinds of records that belong to a project and are named by their ids in a path. */
export type Owned = 'sweep' | 'trial' | 'artifact' | 'data set' | 'adapter' | 'key' | 'webhook' | 'generator';

export const OF_PROJECT = Symbol('of project');

/** The `:id` in the paths of this controller is one of these: another project's is answered as if there were none. */
export const OfProject = (what: Owned) => SetMetadata(OF_PROJECT, what);
