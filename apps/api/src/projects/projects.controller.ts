import { Body, Controller, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChangeProject, CreateProject, Id, ProjectList, ProjectView } from '@rankforge/contracts';
import { type Caller, CallerOf, NeedsInstallation } from '../access/access.js';
import { Audited } from '../audit/audited.js';
import { ProjectsService } from './projects.service.js';

@ApiTags('projects')
@Controller('v1/projects')
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

  @Get()
  @ApiOperation({
    summary: 'The own project, or all of them for an admin of the installation: quotas, and what is used',
  })
  @ApiOkResponse({ standardSchema: ProjectList })
  async list(@CallerOf() { project, installation }: Caller): Promise<ProjectList> {
    return { projects: await this.projects.list(installation ? undefined : project.id) };
  }

  @Post()
  @NeedsInstallation()
  @Audited('project.create')
  @ApiOperation({ summary: 'Make a project' })
  @ApiCreatedResponse({ standardSchema: ProjectView })
  create(@Body({ schema: CreateProject }) { name }: CreateProject): Promise<ProjectView> {
    return this.projects.create(name);
  }

  @Patch(':id')
  @NeedsInstallation()
  @Audited('project.change')
  @ApiOperation({ summary: 'Set quotas of a project' })
  @ApiOkResponse({ standardSchema: ProjectView })
  change(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: ChangeProject }) { quotas }: ChangeProject,
  ): Promise<ProjectView> {
    return this.projects.setQuotas(id, quotas);
  }
}
