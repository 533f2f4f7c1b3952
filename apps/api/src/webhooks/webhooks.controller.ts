import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CreateWebhook,
  DeliveryPage,
  DeliveryQuery,
  DeliveryView,
  Id,
  RetriedDeliveries,
  WebhookList,
  WebhookWithSecret,
} from '@rankforge/contracts';
import { type Caller, CallerOf, Needs } from '../access/access.js';
import { OfProject } from '../access/of-project.js';
import { Audited } from '../audit/audited.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('webhooks')
@OfProject('webhook')
@Needs('admin')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @ApiOperation({ summary: 'Webhooks of the project, without their secrets' })
  @ApiOkResponse({ standardSchema: WebhookList })
  async list(@CallerOf() { project }: Caller): Promise<WebhookList> {
    return { webhooks: await this.webhooks.list(project.id) };
  }

  @Post()
  @Audited('webhook.create')
  @ApiOperation({ summary: 'Add a webhook; the secret that checks its signatures is in this answer and never again' })
  @ApiCreatedResponse({ standardSchema: WebhookWithSecret })
  create(
    @Body({ schema: CreateWebhook }) request: CreateWebhook,
    @CallerOf() { project }: Caller,
  ): Promise<WebhookWithSecret> {
    return this.webhooks.create(request, project.id);
  }

  @Delete(':id')
  @Audited('webhook.delete')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a webhook and its deliveries' })
  @ApiNoContentResponse()
  remove(@Param('id', { schema: Id }) id: string): Promise<void> {
    return this.webhooks.remove(id);
  }

  @Post(':id/test')
  @Audited('webhook.test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a signed test message now, and say how it was answered' })
  @ApiOkResponse({ standardSchema: DeliveryView })
  test(@Param('id', { schema: Id }) id: string): Promise<DeliveryView> {
    return this.webhooks.test(id);
  }

  @Post(':id/retry-dead')
  @Audited('webhook.change')
  @HttpCode(200)
  @ApiOperation({ summary: 'Try again what was given up' })
  @ApiOkResponse({ standardSchema: RetriedDeliveries })
  async retryDead(@Param('id', { schema: Id }) id: string): Promise<RetriedDeliveries> {
    return { retried: await this.webhooks.retryDead(id) };
  }

  @Get(':id/deliveries')
  @ApiOperation({ summary: 'List deliveries and how they were answered, newest first' })
  @ApiOkResponse({ standardSchema: DeliveryPage })
  deliveries(
    @Param('id', { schema: Id }) id: string,
    @Query({ schema: DeliveryQuery }) query: DeliveryQuery,
  ): Promise<DeliveryPage> {
    return this.webhooks.listDeliveries(id, query);
  }
}
