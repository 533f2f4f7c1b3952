import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { StorageQuery, StorageReport } from '@rankforge/contracts';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { StorageService } from './storage.service.js';

@ApiTags('storage')
@Controller('v1/storage')
export class StorageController {
  constructor(private readonly storage: StorageService) {}

  @Get()
  @Needs('admin')
  @ApiOperation({
    summary:
      'The use of storage: bytes by kind, project and sweep, of the own project or, for an admin of the installation, of all',
  })
  @ApiOkResponse({ standardSchema: StorageReport })
  read(
    @Query({ schema: StorageQuery }) { sweeps }: StorageQuery,
    @CallerOf() { project, installation }: Caller,
  ): Promise<StorageReport> {
    return installation ? this.storage.ofInstallation(sweeps) : this.storage.ofProject(project.id, sweeps);
  }
}
