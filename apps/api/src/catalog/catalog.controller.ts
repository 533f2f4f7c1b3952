import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BaseList, MethodList, TaskList } from '@rankforge/contracts';
import { Catalog } from './catalog.js';

@ApiTags('catalog')
@Controller('v1')
export class CatalogController {
  constructor(private readonly catalog: Catalog) {}

  @Get('methods')
  @ApiOperation({ summary: 'Methods and optimizers with the JSON Schema of their configuration' })
  @ApiOkResponse({ standardSchema: MethodList })
  methods(): MethodList {
    return { methods: this.catalog.viewMethods(), optimizers: this.catalog.viewOptimizers() };
  }

  @Get('tasks')
  @ApiOperation({ summary: 'Tasks with their metrics and the source of their data' })
  @ApiOkResponse({ standardSchema: TaskList })
  tasks(): TaskList {
    return { tasks: this.catalog.viewTasks() };
  }

  @Get('bases')
  @ApiOperation({ summary: 'Base models: the folders of the models folder, as they are now' })
  @ApiOkResponse({ standardSchema: BaseList })
  async bases(): Promise<BaseList> {
    await this.catalog.refreshBases();
    return this.catalog.viewBases();
  }
}
