import { Module } from '@nestjs/common';
import { Uploads } from './uploads.js';

@Module({ providers: [Uploads], exports: [Uploads] })
export class UploadsModule {}
