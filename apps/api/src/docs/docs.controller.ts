import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import { ApiDescription } from './description.js';

@ApiExcludeController()
@Controller('v1')
export class DocsController {
  constructor(private readonly description: ApiDescription) {}

  @Get('openapi.json')
  openapi(): OpenAPIObject {
    return this.description.document;
  }
}
