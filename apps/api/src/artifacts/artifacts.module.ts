import { Module } from '@nestjs/common';
import { ArtifactCollector } from './artifact-collector.js';
import { ArtifactsController } from './artifacts.controller.js';

@Module({ controllers: [ArtifactsController], providers: [ArtifactCollector], exports: [ArtifactCollector] })
export class ArtifactsModule {}
