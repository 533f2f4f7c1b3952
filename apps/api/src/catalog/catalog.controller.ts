import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BaseList, MethodList, ObjectiveList, TaskList } from '@rankforge/contracts';
import { attackNames } from '@rankforge/peft';
import { type Caller, CallerOf } from '../access/access.js';
import { Catalog } from './catalog.js';
import { viewObjectives } from './objectives.js';
import { Tasks, viewTask } from './tasks.js';

@ApiTags('catalog')
@Controller('v1')
export class CatalogController {
  constructor(
    private readonly catalog: Catalog,
    private readonly taskList: Tasks,
  ) {}

  @Get('methods')
  @ApiOperation({ summary: 'Methods, optimizers, strategies and recipes with the JSON Schema of their configuration' })
  @ApiOkResponse({ standardSchema: MethodList })
  methods(): MethodList {
    return {
      methods: this.catalog.viewMethods(),
      optimizers: this.catalog.viewOptimizers(),
      strategies: this.catalog.viewStrategies(),
      recipes: this.catalog.viewRecipes(),
      attacks: [...attackNames],
    };
  }

  @Get('objectives')
  @ApiOperation({ summary: 'Objectives that a model can be trained for: metrics, and how a data set is read for each' })
  @ApiOkResponse({ standardSchema: ObjectiveList })
  objectives(): ObjectiveList {
    return { objectives: viewObjectives() };
  }

  @Get('tasks')
  @ApiOperation({
    summary: 'Tasks with their metrics and the source of their data; data sets of this installation come last',
  })
  @ApiOkResponse({ standardSchema: TaskList })
  async tasks(@CallerOf() { project }: Caller): Promise<TaskList> {
    return { tasks: (await this.taskList.all(project.id)).map(viewTask) };
  }

  @Get('bases')
  @ApiOperation({ summary: 'Base models: the folders of the models folder, as they are now' })
  @ApiOkResponse({ standardSchema: BaseList })
  async bases(): Promise<BaseList> {
    await this.catalog.refreshBases();
    return this.catalog.viewBases();
  }
}
