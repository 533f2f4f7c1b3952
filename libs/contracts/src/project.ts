/** @file Projects: what separates the sweeps, data sets, adapters and boards of users. */
import { z } from 'zod';
import { Id, Slug, Timestamp } from './common.js';
import { Quotas, RealQuotaChange, Usage } from './quota.js';

/** Where everything is that was made before there were projects, and what an installation of one team needs. */
export const defaultProject = { id: '00000000-0000-7000-8000-000000000001', name: 'default' } as const;

/** Header by which an admin of the installation names the project it acts in; a page chooses one for its session. */
export const projectHeader = 'rankforge-project';

export const ProjectView = z
  .object({ id: Id, name: Slug, quotas: Quotas, usage: Usage, createdAt: Timestamp })
  .meta({ id: 'Project' });
export type ProjectView = z.infer<typeof ProjectView>;

export const ProjectList = z.object({ projects: z.array(ProjectView) }).meta({ id: 'ProjectList' });
export type ProjectList = z.infer<typeof ProjectList>;

/** Body of `POST /v1/projects`. */
export const CreateProject = z.strictObject({ name: Slug }).meta({ id: 'CreateProject' });
export type CreateProject = z.infer<typeof CreateProject>;

/** Body of `PATCH /v1/projects/:id`: quotas that are left out stay as they are. */
export const ChangeProject = z.strictObject({ quotas: RealQuotaChange }).meta({ id: 'ChangeProject' });
export type ChangeProject = z.infer<typeof ChangeProject>;

/** The project something belongs to, by what people call it. */
export const ProjectName = z.object({ id: Id, name: z.string() }).meta({ id: 'ProjectName' });
export type ProjectName = z.infer<typeof ProjectName>;

/** Body of `PUT /v1/session/project`. */
export const ChooseProject = z.strictObject({ name: Slug }).meta({ id: 'ChooseProject' });
export type ChooseProject = z.infer<typeof ChooseProject>;
